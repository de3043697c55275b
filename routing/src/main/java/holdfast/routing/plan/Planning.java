package holdfast.routing.plan;

import holdfast.routing.command.Arguments;
import holdfast.routing.command.AskedFor;
import holdfast.routing.command.CommandTraits;
import holdfast.routing.command.Route;
import holdfast.routing.command.Special;
import holdfast.routing.plan.Plan.Answer;
import holdfast.routing.plan.Plan.Hold;
import holdfast.routing.plan.Plan.Reject;
import holdfast.routing.plan.Plan.ToMaster;
import holdfast.routing.plan.Plan.ToOpen;
import holdfast.routing.plan.Plan.ToReplica;

/**
 * Decides where a command goes (pure). The order of the questions is the order of precedence: who
 * may not send learns nothing else, replies under way are waited for before a link is taken, and
 * replicas that could not confirm a write are missed before it is sent.
 */
public final class Planning {
  private Planning() {}

  /** The plan for the next command of a client. */
  public static Plan of(CommandTraits traits, Arguments arguments, Circumstances now) {
    if (!now.loggedIn() && !allowedBeforeLogin(traits.special())) {
      return Reject.NOT_LOGGED_IN;
    }
    return now.hasOpen() ? ToOpen.GOES_ON : beside(traits, arguments, now);
  }

  private static boolean allowedBeforeLogin(Special special) {
    return special == Special.AUTH
        || special == Special.HELLO
        || special == Special.QUIT
        || special == Special.RESET;
  }

  /** The plan for a command that has nothing to do with what is open: one that goes out again. */
  public static Plan beside(CommandTraits traits, Arguments arguments, Circumstances now) {
    return switch (traits.route()) {
      case MASTER, ANY_NODE ->
          traits.askedFor() != AskedFor.NOTHING && traits.askedFor().isIn(arguments)
              ? asked(traits, now)
              : shared(traits, now);
      case OWN_LINK -> alone(traits, now);
      case TRANSACTION -> transaction(traits.special(), now);
      case SUBSCRIPTION -> subscription(traits.special(), now);
      case LOCAL -> Answer.LOCALLY;
      case REFUSED -> Reject.NOT_AVAILABLE;
    };
  }

  private static Plan asked(CommandTraits traits, Circumstances now) {
    return switch (traits.askedFor()) {
      case BLOCK -> alone(traits, now);
      case CURSOR -> atMaster(traits, now);
      case NOTHING -> shared(traits, now);
    };
  }

  private static Plan shared(CommandTraits traits, Circumstances now) {
    return traits.route() == Route.ANY_NODE ? read(traits, now) : atMaster(traits, now);
  }

  private static Plan read(CommandTraits traits, Circumstances now) {
    return switch (now.reader(traits)) {
      case MASTER -> atMaster(traits, now);
      case REPLICA -> ToReplica.CHOSEN;
      case MASTER_INSTEAD -> insteadOfReplica(now);
      case NOBODY_BEFORE_REPLIES -> Hold.FOR_REPLIES;
      case NOBODY_YET -> now.refuses() ? Reject.NO_REPLICA : Hold.FOR_FIT_REPLICA;
      case NOBODY -> Reject.NO_REPLICA;
    };
  }

  private static Plan insteadOfReplica(Circumstances now) {
    if (!now.offersMaster()) {
      return now.refuses() ? Reject.NO_MASTER : Hold.FOR_NODE;
    }
    return now.masterHasRoomForReads() ? unlessOwed(now) : Hold.FOR_ROOM;
  }

  private static Plan atMaster(CommandTraits traits, Circumstances now) {
    if (!now.offersMaster()) {
      return withoutMaster(now);
    }
    if (!traits.changesNothing() && now.lacksReplicas()) {
      return withoutReplicas(now);
    }
    return now.masterHasRoom() ? unlessOwed(now) : Hold.FOR_ROOM;
  }

  private static Plan unlessOwed(Circumstances now) {
    return now.owesRepliesElsewhere() ? Hold.FOR_REPLIES : ToMaster.SHARED_LINK;
  }

  /** The plan for a command that needs a link of its own: it blocks, or is very long. */
  public static Plan alone(CommandTraits traits, Circumstances now) {
    if (now.owesReplies()) {
      return Hold.FOR_REPLIES;
    }
    if (!traits.changesNothing() && now.lacksReplicas()) {
      return withoutReplicas(now);
    }
    return now.offersOwnLink() ? ToMaster.OWN_LINK : withoutMaster(now);
  }

  private static Plan transaction(Special special, Circumstances now) {
    boolean opens = special == Special.MULTI || special == Special.WATCH;
    return opens ? opening(ToOpen.TRANSACTION, now) : Answer.NOTHING_OPEN;
  }

  private static Plan subscription(Special special, Circumstances now) {
    boolean ends =
        special == Special.UNSUBSCRIBE
            || special == Special.PUNSUBSCRIBE
            || special == Special.SUNSUBSCRIBE;
    if (ends) {
      return Answer.NOTHING_OPEN;
    }
    if (now.owesReplies()) {
      return Hold.FOR_REPLIES;
    }
    if (special != Special.MONITOR) {
      return ToOpen.SUBSCRIPTION;
    }
    return now.offersLinkBeside() ? ToOpen.MONITOR : withoutMaster(now);
  }

  private static Plan opening(ToOpen what, Circumstances now) {
    if (now.owesReplies()) {
      return Hold.FOR_REPLIES;
    }
    return now.offersOwnLink() ? what : withoutMaster(now);
  }

  /** What is not sent because there is no master. */
  private static Plan withoutMaster(Circumstances now) {
    return now.refuses() ? Reject.NO_MASTER : Hold.FOR_MASTER;
  }

  private static Plan withoutReplicas(Circumstances now) {
    return now.refuses() ? Reject.TOO_FEW_REPLICAS : Hold.FOR_REPLICAS;
  }
}
