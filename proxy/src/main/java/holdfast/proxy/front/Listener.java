package holdfast.proxy.front;

import holdfast.backend.transport.Tls;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One way in for clients. */
public sealed interface Listener {
  /**
   * A port.
   *
   * @param tls what encrypts it; null for nothing
   * @param proxyProtocol whether each connection begins with a header of the PROXY protocol that
   *     says who the client is: whoever reaches the port is believed
   */
  record Tcp(InetSocketAddress address, @Nullable Tls tls, boolean proxyProtocol)
      implements Listener {
    @Override
    public String toString() {
      return address + (tls == null ? "" : " (TLS)") + (proxyProtocol ? " (PROXY protocol)" : "");
    }
  }

  /**
   * A Unix socket.
   *
   * @param path of the file; what a process that was killed has left there is replaced
   * @param mode who may connect: permission to write is what counts
   */
  record Unix(Path path, Set<PosixFilePermission> mode) implements Listener {
    /** Copies the set. */
    public Unix {
      mode = Set.copyOf(mode);
    }

    @Override
    public String toString() {
      return path.toString();
    }
  }
}
