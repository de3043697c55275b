package holdfast.proxy.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;

/** Loopback ports that nobody listens on, each given once. */
final class Ports {
  private final Set<Integer> given = new HashSet<>();

  /** Whether something could listen there now. */
  static boolean isFree(int port) {
    try (var probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** {@code wanted} if it is free, else any free one. */
  int preferring(int wanted) throws IOException {
    return !given.contains(wanted) && isFree(wanted) && given.add(wanted) ? wanted : any();
  }

  /** Any free port that was not given yet. */
  int any() throws IOException {
    while (true) {
      try (var probe = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
        if (given.add(probe.getLocalPort())) {
          return probe.getLocalPort();
        }
      }
    }
  }
}
