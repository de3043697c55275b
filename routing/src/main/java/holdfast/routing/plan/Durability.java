package holdfast.routing.plan;

import holdfast.backend.model.ReplicationId;
import java.util.List;

/**
 * What must hold before a reply of the master is handed on (PROTOCOL.md, "Durability K").
 *
 * @param replicasRequired K: so many of {@code adopted} must have a write; 0 asks for nothing
 * @param adopted replicas that count: adopted in this epoch, of a priority above 0
 * @param replicationIds the ids under which the master's offsets count; under another nothing is
 *     acknowledged
 */
public record Durability(
    int replicasRequired, List<Replica> adopted, List<ReplicationId> replicationIds) {
  /**
   * A replica that counts, as its master may name it.
   *
   * @param hosts any of them is this replica's: a name, and what it resolves to
   */
  public record Replica(List<String> hosts, int port) {
    /** Copies the list. */
    public Replica {
      hosts = List.copyOf(hosts);
    }
  }

  /** Nothing is waited for. */
  public static final Durability NONE = new Durability(0, List.of(), List.of());

  /** Copies the lists. */
  public Durability {
    adopted = List.copyOf(adopted);
    replicationIds = List.copyOf(replicationIds);
    if (replicasRequired < 0) {
      throw new IllegalArgumentException(
          "replicas required " + replicasRequired + ", expected 0 or more");
    }
  }

  /** Whether replies wait for nobody. */
  public boolean isNone() {
    return replicasRequired == 0;
  }
}
