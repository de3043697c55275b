package holdfast.proxy.front;

import holdfast.backend.transport.EventLoops;
import holdfast.backend.transport.SocketOptions;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** One listening socket for clients. Any thread. */
public final class FrontServer implements AutoCloseable {
  private final Channel channel;
  private final @Nullable Path file;

  private FrontServer(Channel channel, @Nullable Path file) {
    this.channel = channel;
    this.file = file;
  }

  /**
   * Listens.
   *
   * @throws IOException if that place cannot be had: the message names it
   */
  public static FrontServer listen(Listener where, EventLoops loops, Reception reception)
      throws IOException {
    return switch (where) {
      case Listener.Tcp tcp -> {
        var options = SocketOptions.STANDARD.withTls(tcp.tls());
        var initializer = reception.initializer(tcp.proxyProtocol(), tcp.reads());
        yield new FrontServer(
            bound(where, loops.listen(tcp.address(), options, initializer)), null);
      }
      case Listener.Unix unix -> {
        removeLeftover(unix.path());
        var initializer = reception.initializer(false, unix.reads());
        var bound = loops.listen(unix.path(), SocketOptions.STANDARD, initializer);
        var server = new FrontServer(bound(where, bound), unix.path());
        Files.setPosixFilePermissions(unix.path(), unix.mode());
        yield server;
      }
    };
  }

  private static Channel bound(Listener where, ChannelFuture bound) throws IOException {
    bound.awaitUninterruptibly();
    Throwable cause = bound.cause();
    if (cause != null) {
      throw new IOException("cannot listen on " + where + ": " + cause.getMessage(), cause);
    }
    return bound.channel();
  }

  /** A socket that nobody listens on any more is in the way of a new one. */
  private static void removeLeftover(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    if (Files.isRegularFile(path) || Files.isDirectory(path)) {
      throw new IOException("cannot listen on " + path + ": it is there, and no socket");
    }
    try (var probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException nobodyThere) {
      Files.delete(path);
      return;
    }
    throw new IOException("cannot listen on " + path + ": another process does");
  }

  /** Where a port listens; the number is the real one. */
  public InetSocketAddress address() {
    return (InetSocketAddress) channel.localAddress();
  }

  /** Takes no more connections; those there are stay. */
  @Override
  public void close() {
    channel.close().awaitUninterruptibly();
    if (file != null) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        // The next one to listen there removes it.
      }
    }
  }
}
