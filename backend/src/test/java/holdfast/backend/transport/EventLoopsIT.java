package holdfast.backend.transport;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EventLoopsIT {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  @ChannelHandler.Sharable
  private static final class Accepted extends ChannelInboundHandlerAdapter {
    final BlockingQueue<Channel> channels = new LinkedBlockingQueue<>();

    @Override
    public void channelActive(ChannelHandlerContext context) {
      channels.add(context.channel());
    }
  }

  private static final class Nothing extends ChannelInboundHandlerAdapter {}

  @ParameterizedTest
  @EnumSource
  void connectsByNameAndSetsWhatWasAskedFor(Transport transport) throws Exception {
    try (var loops = EventLoops.start(transport, "it", 2)) {
      var accepted = new Accepted();
      Channel server = loops.listen(ANY_PORT, SocketOptions.STANDARD, accepted).sync().channel();
      int port = ((InetSocketAddress) server.localAddress()).getPort();
      Channel client =
          loops
              .connect(
                  loops.loop(1),
                  InetSocketAddress.createUnresolved("localhost", port),
                  SocketOptions.STANDARD.withUserTimeout(Duration.ofMillis(1234)),
                  new Nothing())
              .sync()
              .channel();
      Channel other = accepted.channels.poll(5, TimeUnit.SECONDS);
      assertSame(loops.loop(1), client.eventLoop());
      for (Channel channel : new Channel[] {client, other}) {
        assertTrue(channel.config().getOption(ChannelOption.TCP_NODELAY));
        assertTrue(channel.config().getOption(ChannelOption.SO_KEEPALIVE));
      }
      if (transport == Transport.EPOLL) {
        assertEquals(1234, client.config().getOption(EpollChannelOption.TCP_USER_TIMEOUT));
        assertEquals(5, client.config().getOption(EpollChannelOption.TCP_KEEPIDLE));
        assertEquals(2, client.config().getOption(EpollChannelOption.TCP_KEEPINTVL));
        assertEquals(3, client.config().getOption(EpollChannelOption.TCP_KEEPCNT));
        assertEquals(5000, other.config().getOption(EpollChannelOption.TCP_USER_TIMEOUT));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aTakenPortIsSaidToBeTaken(Transport transport) throws Exception {
    try (var loops = EventLoops.start(transport, "it", 1)) {
      Channel first =
          loops.listen(ANY_PORT, SocketOptions.STANDARD, new Accepted()).sync().channel();
      var second =
          loops.listen(
              (InetSocketAddress) first.localAddress(), SocketOptions.STANDARD, new Accepted());
      assertTrue(second.await(5, TimeUnit.SECONDS));
      assertFalse(second.isSuccess());
      assertInstanceOf(IOException.class, second.cause());
      assertTrue(second.cause().getMessage().contains("Address already in use"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void closingEndsConnectionsAndThreads(Transport transport) throws Exception {
    var loops = EventLoops.start(transport, "it-closing-" + transport, 2);
    var accepted = new Accepted();
    Channel server = loops.listen(ANY_PORT, SocketOptions.STANDARD, accepted).sync().channel();
    Channel client =
        loops
            .connect(
                loops.next(),
                (InetSocketAddress) server.localAddress(),
                SocketOptions.STANDARD,
                new Nothing())
            .sync()
            .channel();
    loops.close();
    assertFalse(client.isOpen());
    assertFalse(server.isOpen());
    // Netty says "terminated" as the last thing on the thread: it may still be on its way out.
    await()
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(t -> t.getName().startsWith("it-closing-" + transport)));
  }

  @ParameterizedTest
  @EnumSource
  void refusesANumberOfThreadsThatMakesNoSense(Transport transport) {
    assertThrows(IllegalArgumentException.class, () -> EventLoops.start(transport, "it", 0));
    assertThrows(IllegalArgumentException.class, () -> EventLoops.start(transport, "it", 5000));
  }
}
