package holdfast.proxy.runtime;

import holdfast.backend.model.NodeAddress;
import java.util.HashSet;
import java.util.List;

/** Who says where the master is. */
public sealed interface TopologySettings {
  /** One backend, and nobody to promote another: no lease, no epochs. */
  record Single(NodeAddress backend) implements TopologySettings {}

  /**
   * Our voters.
   *
   * @param voters where to ask first; the record they hand out names all of them
   */
  record Quorum(List<NodeAddress> voters) implements TopologySettings {
    /** Copies the list; refuses none or one named twice. */
    public Quorum {
      voters = List.copyOf(voters);
      if (voters.isEmpty()) {
        throw new IllegalArgumentException("no voters, expected at least 1");
      }
      if (new HashSet<>(voters).size() != voters.size()) {
        throw new IllegalArgumentException("voters " + voters + ", expected each once");
      }
    }
  }
}
