package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.resp.RespLimits;
import holdfast.backend.resp.RespReader;
import holdfast.backend.resp.RespValue;
import holdfast.backend.resp.RespWriter;
import holdfast.backend.transport.FilesTls;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.jspecify.annotations.Nullable;

/**
 * A connection to ask one thing after another, as the tools of the command line do. Every call ends
 * within the time given; one thread.
 */
final class ControlClient implements AutoCloseable {
  private static final int CHUNK_BYTES = 16 * 1024;

  private Socket socket = new Socket();
  private final RespReader reader = new RespReader(RespLimits.STANDARD);
  private final ByteBuf received = Unpooled.buffer();

  private ControlClient() {}

  /** Connects; a connection and each reply may take {@code timeoutMillis}. */
  static ControlClient open(NodeAddress address, int timeoutMillis) throws IOException {
    var client = new ControlClient();
    try {
      client.socket.connect(new InetSocketAddress(address.host(), address.port()), timeoutMillis);
      client.socket.setSoTimeout(timeoutMillis);
      client.socket.setTcpNoDelay(true);
      return client;
    } catch (IOException e) {
      client.close();
      throw e;
    }
  }

  /**
   * Connects and says who we are.
   *
   * @param user null for the default one
   * @param password null for none: then nothing is said
   * @param tls null for none
   * @throws IOException also if the other side does not take it
   */
  static ControlClient open(
      NodeAddress address,
      int timeoutMillis,
      @Nullable String user,
      @Nullable String password,
      @Nullable FilesTls tls)
      throws IOException {
    ControlClient client = open(address, timeoutMillis);
    try {
      if (tls != null) {
        client.socket = tls.over(client.socket, address.host(), address.port());
      }
      if (password != null) {
        RespValue reply =
            user == null ? client.call("AUTH", password) : client.call("AUTH", user, password);
        if (reply instanceof RespValue.Failure failure) {
          throw new IOException("AUTH was answered by: " + failure.message());
        }
      }
      return client;
    } catch (IOException e) {
      client.close();
      throw e;
    }
  }

  /** Replies may take so long from now on. */
  void answerWithin(int timeoutMillis) throws IOException {
    socket.setSoTimeout(timeoutMillis);
  }

  /** One command and its reply, which may be an error. */
  RespValue call(String... arguments) throws IOException {
    ByteBuf out = Unpooled.buffer();
    try {
      new RespWriter(out, 2).command(arguments);
      out.readBytes(socket.getOutputStream(), out.readableBytes());
    } finally {
      out.release();
    }
    while (true) {
      RespValue value = reader.next(received);
      if (value != null) {
        received.discardReadBytes();
        return value;
      }
      if (received.writeBytes(socket.getInputStream(), CHUNK_BYTES) < 0) {
        throw new EOFException("the connection was closed");
      }
    }
  }

  /** Asks one thing on a connection of its own. */
  static RespValue ask(NodeAddress address, int timeoutMillis, String... arguments)
      throws IOException {
    try (var client = open(address, timeoutMillis)) {
      return client.call(arguments);
    }
  }

  @Override
  public void close() throws IOException {
    received.release();
    socket.close();
  }
}
