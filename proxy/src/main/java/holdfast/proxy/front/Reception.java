package holdfast.proxy.front;

import holdfast.proxy.dispatch.Clients;
import holdfast.proxy.dispatch.ProxyLoop;
import holdfast.routing.read.ReadRule;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives each client to the loop that its channel is on; one too many is told so and closed, as
 * Redis does. Any thread.
 */
public final class Reception {
  private static final int WATER_LOW_BYTES = 64 * 1024;
  private static final int WATER_HIGH_BYTES = 256 * 1024;

  private final List<ProxyLoop> proxies;
  private final Clients clients;
  private final int clientsMax;

  /**
   * @param proxies one for each event loop
   * @param clientsMax connected at a time
   */
  public Reception(List<ProxyLoop> proxies, Clients clients, int clientsMax) {
    this.proxies = List.copyOf(proxies);
    this.clients = clients;
    this.clientsMax = clientsMax;
  }

  /** What each accepted channel begins with. */
  ChannelInitializer<Channel> initializer(boolean proxyProtocol, @Nullable ReadRule reads) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        begin(channel, proxyProtocol, reads);
      }
    };
  }

  @SuppressWarnings("FutureReturnValueIgnored") // closed afterwards, whatever comes of it
  private void begin(Channel channel, boolean proxyProtocol, @Nullable ReadRule reads) {
    if (clients.count() >= clientsMax) {
      channel
          .writeAndFlush(
              Unpooled.copiedBuffer(
                  "-ERR max number of clients reached\r\n", StandardCharsets.US_ASCII))
          .addListener(ChannelFutureListener.CLOSE);
      return;
    }
    // A client that has sent all it wants to, and says so, still gets its replies.
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    channel
        .config()
        .setOption(
            ChannelOption.WRITE_BUFFER_WATER_MARK,
            new WriteBufferWaterMark(WATER_LOW_BYTES, WATER_HIGH_BYTES));
    channel.config().setRecvByteBufAllocator(loop(channel).readSizes());
    if (proxyProtocol) {
      ProxyHeader.await(channel, this, reads);
    } else {
      channel.pipeline().addLast(client(channel, channel.remoteAddress(), reads));
    }
  }

  /** The handler of a client who comes from there. */
  ChannelHandler client(Channel channel, SocketAddress from, @Nullable ReadRule reads) {
    return loop(channel).newClient(channel, from, reads);
  }

  private ProxyLoop loop(Channel channel) {
    for (ProxyLoop proxy : proxies) {
      if (proxy.eventLoop() == channel.eventLoop()) {
        return proxy;
      }
    }
    throw new IllegalStateException("a channel on a loop that is not ours");
  }
}
