package holdfast.backend.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A TCP relay on 127.0.0.1 that cuts: all connections through it at once, on demand, in the middle
 * of whatever they carry; or each after so many bytes; or makes those there are half-open.
 */
public final class CuttingRelay implements AutoCloseable {
  private final InetSocketAddress target;
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Set<Socket> frozen = ConcurrentHashMap.newKeySet();
  private final AtomicInteger accepted = new AtomicInteger();
  private volatile boolean refusing;
  private volatile boolean mute;
  private volatile long bytesMax = Long.MAX_VALUE;

  /** Starts relaying to {@code target}. */
  public CuttingRelay(InetSocketAddress target) {
    this.target = target;
    try {
      listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofPlatform().daemon().name("relay").start(this::accept);
  }

  /** Where it listens. */
  public int port() {
    return listener.getLocalPort();
  }

  /** Connections made from now on are cut after this many bytes from the target. */
  public void cutAfter(long bytes) {
    bytesMax = bytes;
  }

  /** Whether new connections are closed at once. */
  public void refuse(boolean value) {
    refusing = value;
  }

  /** Whether what comes from the target is dropped; what goes there arrives. */
  public void mute(boolean value) {
    mute = value;
  }

  /** Cuts all connections there are. */
  public void cut() {
    for (Socket socket : open) {
      closeQuietly(socket);
    }
  }

  /**
   * From here on the connections there are forward nothing, not even their end, while both sides
   * see them open and what they send acknowledged. New ones work.
   */
  public void freeze() {
    frozen.addAll(open);
  }

  /** Connections made so far. */
  public int accepted() {
    return accepted.get();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        if (refusing) {
          client.close();
          continue;
        }
        var server = new Socket(target.getAddress(), target.getPort());
        open.add(client);
        open.add(server);
        accepted.incrementAndGet();
        long limit = bytesMax;
        Thread.ofPlatform().daemon().start(() -> pump(client, server, Long.MAX_VALUE, false));
        Thread.ofPlatform().daemon().start(() -> pump(server, client, limit, true));
      } catch (IOException e) {
        // Closed, or the target is not there: the client sees a closed connection.
      }
    }
  }

  private void pump(Socket from, Socket to, long limit, boolean back) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      var buffer = new byte[16 * 1024];
      long left = limit;
      for (int got = in.read(buffer); got >= 0 && left > 0; got = in.read(buffer)) {
        if (frozen.contains(from) || (back && mute)) {
          continue;
        }
        int pass = (int) Math.min(got, left);
        out.write(buffer, 0, pass);
        left -= pass;
        if (left == 0) {
          break;
        }
      }
    } catch (IOException e) {
      // Cut.
    } finally {
      closeQuietly(from);
      if (!frozen.contains(to)) {
        closeQuietly(to);
      }
    }
  }

  private void closeQuietly(Socket socket) {
    open.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      // It is closed.
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cut();
  }
}
