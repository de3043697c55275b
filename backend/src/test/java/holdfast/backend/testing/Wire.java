package holdfast.backend.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One plain connection that sends commands and reads RESP2 replies, apart from all code under test.
 * Bytes are Latin-1 characters. A reply is a String (errors begin with "-", statuses with "+"), a
 * Long, a List or null.
 */
public final class Wire implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;

  /** Connects; waits at most 20 s for each reply. */
  public Wire(InetSocketAddress address) {
    this(connected(address));
  }

  /** Over a socket that is connected; waits at most 20 s for each reply. */
  public Wire(Socket socket) {
    this.socket = socket;
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(20_000);
      in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @SuppressWarnings("resource") // the wire's
  private static Socket connected(InetSocketAddress address) {
    try {
      var socket = new Socket();
      socket.connect(address, 5000);
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends without waiting. */
  public void send(String... words) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(("*" + words.length + "\r\n").getBytes(ISO_8859_1));
    for (String word : words) {
      out.writeBytes(("$" + word.length() + "\r\n" + word + "\r\n").getBytes(ISO_8859_1));
    }
    try {
      socket.getOutputStream().write(out.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends a command and reads its reply. */
  public @Nullable Object call(String... words) {
    send(words);
    return read();
  }

  /** As {@link #call}, as text. */
  public String text(String... words) {
    return String.valueOf(call(words));
  }

  /** Reads one reply. */
  public @Nullable Object read() {
    try {
      return value();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private @Nullable Object value() throws IOException {
    String line = line();
    switch (line.charAt(0)) {
      case '+', '-' -> {
        return line;
      }
      case ':' -> {
        return Long.parseLong(line.substring(1));
      }
      case '$' -> {
        int length = Integer.parseInt(line.substring(1));
        if (length < 0) {
          return null;
        }
        byte[] bytes = in.readNBytes(length + 2);
        if (bytes.length < length + 2) {
          throw new EOFException();
        }
        return new String(bytes, 0, length, ISO_8859_1);
      }
      case '*' -> {
        int count = Integer.parseInt(line.substring(1));
        if (count < 0) {
          return null;
        }
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          values.add(value());
        }
        return values;
      }
      default -> throw new IOException("unexpected \"" + line + "\"");
    }
  }

  private String line() throws IOException {
    var text = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException();
      }
      text.append((char) c);
    }
    return text.substring(0, text.length() - 1);
  }

  /** INFO of one section as fields. */
  public Map<String, String> info(String section) {
    var fields = new TreeMap<String, String>();
    for (String line : text("INFO", section).split("\r\n", -1)) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        fields.put(line.substring(0, colon), line.substring(colon + 1));
      }
    }
    return fields;
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
