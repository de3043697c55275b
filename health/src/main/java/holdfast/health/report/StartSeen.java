package holdfast.health.report;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Role;
import org.jspecify.annotations.Nullable;

/**
 * How a backend's process was seen to start. Whether a Redis starts fenced is written on its
 * command line, which nobody can ask for; but who watches sees the role that a new process has at
 * first.
 */
public enum StartSeen {
  /** Its start was not seen. */
  UNSEEN,
  /** As a replica of nobody: it takes no writes before it is given a role. */
  FENCED,
  /** As a master: started again empty, it hands its emptiness on. */
  UNFENCED;

  private static final NodeAddress NOBODY = new NodeAddress("127.0.0.1", 1);

  /**
   * After an INFO.
   *
   * @param before the one before it, null for none
   */
  public StartSeen next(@Nullable NodeInfo before, NodeInfo now) {
    if (before != null && before.runId().equals(now.runId())) {
      return this;
    }
    if (now.isReplicaOf(NOBODY)) {
      return FENCED;
    }
    // A master that was never seen before may be one for long, and one with a second history may
    // have been promoted since it started.
    return before != null && now.role() == Role.MASTER && now.secondReplicationId() == null
        ? UNFENCED
        : UNSEEN;
  }
}
