package holdfast.proxy.admin;

import holdfast.backend.transport.EventLoops;
import holdfast.backend.transport.SocketOptions;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * A small HTTP server: {@code /metrics}, {@code /health} (503 while commands cannot be served) and
 * {@code /status}, and what the pages add. One thread of its own, so that a slow scrape delays
 * nobody. Requests are bounded at 8 KB, silence at 30 s.
 */
public final class AdminServer implements AutoCloseable {
  private static final int REQUEST_BYTES_MAX = 8 * 1024;
  private static final int SILENCE_SECONDS_MAX = 30;

  private final EventLoops loops;
  private final Channel listener;

  private AdminServer(EventLoops loops, Channel listener) {
    this.loops = loops;
    this.listener = listener;
  }

  /**
   * Returns when it listens.
   *
   * @param bind port 0 takes any free one
   * @throws IOException if the port is taken or the address not ours
   */
  public static AdminServer start(InetSocketAddress bind, AdminPages pages) throws IOException {
    EventLoops loops = EventLoops.start("holdfast-admin", 1);
    ChannelFuture listening = loops.listen(bind, SocketOptions.STANDARD, connections(pages));
    listening.awaitUninterruptibly();
    if (!listening.isSuccess()) {
      loops.close();
      throw new IOException("cannot listen on " + bind, listening.cause());
    }
    return new AdminServer(loops, listening.channel());
  }

  private static ChannelInitializer<Channel> connections(AdminPages pages) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        channel
            .pipeline()
            .addLast(
                new ReadTimeoutHandler(SILENCE_SECONDS_MAX),
                new HttpServerCodec(),
                new HttpObjectAggregator(REQUEST_BYTES_MAX),
                new AdminHandler(pages));
      }
    };
  }

  /** Where it listens, with the port it really got. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  @Override
  public void close() {
    loops.close();
  }
}
