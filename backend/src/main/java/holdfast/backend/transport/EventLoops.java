package holdfast.backend.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.PlatformDependent;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;

/**
 * A fixed number of event loops, each one thread, and the only place where sockets are opened.
 * Everything that belongs to one connection runs on one loop; loops share nothing.
 *
 * <p>Any thread may call; the handlers given are called on the loop.
 */
public final class EventLoops implements AutoCloseable {
  private final Transport transport;
  private final MultiThreadIoEventLoopGroup group;
  private final List<EventLoop> loops;

  private EventLoops(Transport transport, String name, int threads) {
    this.transport = transport;
    this.group =
        new MultiThreadIoEventLoopGroup(
            threads, new DefaultThreadFactory(name), transport.newIoHandlers());
    var found = new ArrayList<EventLoop>();
    for (EventExecutor loop : group) {
      found.add((EventLoop) loop);
    }
    this.loops = List.copyOf(found);
  }

  /**
   * Starts loops on the best transport there is.
   *
   * @param name of the threads, for people who look at thread dumps
   */
  public static EventLoops start(String name, int threads) {
    return start(Transport.best(), name, threads);
  }

  /** Starts loops on a given transport. */
  public static EventLoops start(Transport transport, String name, int threads) {
    if (threads < 1 || threads > 1024) {
      throw new IllegalArgumentException("threads " + threads + ", expected 1 to 1024");
    }
    if (!transport.isAvailable()) {
      throw new IllegalArgumentException("transport " + transport + " does not work here");
    }
    return new EventLoops(transport, name, threads);
  }

  /**
   * What this process may have in buffers of all its connections, in bytes:
   * -XX:MaxDirectMemorySize, or else as much as the heap.
   */
  public static long bufferMemoryBytes() {
    return PlatformDependent.maxDirectMemory();
  }

  /** The transport in use. */
  public Transport transport() {
    return transport;
  }

  /** How many loops there are. */
  public int size() {
    return loops.size();
  }

  /** One of them, by its number from 0. */
  public EventLoop loop(int index) {
    return loops.get(index);
  }

  /** All of them, in turn. */
  public EventLoop next() {
    return group.next();
  }

  /**
   * Connects on a given loop. An unresolved address is resolved first, without blocking the loop.
   *
   * @param handler of the new channel; called on {@code loop}
   */
  public ChannelFuture connect(
      EventLoop loop, InetSocketAddress address, SocketOptions options, ChannelHandler handler) {
    var bootstrap =
        new Bootstrap()
            .group(loop)
            .channelFactory(transport::newSocket)
            .resolver(BackgroundResolver.SHARED)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) options.connectTimeout().toMillis())
            .handler(through(options, handler, address));
    setStreamOptions(options, bootstrap::option);
    return bootstrap.connect(address);
  }

  /**
   * Listens, and spreads the accepted connections over all loops.
   *
   * @param handler initializer of each accepted channel; shared, called on that channel's loop
   * @return done when the socket listens, or failed with the reason (a taken port, say)
   */
  public ChannelFuture listen(
      InetSocketAddress address, SocketOptions options, ChannelHandler handler) {
    var bootstrap =
        new ServerBootstrap()
            .group(group, group)
            .channelFactory(transport::newServerSocket)
            .option(ChannelOption.SO_BACKLOG, options.backlog())
            .option(ChannelOption.SO_REUSEADDR, true)
            .childHandler(through(options, handler, address));
    setStreamOptions(options, bootstrap::childOption);
    return bootstrap.bind(address);
  }

  /**
   * The same on a Unix socket; what options say of TCP and TLS is of no use there.
   *
   * @param path nothing may be there yet
   */
  public ChannelFuture listen(Path path, SocketOptions options, ChannelHandler handler) {
    return new ServerBootstrap()
        .group(group, group)
        .channelFactory(transport::newUnixServerSocket)
        .option(ChannelOption.SO_BACKLOG, options.backlog())
        .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
        .childHandler(handler)
        .bind(transport.unixAddress(path));
  }

  private static ChannelHandler through(
      SocketOptions options, ChannelHandler handler, InetSocketAddress address) {
    Tls tls = options.tls();
    return tls == null ? handler : tls.before(handler, address);
  }

  private void setStreamOptions(SocketOptions options, OptionSetter to) {
    // Netty's new default, the adaptive one, makes garbage at each copy between buffers and at each
    // slice (some 70 bytes per command were counted); the pooled one makes none.
    to.set(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT);
    to.set(ChannelOption.TCP_NODELAY, true);
    to.set(ChannelOption.SO_KEEPALIVE, true);
    int idle = seconds(options.keepAliveIdle());
    int interval = seconds(options.keepAliveInterval());
    switch (transport) {
      case EPOLL -> {
        to.set(EpollChannelOption.TCP_KEEPIDLE, idle);
        to.set(EpollChannelOption.TCP_KEEPINTVL, interval);
        to.set(EpollChannelOption.TCP_KEEPCNT, options.keepAliveProbes());
        to.set(EpollChannelOption.TCP_USER_TIMEOUT, (int) options.userTimeout().toMillis());
      }
      case IO_URING -> {
        to.set(IoUringChannelOption.TCP_KEEPIDLE, idle);
        to.set(IoUringChannelOption.TCP_KEEPINTVL, interval);
        to.set(IoUringChannelOption.TCP_KEEPCNT, options.keepAliveProbes());
        to.set(IoUringChannelOption.TCP_USER_TIMEOUT, (int) options.userTimeout().toMillis());
      }
      case NIO -> {
        to.set(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE), idle);
        to.set(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL), interval);
        to.set(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT), options.keepAliveProbes());
      }
    }
  }

  private interface OptionSetter {
    <T> void set(ChannelOption<T> option, T value);
  }

  private static int seconds(Duration duration) {
    return (int) Math.max(1, duration.toSeconds());
  }

  /** Closes all channels and ends the threads; returns when they have ended, or after 5 s. */
  @Override
  public void close() {
    group.shutdownGracefully(0, 3, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
  }
}
