package holdfast.proxy.front;

import holdfast.backend.transport.EventLoops;
import holdfast.backend.transport.SocketOptions;
import holdfast.proxy.dispatch.Clients;
import holdfast.proxy.dispatch.ProxyLoop;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Listens for clients and gives each to the loop that its channel is on; one too many is told so
 * and closed, as Redis does. Any thread.
 */
public final class FrontServer implements AutoCloseable {
  private static final int WATER_LOW_BYTES = 64 * 1024;
  private static final int WATER_HIGH_BYTES = 256 * 1024;

  private final Channel channel;

  private FrontServer(Channel channel) {
    this.channel = channel;
  }

  /**
   * Listens.
   *
   * @throws IOException if that address cannot be had: the message names it
   */
  public static FrontServer listen(
      InetSocketAddress address,
      EventLoops loops,
      List<ProxyLoop> proxies,
      Clients clients,
      int clientsMax)
      throws IOException {
    var initializer =
        new ChannelInitializer<SocketChannel>() {
          @Override
          protected void initChannel(SocketChannel client) {
            begin(client, proxies, clients, clientsMax);
          }
        };
    ChannelFuture bound = loops.listen(address, SocketOptions.STANDARD, initializer);
    bound.awaitUninterruptibly();
    Throwable cause = bound.cause();
    if (cause != null) {
      throw new IOException("cannot listen on " + address + ": " + cause.getMessage(), cause);
    }
    return new FrontServer(bound.channel());
  }

  private static void begin(
      SocketChannel client, List<ProxyLoop> proxies, Clients clients, int clientsMax) {
    if (clients.count() >= clientsMax) {
      client
          .writeAndFlush(
              Unpooled.copiedBuffer(
                  "-ERR max number of clients reached\r\n", StandardCharsets.US_ASCII))
          .addListener(ChannelFutureListener.CLOSE);
      return;
    }
    // A client that has sent all it wants to, and says so, still gets its replies.
    client.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    client
        .config()
        .setOption(
            ChannelOption.WRITE_BUFFER_WATER_MARK,
            new WriteBufferWaterMark(WATER_LOW_BYTES, WATER_HIGH_BYTES));
    for (ProxyLoop proxy : proxies) {
      if (proxy.eventLoop() == client.eventLoop()) {
        client.pipeline().addLast(proxy.newClient(client));
        return;
      }
    }
    throw new IllegalStateException("a channel on a loop that is not ours");
  }

  /** Where it listens; the port is the real one. */
  public InetSocketAddress address() {
    return (InetSocketAddress) channel.localAddress();
  }

  /** Takes no more connections; those there are stay. */
  @Override
  public void close() {
    channel.close().awaitUninterruptibly();
  }
}
