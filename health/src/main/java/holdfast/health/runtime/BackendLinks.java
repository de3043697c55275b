package holdfast.health.runtime;

import holdfast.backend.link.Credentials;
import holdfast.backend.link.LinkSettings;
import holdfast.backend.link.LinkTimes;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.time.Ticker;
import holdfast.backend.transport.EventLoops;
import holdfast.backend.transport.SocketOptions;
import holdfast.backend.transport.Tls;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What all connections of one voter share. */
record BackendLinks(
    EventLoops loops,
    EventLoop loop,
    Ticker ticker,
    RandomGenerator random,
    VoterSettings settings) {
  /** Begins the name of each connection that only watches. */
  static final String WATCHING = "holdfast-voter-";

  /** Begins the name of each connection that commands in the name of an epoch. */
  static final String LEADING = "holdfast-leader-";

  /** A connection to a backend, named, closed when it stays silent for down-after. */
  LinkSettings toBackend(NodeAddress address, String name) {
    return to(address, name, settings.backendLogin(), settings.backendTls());
  }

  /** The same to another voter. */
  LinkSettings toVoter(NodeAddress address, String name, @Nullable Credentials login) {
    return to(address, name, login, settings.voterTls().peers());
  }

  private LinkSettings to(
      NodeAddress address, String name, @Nullable Credentials login, @Nullable Tls tls) {
    Duration downAfter = settings.times().downAfter();
    return LinkSettings.to(InetSocketAddress.createUnresolved(address.host(), address.port()))
        .withClientName(name)
        .withCredentials(login)
        .withTimes(new LinkTimes(downAfter, Duration.ZERO, downAfter))
        .withSocket(
            SocketOptions.STANDARD
                .withConnectTimeout(downAfter)
                .withUserTimeout(downAfter.multipliedBy(2))
                .withTls(tls));
  }
}
