package holdfast.health.vote;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.VoterEntry;
import holdfast.backend.model.NodeId;
import holdfast.health.failover.Change;
import holdfast.health.failover.Stage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes of the deployment: whoever is asked checks, stands, and writes the change into the record
 * of its epoch. It answers when that record is in force, or says why nothing came of it.
 */
final class Changes {
  private static final long PATIENCE_NANOS = 20_000_000_000L;

  private Changes() {}

  static void asked(Turn turn, ChangeRequest request, long replyTo) {
    AcceptedRecord record = turn.durable.record();
    if (record == null || !turn.isMember()) {
      refuse(turn, replyTo, "this voter knows of no master yet, or is no member");
      return;
    }
    if (turn.change != null) {
      refuse(turn, replyTo, "another change is under way");
      return;
    }
    if (turn.unfinished() || turn.stage instanceof Stage.Running || turn.busy()) {
      refuse(turn, replyTo, "a switch is under way, or this voter has just started: ask again");
      return;
    }
    switch (request) {
      case ChangeRequest.Of of -> take(turn, record, of.change(), null, replyTo);
      case ChangeRequest.AddVoter add -> {
        Change change = admission(turn, add);
        if (change == null) {
          refuse(turn, replyTo, unheard(add.id()));
        } else {
          take(turn, record, change, null, replyTo);
        }
      }
      case ChangeRequest.ReplaceVoter replace -> replace(turn, record, replace, replyTo);
    }
  }

  private static void replace(
      Turn turn, AcceptedRecord record, ChangeRequest.ReplaceVoter replace, long replyTo) {
    var add = new ChangeRequest.AddVoter(replace.id(), replace.address());
    VoterEntry old = record.voter(replace.old());
    if (replace.old().equals(replace.id())) {
      PeerMessage.Hello hello = hello(turn, replace.id());
      if (hello == null || old == null) {
        refuse(turn, replyTo, unheard(replace.id()));
        return;
      }
      if (hello.incarnation().equals(old.incarnation())) {
        refuse(turn, replyTo, replace.id() + " has its disk: there is nothing to replace");
        return;
      }
    } else if (record.hasVoter(replace.id())) {
      refuse(turn, replyTo, replace.id() + " is a voter already");
      return;
    } else if (admission(turn, add) == null) {
      refuse(turn, replyTo, unheard(replace.id()));
      return;
    }
    take(turn, record, new Change.RemoveVoter(replace.old()), add, replyTo);
  }

  private static String unheard(NodeId id) {
    return id + " has not been heard of: start it with these voters as its peers first";
  }

  private static void take(
      Turn turn,
      AcceptedRecord record,
      Change change,
      ChangeRequest.@Nullable AddVoter then,
      long replyTo) {
    String refusal =
        change instanceof Change.RemoveVoter remove && remove.voter().equals(turn.config.self())
            ? "this is " + remove.voter() + " itself: ask another voter"
            : Change.refusal(change, record);
    if (refusal == null) {
      refusal =
          tooFewVoters(turn, Change.applied(change, record, record.epoch() + 1, true).voters());
    }
    if (refusal != null) {
      refuse(turn, replyTo, refusal);
      return;
    }
    turn.change =
        new VoterState.PendingChange(change, then, replyTo, 0, turn.nowNanos + PATIENCE_NANOS);
    turn.note("an operator asks for " + change);
  }

  /** A set of voters of which no majority lives could never undo it. */
  private static @Nullable String tooFewVoters(Turn turn, List<VoterEntry> next) {
    int alive = 0;
    for (VoterEntry voter : next) {
      PeerMessage.Hello hello = hello(turn, voter.id());
      if (voter.id().equals(turn.config.self())
          || (hello != null && hello.incarnation().equals(voter.incarnation()))) {
        alive++;
      }
    }
    return alive <= next.size() / 2
        ? "only " + alive + " of the " + next.size() + " voters there would be can be heard of"
        : null;
  }

  /** The voter as it has introduced itself of late; null if it has not. */
  private static @Nullable Change admission(Turn turn, ChangeRequest.AddVoter add) {
    PeerMessage.Hello hello = hello(turn, add.id());
    return hello == null
        ? null
        : new Change.AddVoter(new VoterEntry(add.id(), hello.incarnation(), add.address()));
  }

  private static PeerMessage.@Nullable Hello hello(Turn turn, NodeId id) {
    for (PeerView peer : turn.peers) {
      if (peer.id().equals(id)) {
        return fresh(turn, peer);
      }
    }
    for (PeerView stranger : turn.strangers) {
      if (stranger.id().equals(id)) {
        return fresh(turn, stranger);
      }
    }
    return null;
  }

  private static PeerMessage.@Nullable Hello fresh(Turn turn, PeerView peer) {
    return turn.nowNanos - peer.heardNanos() < turn.config.detect().downAfterNanos()
        ? peer.hello()
        : null;
  }

  /** Looks what has become of it; called after each event. */
  static void follow(Turn turn) {
    VoterState.PendingChange pending = turn.change;
    AcceptedRecord record = turn.durable.record();
    if (pending == null || record == null) {
      return;
    }
    long epoch = pending.epoch();
    if (epoch > 0 && record.epoch() >= epoch) {
      if (!Change.isIn(pending.change(), record)) {
        end(turn, pending, false, "epoch " + record.epoch() + " came in between: ask again");
      } else if (turn.stage instanceof Stage.Adopting || record.epoch() > epoch) {
        done(turn, pending, record);
      }
    } else if (epoch > 0 && turn.stage instanceof Stage.GivenUp given && given.epoch() == epoch) {
      end(turn, pending, false, "epoch " + epoch + " was given up: " + given.reason());
    } else if (turn.nowNanos - pending.untilNanos() >= 0) {
      end(
          turn,
          pending,
          false,
          epoch == 0
              ? "no majority of voters agreed in time"
              : "epoch " + epoch + " was not accepted in time; see HOLDFAST STATUS");
    }
  }

  private static void done(Turn turn, VoterState.PendingChange pending, AcceptedRecord record) {
    ChangeRequest.AddVoter then = pending.then();
    if (then == null) {
      end(turn, pending, true, "in force with epoch " + record.epoch());
      return;
    }
    Change change = admission(turn, then);
    String refusal = change == null ? unheard(then.id()) : Change.refusal(change, record);
    if (change == null || refusal != null) {
      end(turn, pending, false, "removed with epoch " + record.epoch() + ", but " + refusal);
      return;
    }
    turn.change =
        new VoterState.PendingChange(
            change, null, pending.replyTo(), 0, turn.nowNanos + PATIENCE_NANOS);
  }

  private static void end(Turn turn, VoterState.PendingChange pending, boolean done, String text) {
    turn.change = null;
    turn.note(pending.change() + ": " + text);
    turn.effect(new VoterEffect.ChangeAnswer(pending.replyTo(), done, text));
  }

  private static void refuse(Turn turn, long replyTo, String reason) {
    turn.effect(new VoterEffect.ChangeAnswer(replyTo, false, reason));
  }
}
