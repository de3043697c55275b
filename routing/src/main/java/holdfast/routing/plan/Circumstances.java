package holdfast.routing.plan;

import holdfast.routing.command.CommandTraits;

/**
 * What a command is planned against: its client's state, and what view and links offer at this
 * moment. {@link Planning} asks only what the decision needs, each question at most once for a
 * command, so that an answer may reserve what it offers: the plan then uses that.
 */
public interface Circumstances {
  /** Whether the client may send commands. */
  boolean loggedIn();

  /** Whether a link of the client's own is in use. */
  boolean hasOpen();

  /** Whether commands of the client are under way. */
  boolean owesReplies();

  /** Whether the client's patience has ended: what would wait is answered with an error. */
  boolean refuses();

  /** Who serves a read, as far as policies and replicas go. */
  enum Reader {
    /** The master, by the policy. */
    MASTER,
    /** The replica that was chosen. */
    REPLICA,
    /** The master, because no replica is fit. */
    MASTER_INSTEAD,
    /** Nobody before the client has the replies that it is owed. */
    NOBODY_BEFORE_REPLIES,
    /** Nobody yet: it waits for a replica. */
    NOBODY_YET,
    /** Nobody. */
    NOBODY
  }

  /** Who serves this read; if it is a replica, one was chosen. */
  Reader reader(CommandTraits traits);

  /** Whether the link to the master takes reads that are there for want of replicas. */
  boolean masterHasRoomForReads();

  /** Whether the shared link to a master is ready, under a lease. */
  boolean offersMaster();

  /** Whether that link takes another command. */
  boolean masterHasRoom();

  /** Whether commands are under way on another shared link: between the two there is no order. */
  boolean owesRepliesElsewhere();

  /** Whether a link to a master under a lease was taken for this client alone. */
  boolean offersOwnLink();

  /** The same, beside one that the client may have for all its commands. */
  boolean offersLinkBeside();

  /** Whether too few replicas are online for a write to be confirmed. */
  boolean lacksReplicas();
}
