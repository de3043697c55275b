package holdfast.backend.resp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns bytes into {@link RespValue}s, for the control plane and tests. Attributes are read and
 * dropped; streamed strings and aggregates become whole ones.
 *
 * <p>Resumable: {@link #next} answers null until a whole value is there. One thread.
 */
public final class RespReader {
  private static final RespValue NIL = new RespValue.Nil();

  private final ReplyScanner scanner;

  public RespReader(RespLimits limits) {
    this.scanner = new ReplyScanner(limits);
  }

  /**
   * Takes the next value off the buffer's readable bytes.
   *
   * @return null, and the reader index as it was, if it is not there as a whole
   * @throws RespProtocolException if it is none; the connection is of no more use then
   */
  public @Nullable RespValue next(ByteBuf in) {
    return switch (scanner.scan(in, in.readerIndex(), in.writerIndex())) {
      case INCOMPLETE -> null;
      case INVALID -> throw new RespProtocolException(scanner.error());
      case COMPLETE -> {
        int end = in.readerIndex() + scanner.length();
        RespValue value = value(in);
        if (in.readerIndex() != end) {
          throw new IllegalStateException("read to " + in.readerIndex() + ", scanned to " + end);
        }
        yield value;
      }
    };
  }

  /**
   * The value in a frame that a {@link ReplyScanner} found.
   *
   * @throws RespProtocolException if something in it that framing does not check is wrong
   */
  public static RespValue read(ByteBuf in, int offset, int length) {
    return value(in.slice(offset, length));
  }

  /**
   * The one value that these bytes are: from a resource, not from a peer, as nothing is bounded.
   *
   * @throws RespProtocolException if it is none
   */
  public static RespValue read(byte[] frame) {
    return value(Unpooled.wrappedBuffer(frame));
  }

  // The depth of the recursion is bounded: the scanner has passed this frame.
  private static RespValue value(ByteBuf in) {
    byte type = in.readByte();
    String line = line(in);
    return switch (type) {
      case '+' -> new RespValue.Simple(line);
      case '-' -> new RespValue.Failure(line);
      case ':' -> new RespValue.Int(integer(line));
      case '$' -> line.equals("-1") ? NIL : new RespValue.Bulk(bytes(in, line));
      case '*' -> line.equals("-1") ? NIL : new RespValue.Array(values(in, line, 1));
      case '_' -> empty(line, NIL);
      case '#' -> bool(line);
      case ',' -> number(line);
      case '(' -> bigNumber(line);
      case '!' -> new RespValue.Failure(new String(bytes(in, line), UTF_8));
      case '=' -> verbatim(new String(bytes(in, line), UTF_8));
      case '%' -> new RespValue.Pairs(values(in, line, 2));
      case '~' -> new RespValue.Members(values(in, line, 1));
      case '>' -> new RespValue.Push(values(in, line, 1));
      case '|' -> {
        values(in, line, 2);
        yield value(in);
      }
      default -> throw new RespProtocolException("unexpected type " + (char) type);
    };
  }

  private static String line(ByteBuf in) {
    int length = in.bytesBefore((byte) '\r');
    String line = in.toString(in.readerIndex(), length, UTF_8);
    in.skipBytes(length + 2);
    return line;
  }

  private static byte[] bytes(ByteBuf in, String length) {
    if (!length.equals("?")) {
      return payload(in, Integer.parseInt(length));
    }
    var chunks = new ByteArrayOutputStream();
    while (true) {
      in.skipBytes(1); // ';'
      int chunk = Integer.parseInt(line(in));
      if (chunk == 0) {
        return chunks.toByteArray();
      }
      chunks.writeBytes(payload(in, chunk));
    }
  }

  private static byte[] payload(ByteBuf in, int length) {
    byte[] bytes = ByteBufUtil.getBytes(in, in.readerIndex(), length);
    in.skipBytes(length + 2);
    return bytes;
  }

  private static List<RespValue> values(ByteBuf in, String count, int times) {
    var values = new ArrayList<RespValue>();
    if (count.equals("?")) {
      while (in.getByte(in.readerIndex()) != '.') {
        values.add(value(in));
      }
      line(in);
    } else {
      for (long left = times * Long.parseLong(count); left > 0; left--) {
        values.add(value(in));
      }
    }
    return List.copyOf(values);
  }

  private static long integer(String line) {
    try {
      return Long.parseLong(line);
    } catch (NumberFormatException e) {
      throw new RespProtocolException("no integer: \"" + line + "\"");
    }
  }

  private static RespValue empty(String line, RespValue value) {
    if (!line.isEmpty()) {
      throw new RespProtocolException("text behind a null: \"" + line + "\"");
    }
    return value;
  }

  private static RespValue bool(String line) {
    return switch (line) {
      case "t" -> new RespValue.Bool(true);
      case "f" -> new RespValue.Bool(false);
      default -> throw new RespProtocolException("no boolean: \"" + line + "\"");
    };
  }

  private static RespValue number(String line) {
    var number = new RespValue.Real(line);
    try {
      number.asDouble();
    } catch (NumberFormatException e) {
      throw new RespProtocolException("no number: \"" + line + "\"");
    }
    return number;
  }

  private static RespValue bigNumber(String line) {
    for (int i = line.startsWith("-") ? 1 : 0; i < line.length(); i++) {
      if (line.charAt(i) < '0' || line.charAt(i) > '9') {
        throw new RespProtocolException("no integer: \"" + line + "\"");
      }
    }
    return new RespValue.BigNumber(line);
  }

  private static RespValue verbatim(String text) {
    if (text.length() < 4 || text.charAt(3) != ':') {
      throw new RespProtocolException("no verbatim string: \"" + text + "\"");
    }
    return new RespValue.Verbatim(text.substring(0, 3), text.substring(4));
  }
}
