package holdfast.bench.failover;

import holdfast.backend.model.NodeAddress;
import java.util.List;

/**
 * How clients come to the master.
 *
 * @param title for people
 * @param addresses of a proxy, or of sentinels
 */
record Way(String title, boolean isDirect, List<NodeAddress> addresses) {
  /** By a proxy. */
  static Way proxy(String title, int port) {
    return new Way(title, true, List.of(new NodeAddress("127.0.0.1", port)));
  }

  /** By asking sentinels. */
  static Way sentinels(List<NodeAddress> addresses) {
    return new Way("Sentinel mode", false, addresses);
  }
}
