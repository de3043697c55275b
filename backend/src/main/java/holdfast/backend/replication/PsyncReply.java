package holdfast.backend.replication;

/**
 * Whether a replica can go on from where it is, and the decision itself. Source: Redis {@code
 * masterTryPartialResynchronization}.
 */
public sealed interface PsyncReply {
  /** It gets the stream from byte {@code offset} on, under {@code id}. */
  record Continue(String id, long offset) implements PsyncReply {}

  /** It needs everything; {@code why} is for the log. */
  record FullResync(String why) implements PsyncReply {}

  /** Decides from what we have; nothing is changed. */
  static PsyncReply decide(ReplicationHistory history, Backlog backlog, PsyncRequest request) {
    if (request.id().equals("?")) {
      return new FullResync("asked for");
    }
    // Letter case is as the peer likes it; ids are hexadecimal.
    boolean current = request.id().equalsIgnoreCase(history.id());
    if (!current) {
      if (!request.id().equalsIgnoreCase(history.id2())
          || history.id2().equals(ReplicationHistory.NO_ID)) {
        return new FullResync("its history " + request.id() + " is not ours " + history);
      }
      if (request.offset() > history.secondOffset()) {
        return new FullResync(
            "it went to "
                + (request.offset() - 1)
                + " under "
                + request.id()
                + ", which we left at "
                + (history.secondOffset() - 1));
      }
    }
    if (request.offset() < backlog.firstOffset() || request.offset() > backlog.nextOffset()) {
      return new FullResync(
          "it asks for byte "
              + request.offset()
              + ", the backlog holds "
              + backlog.firstOffset()
              + " to "
              + (backlog.nextOffset() - 1));
    }
    return new Continue(history.id(), request.offset());
  }
}
