package holdfast.routing.plan;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.RunId;
import holdfast.routing.read.ReplicaSet;
import org.jspecify.annotations.Nullable;

/**
 * What the control plane knows of the world, swapped as a whole; immutable but for the lease's end.
 *
 * @param master where commands go, null while nobody is known to be master
 * @param masterRunId the process that was promoted; null where any will do (a lone backend)
 * @param tenure the right to acknowledge what that master answers
 * @param replicas nodes that may serve reads
 * @param durability which replicas must have what that master answers before it is handed on
 */
public record View(
    @Nullable NodeAddress master,
    @Nullable RunId masterRunId,
    Tenure tenure,
    ReplicaSet replicas,
    Durability durability) {

  /** A view under which no reply waits for replicas. */
  public View(
      @Nullable NodeAddress master,
      @Nullable RunId masterRunId,
      Tenure tenure,
      ReplicaSet replicas) {
    this(master, masterRunId, tenure, replicas, Durability.NONE);
  }

  /** Before anything is known. */
  public static View unknown() {
    return new View(null, null, new Tenure(0), ReplicaSet.EMPTY);
  }

  /** Whether both name the same master of the same epoch, and require as many replicas. */
  public boolean sameMaster(View other) {
    return tenure == other.tenure
        && durability.replicasRequired() == other.durability.replicasRequired()
        && java.util.Objects.equals(master, other.master)
        && java.util.Objects.equals(masterRunId, other.masterRunId);
  }
}
