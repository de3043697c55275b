package holdfast.bench.faults;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A plain RESP2 client that shares no code with what is tested. Bytes are Latin-1 characters. A
 * reply is a String ("+" before a status), an {@link Err}, a Long, a List or null.
 */
final class RespSocket implements AutoCloseable {
  /** An error reply. */
  record Err(String text) {}

  private final Socket socket = new Socket();
  private final InputStream in;

  RespSocket(String host, int port, int timeoutMillis) throws IOException {
    try {
      socket.connect(new InetSocketAddress(host, port), timeoutMillis);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(timeoutMillis);
      in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Asks one thing on a connection of its own. */
  static @Nullable Object ask(String host, int port, int timeoutMillis, String... words)
      throws IOException {
    try (var socket = new RespSocket(host, port, timeoutMillis)) {
      return socket.call(words);
    }
  }

  /** Sends commands in one write, without waiting. */
  void send(String[]... commands) throws IOException {
    var out = new ByteArrayOutputStream();
    for (String[] words : commands) {
      out.writeBytes(("*" + words.length + "\r\n").getBytes(ISO_8859_1));
      for (String word : words) {
        out.writeBytes(("$" + word.length() + "\r\n" + word + "\r\n").getBytes(ISO_8859_1));
      }
    }
    socket.getOutputStream().write(out.toByteArray());
  }

  @Nullable Object call(String... words) throws IOException {
    send(new String[][] {words});
    return read();
  }

  @Nullable Object read() throws IOException {
    String line = line();
    String rest = line.substring(1);
    return switch (line.charAt(0)) {
      case '+' -> line;
      case '-' -> new Err(rest);
      case ':' -> Long.parseLong(rest);
      case '$' -> bulk(Integer.parseInt(rest));
      case '*' -> list(Integer.parseInt(rest));
      default -> throw new IOException("unexpected \"" + line + "\"");
    };
  }

  private @Nullable Object bulk(int length) throws IOException {
    if (length < 0) {
      return null;
    }
    byte[] bytes = in.readNBytes(length + 2);
    if (bytes.length < length + 2) {
      throw new EOFException("closed within a reply");
    }
    return new String(bytes, 0, length, ISO_8859_1);
  }

  private @Nullable Object list(int count) throws IOException {
    if (count < 0) {
      return null;
    }
    var values = new ArrayList<@Nullable Object>();
    for (int i = 0; i < count; i++) {
      values.add(read());
    }
    return values;
  }

  private String line() throws IOException {
    var text = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("closed");
      }
      text.append((char) c);
    }
    return text.substring(0, text.length() - 1);
  }

  /** A list reply of strings. */
  static List<String> strings(@Nullable Object reply) {
    if (!(reply instanceof List<?> values)) {
      throw new IllegalStateException("not a list: " + reply);
    }
    return values.stream().map(String::valueOf).toList();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
