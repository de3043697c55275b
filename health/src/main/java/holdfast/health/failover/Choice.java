package holdfast.health.failover;

import holdfast.backend.model.NodeAddress;

/** What follows from the answers so far. */
public sealed interface Choice {
  /**
   * Make this one master.
   *
   * @param asItIs no command is needed: the one master with data that was found at first start
   * @param startOffset where the new epoch's history leaves that of its base, or -1 for where the
   *     promotion finds it
   * @param baseEpoch the epoch its data belongs to, 0 for none
   */
  record Promote(Answer answer, boolean asItIs, long baseEpoch, long startOffset)
      implements Choice {
    /** Whose address that is. */
    public NodeAddress backend() {
      return answer.backend();
    }
  }

  /** Not enough answers yet; the text says which are missing. */
  record Wait(String missing) implements Choice {}

  /** Only an operator may decide; the text has the facts and the command. */
  record Refuse(String facts) implements Choice {}
}
