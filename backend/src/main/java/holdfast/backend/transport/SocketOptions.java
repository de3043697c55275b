package holdfast.backend.transport;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How our sockets behave. TCP_NODELAY and SO_KEEPALIVE are always on, SO_REUSEADDR is for those
 * that listen.
 *
 * @param connectTimeout how long a connect may take
 * @param keepAliveIdle silence after which the kernel probes the peer (whole seconds)
 * @param keepAliveInterval time between probes (whole seconds)
 * @param keepAliveProbes unanswered probes after which the connection is dead
 * @param userTimeout how long sent bytes may go unacknowledged before the connection is dead; zero
 *     leaves it to the kernel (some 15 minutes). Keepalive alone does not see a peer that vanishes
 *     while bytes are under way. Epoll only
 * @param backlog connections that may wait to be accepted
 * @param tls what encrypts the connection; null for nothing
 */
public record SocketOptions(
    Duration connectTimeout,
    Duration keepAliveIdle,
    Duration keepAliveInterval,
    int keepAliveProbes,
    Duration userTimeout,
    int backlog,
    @Nullable Tls tls) {

  /** Connect 1 s; a dead peer is noticed after 5 s with bytes under way, after 11 s without. */
  public static final SocketOptions STANDARD =
      new SocketOptions(
          Duration.ofSeconds(1),
          Duration.ofSeconds(5),
          Duration.ofSeconds(2),
          3,
          Duration.ofSeconds(5),
          1024,
          null);

  public SocketOptions {
    atLeast("connectTimeout", connectTimeout, Duration.ofMillis(1));
    atLeast("keepAliveIdle", keepAliveIdle, Duration.ofSeconds(1));
    atLeast("keepAliveInterval", keepAliveInterval, Duration.ofSeconds(1));
    atLeast("userTimeout", userTimeout, Duration.ZERO);
    if (keepAliveProbes < 1 || backlog < 1) {
      throw new IllegalArgumentException(
          "keepAliveProbes " + keepAliveProbes + ", backlog " + backlog + ", expected 1 or more");
    }
  }

  private static void atLeast(String name, Duration value, Duration least) {
    if (value.compareTo(least) < 0 || value.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException(
          name + " " + value + ", expected " + least + " to one day");
    }
  }

  /** The same with another connect timeout. */
  public SocketOptions withConnectTimeout(Duration connectTimeout) {
    return new SocketOptions(
        connectTimeout,
        keepAliveIdle,
        keepAliveInterval,
        keepAliveProbes,
        userTimeout,
        backlog,
        tls);
  }

  /** The same with another user timeout. */
  public SocketOptions withUserTimeout(Duration userTimeout) {
    return new SocketOptions(
        connectTimeout,
        keepAliveIdle,
        keepAliveInterval,
        keepAliveProbes,
        userTimeout,
        backlog,
        tls);
  }

  /** The same with another backlog. */
  public SocketOptions withBacklog(int backlog) {
    return new SocketOptions(
        connectTimeout,
        keepAliveIdle,
        keepAliveInterval,
        keepAliveProbes,
        userTimeout,
        backlog,
        tls);
  }

  /** The same with TLS, or without. */
  public SocketOptions withTls(@Nullable Tls tls) {
    return new SocketOptions(
        connectTimeout,
        keepAliveIdle,
        keepAliveInterval,
        keepAliveProbes,
        userTimeout,
        backlog,
        tls);
  }
}
