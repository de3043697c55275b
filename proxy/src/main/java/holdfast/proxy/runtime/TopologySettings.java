package holdfast.proxy.runtime;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.transport.Tls;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who says where the master is. */
public sealed interface TopologySettings {
  /** One backend, and nobody to promote another: no lease, no epochs. */
  record Single(NodeAddress backend) implements TopologySettings {}

  /**
   * Our voters.
   *
   * @param voters where to ask first; the record they hand out names all of them
   * @param secret what voters must be shown, null for nothing
   * @param tls what encrypts connections to them, null for nothing
   */
  record Quorum(List<NodeAddress> voters, @Nullable String secret, @Nullable Tls tls)
      implements TopologySettings {
    /** Voters that ask for no secret, in plain. */
    public Quorum(List<NodeAddress> voters) {
      this(voters, null, null);
    }

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

    @Override
    public String toString() {
      return "Quorum" + voters;
    }
  }
}
