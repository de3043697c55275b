package holdfast.proxy.front;

import holdfast.backend.transport.Tls;
import holdfast.routing.read.ReadRule;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One way in for clients. */
public sealed interface Listener {
  /** Who serves the reads of clients that come in this way; null for the standard rule. */
  @Nullable ReadRule reads();

  /**
   * A port.
   *
   * @param tls what encrypts it; null for nothing
   * @param proxyProtocol whether each connection begins with a header of the PROXY protocol that
   *     says who the client is: whoever reaches the port is believed
   */
  record Tcp(
      InetSocketAddress address, @Nullable Tls tls, boolean proxyProtocol, @Nullable ReadRule reads)
      implements Listener {
    /** With the standard rule for reads. */
    public Tcp(InetSocketAddress address, @Nullable Tls tls, boolean proxyProtocol) {
      this(address, tls, proxyProtocol, null);
    }

    @Override
    public String toString() {
      return address
          + (tls == null ? "" : " (TLS)")
          + (proxyProtocol ? " (PROXY protocol)" : "")
          + (reads == null ? "" : " (reads: " + reads.policy() + ")");
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
    public @Nullable ReadRule reads() {
      return null;
    }

    @Override
    public String toString() {
      return path.toString();
    }
  }
}
