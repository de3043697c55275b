package holdfast.backend.transport;

import io.netty.channel.ChannelHandler;
import java.net.InetSocketAddress;

/** Puts TLS between a socket and whoever uses it. Any thread. */
public interface Tls {
  /**
   * What to put on a new channel in place of {@code handler}: TLS, and that behind it. Bytes that
   * are written before the peers have shaken hands go out afterwards; a handshake that fails ends
   * the channel with an {@link javax.net.ssl.SSLException}.
   *
   * @param peer whom a client connects to; where a server listens
   */
  ChannelHandler before(ChannelHandler handler, InetSocketAddress peer);
}
