package holdfast.backend.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/**
 * A backend that does what a test tells it, on a free port of 127.0.0.1: each accepted connection
 * is handed to a script on a thread of its own.
 */
public final class FakeBackend implements AutoCloseable {
  /** What it does with one connection; it is closed when this returns or throws. */
  @FunctionalInterface
  public interface Script {
    void run(Socket connection) throws Exception;
  }

  private final ServerSocket server;
  private final List<Socket> connections = new ArrayList<>();

  /** Listens and runs {@code script} for each connection. */
  public FakeBackend(Script script) {
    try {
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual()
        .start(
            () -> {
              while (!server.isClosed()) {
                try {
                  Socket connection = server.accept();
                  synchronized (connections) {
                    connections.add(connection);
                  }
                  Thread.ofVirtual().start(() -> serve(script, connection));
                } catch (IOException e) {
                  return; // closed
                }
              }
            });
  }

  private static void serve(Script script, Socket connection) {
    try (connection) {
      script.run(connection);
    } catch (Exception e) {
      // The test sees what became of the connection.
    }
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
  }

  /** How many connections were accepted so far. */
  public int accepted() {
    synchronized (connections) {
      return connections.size();
    }
  }

  /** Sends text, a byte for each char. */
  public static void say(Socket connection, String text) throws IOException {
    connection.getOutputStream().write(text.getBytes(ISO_8859_1));
  }

  /** Reads until {@code text} has come. */
  public static void hear(Socket connection, String text) throws IOException {
    var heard = new StringBuilder();
    while (heard.indexOf(text) < 0) {
      int b = connection.getInputStream().read();
      if (b < 0) {
        throw new IOException("closed after: " + heard);
      }
      heard.append((char) b);
    }
  }

  /** Reads and drops all until the peer closes. */
  public static void hearAll(Socket connection) throws IOException {
    connection.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
  }

  @Override
  public void close() {
    try {
      server.close();
      synchronized (connections) {
        for (Socket connection : connections) {
          connection.close();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
