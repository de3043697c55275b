package holdfast.routing.plan;

/**
 * What becomes of one command of one client now. {@link Planning} decides, the client's connection
 * carries it out. All values exist beforehand: a decision allocates nothing.
 */
public sealed interface Plan {
  /** It goes to the master. */
  enum ToMaster implements Plan {
    /** On the link that many clients share. */
    SHARED_LINK,
    /** On the link that was taken for this command alone. */
    OWN_LINK
  }

  /** It goes to a replica. */
  enum ToReplica implements Plan {
    /** To the one that was chosen. */
    CHOSEN
  }

  /** It opens something, or belongs to what is open, until that is over. */
  enum ToOpen implements Plan {
    /** Something is open already: that decides what comes next. */
    GOES_ON,
    /** WATCH or MULTI, on the link that was taken. */
    TRANSACTION,
    /** MONITOR, on the link that was taken. */
    MONITOR,
    /** SUBSCRIBE and its kin, on the link that all subscribers share. */
    SUBSCRIPTION
  }

  /** The proxy answers it. */
  enum Answer implements Plan {
    /** It concerns the connection itself. */
    LOCALLY,
    /** EXEC, DISCARD, UNWATCH, UNSUBSCRIBE, and there is nothing that it could end. */
    NOTHING_OPEN
  }

  /** It stays where it is, and all behind it too, until something has come about. */
  enum Hold implements Plan {
    /** A link to a master under a lease; patience is limited. */
    FOR_MASTER,
    /** Enough replicas online to confirm it; patience is limited. */
    FOR_REPLICAS,
    /** A read: a link to a master under a lease, or a replica fit for it; patience is limited. */
    FOR_NODE,
    /** A read: a replica fit for it; patience is limited. */
    FOR_FIT_REPLICA,
    /** The replies to what was sent before, because it goes another way. */
    FOR_REPLIES,
    /** The link takes more. */
    FOR_ROOM
  }

  /** The proxy answers it with an error; it was never sent. */
  enum Reject implements Plan {
    /** The client has not shown the password. */
    NOT_LOGGED_IN,
    /** It is not available through the proxy; the command's class says why. */
    NOT_AVAILABLE,
    /** Patience has ended, and there is no master under a lease. */
    NO_MASTER,
    /** No replica is fit for this read: patience has ended, or there is none. */
    NO_REPLICA,
    /** Patience has ended, and too few replicas are online to confirm it. */
    TOO_FEW_REPLICAS
  }
}
