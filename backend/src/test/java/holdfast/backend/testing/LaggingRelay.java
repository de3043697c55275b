package holdfast.backend.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A TCP relay on 127.0.0.1 before a master: what the master sends to its replicas arrives late,
 * everything else at once. A connection is a replica's once it has said PSYNC.
 */
public final class LaggingRelay implements AutoCloseable {
  private static final int CHUNK_BYTES = 64 * 1024;

  private final InetSocketAddress target;
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile long delayNanos;

  private record Piece(byte[] bytes, long cameNanos) {}

  /** Starts relaying to {@code target}, without delay. */
  public LaggingRelay(InetSocketAddress target) {
    this.target = target;
    try {
      listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofPlatform().daemon().name("lagging-relay").start(this::accept);
  }

  /** Where it listens. */
  public int port() {
    return listener.getLocalPort();
  }

  /** What has not arrived yet, and all after it, comes so late. */
  public void delay(Duration delay) {
    delayNanos = delay.toNanos();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        Socket server = new Socket();
        server.connect(target, 5000);
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        open.add(client);
        open.add(server);
        new Connection(client, server).start();
      } catch (IOException e) {
        // The listener is closed, or the target is gone: the client sees its end.
      }
    }
  }

  private final class Connection {
    private final Socket client;
    private final Socket server;
    private final BlockingQueue<Piece> late = new LinkedBlockingQueue<>();
    private volatile boolean replica;

    Connection(Socket client, Socket server) {
      this.client = client;
      this.server = server;
    }

    void start() {
      Thread.startVirtualThread(() -> copy(this::toServer));
      Thread.startVirtualThread(() -> copy(this::fromServer));
      Thread.startVirtualThread(() -> copy(this::toClient));
    }

    private interface Copying {
      void run() throws IOException, InterruptedException;
    }

    private void copy(Copying copying) {
      try {
        copying.run();
      } catch (IOException e) {
        // One side is gone: the other is closed too.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      closeQuietly(client);
      closeQuietly(server);
      late.add(new Piece(new byte[0], 0));
    }

    private void toServer() throws IOException {
      InputStream in = client.getInputStream();
      OutputStream out = server.getOutputStream();
      var chunk = new byte[CHUNK_BYTES];
      for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
        if (!replica && new String(chunk, 0, count, ISO_8859_1).contains("PSYNC")) {
          replica = true;
        }
        out.write(chunk, 0, count);
      }
    }

    private void fromServer() throws IOException {
      InputStream in = server.getInputStream();
      var chunk = new byte[CHUNK_BYTES];
      for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
        late.add(new Piece(Arrays.copyOf(chunk, count), System.nanoTime()));
      }
    }

    private void toClient() throws IOException, InterruptedException {
      OutputStream out = client.getOutputStream();
      for (Piece piece = late.take(); piece.bytes().length > 0; piece = late.take()) {
        while (replica && System.nanoTime() - piece.cameNanos() < delayNanos) {
          Thread.sleep(1);
        }
        out.write(piece.bytes());
      }
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is of no use any more.
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    open.forEach(LaggingRelay::closeQuietly);
  }
}
