package holdfast.proxy.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** A plain connection to one world. Replies are raw frames, as Latin-1 characters. */
final class Connection implements AutoCloseable {
  static final String CLOSED = "(closed)";
  static final String SILENT = "(no reply)";

  private static final int PATIENCE_MILLIS = 20_000;

  private final Socket socket;
  private final InputStream in;
  private final StringBuilder frame = new StringBuilder();

  Connection(InetSocketAddress address) {
    try {
      socket = new Socket();
      socket.connect(address, PATIENCE_MILLIS);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(PATIENCE_MILLIS);
      in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Frames that are there already, for a look at what went wrong. */
  List<String> rest(int most) {
    var frames = new ArrayList<String>();
    try {
      while (frames.size() < most && in.available() > 0) {
        frames.add(Reply.shown(frame()));
      }
    } catch (IOException _) {
      frames.add(CLOSED);
    }
    return frames;
  }

  /** Whether that is no frame. */
  static boolean isNone(String frame) {
    return frame.equals(CLOSED) || frame.equals(SILENT);
  }

  void send(List<Command> commands) {
    var out = new ByteArrayOutputStream();
    commands.forEach(command -> command.encode(out));
    try {
      socket.getOutputStream().write(out.toByteArray());
    } catch (IOException _) {
      // reading tells that it is closed
    }
  }

  /** Sends one and reads its reply. */
  String call(String... words) {
    send(List.of(Command.of(words)));
    return frame();
  }

  /** The next frame, or {@link #CLOSED} or {@link #SILENT}. */
  String frame() {
    frame.setLength(0);
    try {
      return readValue() ? frame.toString() : CLOSED;
    } catch (java.net.SocketTimeoutException _) {
      return SILENT;
    } catch (IOException _) {
      return CLOSED;
    }
  }

  private boolean readValue() throws IOException {
    int start = frame.length();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        return false;
      }
      frame.append((char) c);
    }
    frame.append('\n');
    char type = frame.charAt(start);
    switch (type) {
      case '$', '=', '!' -> {
        int length = number(start);
        if (length >= 0) {
          byte[] body = in.readNBytes(length + 2);
          frame.append(new String(body, ISO_8859_1));
          return body.length == length + 2;
        }
      }
      case '*', '~', '>', '%' -> {
        int values = number(start) * (type == '%' ? 2 : 1);
        for (int i = 0; i < values; i++) {
          if (!readValue()) {
            return false;
          }
        }
      }
      default -> {
        // the line is all
      }
    }
    return true;
  }

  private int number(int start) {
    return Integer.parseInt(frame.substring(start + 1, frame.length() - 2));
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
