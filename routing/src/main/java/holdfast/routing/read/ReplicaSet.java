package holdfast.routing.read;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.ReplicationId;
import holdfast.backend.model.RunId;
import java.util.List;

/**
 * The replicas that may serve reads, as the record of an epoch names them: what one of them reports
 * counts only if it is one of these processes and shows one of these histories. Immutable.
 *
 * @param members adopted in this epoch; of one address there may be several processes, of which at
 *     most one is left
 * @param replicationIds the master's of this epoch
 */
public record ReplicaSet(List<Member> members, List<ReplicationId> replicationIds) {
  /** None. */
  public static final ReplicaSet EMPTY = new ReplicaSet(List.of(), List.of());

  /** One process that has been seen in step with the master. */
  public record Member(NodeAddress address, RunId runId) {}

  /** Copies the lists. */
  public ReplicaSet {
    members = List.copyOf(members);
    replicationIds = List.copyOf(replicationIds);
  }

  /** Where they are, each once. */
  public List<NodeAddress> addresses() {
    return members.stream().map(Member::address).distinct().toList();
  }

  /** Whether this process is one of them. */
  public boolean has(NodeAddress address, RunId runId) {
    return members.contains(new Member(address, runId));
  }

  /** Whether the data of this history is the master's. */
  public boolean isOf(String replicationId) {
    for (ReplicationId id : replicationIds) {
      if (id.value().equalsIgnoreCase(replicationId)) {
        return true;
      }
    }
    return false;
  }
}
