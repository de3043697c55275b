package holdfast.proxy.dispatch;

import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Closes clients that have said nothing for too long, as Redis's {@code timeout} does: not those
 * that wait for something, and not subscribers. Source: Redis {@code networking.c}
 * clientsCronHandleTimeout. One loop's thread.
 */
final class IdleClients {
  private static final long LOOK_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);

  private final ProxyLoop loop;
  private final Set<ClientConnection> connections;
  private final long idleNanosMax;
  private boolean scheduled;

  /**
   * @param connections of the loop, as they come and go
   */
  IdleClients(ProxyLoop loop, Set<ClientConnection> connections) {
    this.loop = loop;
    this.connections = connections;
    this.idleNanosMax = loop.settings().clients().pace().idleMax().toNanos();
  }

  /** There is a client: looks from now on, until there is none. */
  void connected() {
    if (idleNanosMax > 0 && !scheduled && !loop.isClosing()) {
      scheduled = true;
      loop.schedule(
          this::look, Math.min(LOOK_NANOS_MAX, idleNanosMax / 2 + 1), TimeUnit.NANOSECONDS);
    }
  }

  private void look() {
    scheduled = false;
    long now = loop.nowNanos();
    for (ClientConnection client : List.copyOf(connections)) {
      if (client.isBusy()) {
        client.session().readAt(now); // its silence begins when it is answered
      } else if (now - client.session().lastReadNanos() >= idleNanosMax) {
        loop.logger().debug("client {} is closed: it is idle", client.session().address());
        client.close();
      }
    }
    if (!connections.isEmpty()) {
      connected();
    }
  }
}
