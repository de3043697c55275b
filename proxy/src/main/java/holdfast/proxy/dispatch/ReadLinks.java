package holdfast.proxy.dispatch;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The links of one login on which reads go to one replica, opened when they are first needed. A
 * link to another process than the one whose data is known is not used. A replica that is silent
 * with reads in flight loses its link, and the reads go elsewhere; so it is where the login is not
 * taken, for servers do not replicate their users. One loop's thread.
 */
final class ReadLinks implements Upstream.Listener {
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final ProxyLoop loop;
  private final ReplicaNode node;
  private final @Nullable Login login;
  private final @Nullable Upstream[] links;
  private final LinkTrouble trouble;
  private boolean closed;
  private long retryAtNanos;

  ReadLinks(ProxyLoop loop, ReplicaNode node, int indexes, @Nullable Login login) {
    this.loop = loop;
    this.node = node;
    this.login = login;
    this.links = new Upstream[indexes];
    this.trouble = new LinkTrouble(loop.logger(), "link to replica");
    this.retryAtNanos = loop.nowNanos();
  }

  ReplicaNode node() {
    return node;
  }

  /** The link to read on, or null: it is then being opened as far as possible. */
  @Nullable Upstream readable(int index) {
    Upstream link = links[index];
    if (link == null) {
      if (loop.nowNanos() - retryAtNanos >= 0 && !closed && !loop.isClosing()) {
        links[index] = loop.connect(node.address(), null, index, this, login);
      }
      return null;
    }
    return link.isReady() && node.isReporter(link.identity()) && link.hasRoom() ? link : null;
  }

  /**
   * Looks whether one has fallen silent.
   *
   * @param limitNanos how long one with reads in flight may be silent
   * @return whether reads are in flight
   */
  boolean look(long nowNanos, long limitNanos) {
    boolean busy = false;
    for (Upstream link : links) {
      if (link == null || !link.isReady() || link.inFlight() == 0) {
        continue;
      }
      if (nowNanos - link.silentSinceNanos() > limitNanos) {
        link.close("silent with reads in flight");
      } else {
        busy = true;
      }
    }
    return busy;
  }

  void close(String reason) {
    closed = true;
    for (Upstream link : links) {
      if (link != null) {
        link.close(reason);
      }
    }
  }

  @Override
  public void onReady(Upstream link) {
    trouble.over();
    loop.logger().debug("replica {} serves reads", node.address());
    loop.replicaReady();
  }

  @Override
  public void onClosed(Upstream link, String reason) {
    if (links[link.index()] == link) {
      links[link.index()] = null;
      retryAtNanos = loop.nowNanos() + RETRY_NANOS;
      if (!closed) {
        trouble.failed(node.address(), reason);
        if (link.hasFailed()) {
          node.failed();
        }
      }
    }
  }

  @Override
  public void onRoom(Upstream free) {
    loop.replicaReady();
  }
}
