package holdfast.proxy.front;

import holdfast.routing.read.ReadRule;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for the header of the PROXY protocol (version 1 or 2) with which a balancer begins each
 * connection, and begins the client with the address that it names. Without a header, with a wrong
 * one, or with none in time the connection is closed, as the protocol demands. On the loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a close shows in channelInactive
final class ProxyHeader extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(ProxyHeader.class);
  private static final long HEADER_SECONDS = 5;

  private final Reception reception;
  private final @Nullable ReadRule reads;
  private @Nullable ScheduledFuture<?> deadline;

  private ProxyHeader(Reception reception, @Nullable ReadRule reads) {
    this.reception = reception;
    this.reads = reads;
  }

  /** The header comes before all else, TLS too. */
  static void await(Channel channel, Reception reception, @Nullable ReadRule reads) {
    channel.pipeline().addFirst(new HAProxyMessageDecoder());
    channel.pipeline().addLast(new ProxyHeader(reception, reads));
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    deadline =
        context
            .channel()
            .eventLoop()
            .schedule(
                () -> {
                  LOG.debug("{}: no header in time", context.channel().remoteAddress());
                  context.close();
                },
                HEADER_SECONDS,
                TimeUnit.SECONDS);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    if (deadline != null) {
      deadline.cancel(false);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!(message instanceof HAProxyMessage header)) {
      context.fireChannelRead(message); // behind the header
      return;
    }
    SocketAddress from = source(header, context.channel());
    header.release();
    context.pipeline().addLast(reception.client(context.channel(), from, reads));
    context.fireChannelActive();
    context.pipeline().remove(this);
  }

  /** LOCAL is the balancer itself, looking whether we are there. */
  private static SocketAddress source(HAProxyMessage header, Channel channel) {
    String address = header.sourceAddress();
    return header.command() == HAProxyCommand.LOCAL || address == null || header.sourcePort() == 0
        ? channel.remoteAddress()
        : new InetSocketAddress(address, header.sourcePort());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("{}: {}", context.channel().remoteAddress(), cause.toString());
    context.close();
  }
}
