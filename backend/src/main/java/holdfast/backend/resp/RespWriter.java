package holdfast.backend.resp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * Writes replies and commands as RESP2 or RESP3, whichever the peer speaks: a type that RESP2 lacks
 * becomes what Redis sends in its place.
 *
 * <p>One writer serves one thread; {@link #reset} points it at another buffer, so that a loop needs
 * no new one per reply. Text must hold no CR or LF where it stands on a header line; {@link #error}
 * replaces them, as Redis does. Source: Redis {@code networking.c}, addReply*.
 */
public final class RespWriter {
  private static final int CRLF = '\r' << 8 | '\n';

  private ByteBuf out;
  private int protocol;

  /**
   * @param out where the bytes go; it grows as needed and stays the caller's
   * @param protocol 2 or 3
   */
  public RespWriter(ByteBuf out, int protocol) {
    this.out = out;
    this.protocol = checkedProtocol(protocol);
  }

  /** A writer with a buffer of its own on the heap, for replies that nobody reads. */
  public static RespWriter scratch() {
    return new RespWriter(Unpooled.buffer(), 2);
  }

  /** Goes on with another buffer and protocol (2 or 3). */
  public RespWriter reset(ByteBuf out, int protocol) {
    this.out = out;
    this.protocol = checkedProtocol(protocol);
    return this;
  }

  private static int checkedProtocol(int protocol) {
    if (protocol != 2 && protocol != 3) {
      throw new IllegalArgumentException("protocol " + protocol + ", expected 2 or 3");
    }
    return protocol;
  }

  /** 2 or 3. */
  public int protocol() {
    return protocol;
  }

  /** Speaks another protocol (2 or 3) from here on. */
  public void protocol(int protocol) {
    this.protocol = checkedProtocol(protocol);
  }

  /** Bytes in the buffer so far: a mark for {@link #rewind}. */
  public int position() {
    return out.writerIndex();
  }

  /** Drops all that was written since {@link #position} answered {@code mark}. */
  public void rewind(int mark) {
    out.writerIndex(mark);
  }

  /** A copy of what was written since {@link #position} answered {@code mark}. */
  public byte[] written(int mark) {
    return ByteBufUtil.getBytes(out, mark, out.writerIndex() - mark);
  }

  /** {@code +text}. */
  public RespWriter simple(String text) {
    out.writeByte('+');
    ByteBufUtil.writeUtf8(out, text);
    return crlf();
  }

  /** {@code +OK}. */
  public RespWriter ok() {
    return simple("OK");
  }

  /**
   * {@code -text}; {@code text} begins with the error's code word ("ERR ...", "WRONGTYPE ...").
   * Line breaks become spaces.
   */
  public RespWriter error(String text) {
    out.writeByte('-');
    ByteBufUtil.writeUtf8(out, inOneLine(text));
    return crlf();
  }

  /** The same of a text in which each char is a byte: what it quotes need not be text. */
  public RespWriter errorBytes(String latin1) {
    out.writeByte('-');
    out.writeCharSequence(inOneLine(latin1), StandardCharsets.ISO_8859_1);
    return crlf();
  }

  private static String inOneLine(String text) {
    return text.indexOf('\r') < 0 && text.indexOf('\n') < 0
        ? text
        : text.replace('\r', ' ').replace('\n', ' ');
  }

  /** {@code :value}. */
  public RespWriter integer(long value) {
    return header(':', value);
  }

  /** A bulk string. */
  public RespWriter bulk(byte[] value) {
    return bulk(value, 0, value.length);
  }

  /** A bulk string out of a part of an array. */
  public RespWriter bulk(byte[] value, int offset, int length) {
    header('$', length);
    out.writeBytes(value, offset, length);
    return crlf();
  }

  /** A bulk string of UTF-8. */
  public RespWriter bulk(String text) {
    header('$', ByteBufUtil.utf8Bytes(text));
    ByteBufUtil.writeUtf8(out, text);
    return crlf();
  }

  /** An integer as a bulk string. */
  public RespWriter bulk(long value) {
    header('$', digits(value));
    decimal(value);
    return crlf();
  }

  /** No value: {@code $-1}, in RESP3 {@code _}. */
  public RespWriter nil() {
    return protocol == 3 ? nil3() : header('$', -1);
  }

  /** No array: {@code *-1}, in RESP3 {@code _}. */
  public RespWriter nilArray() {
    return protocol == 3 ? nil3() : header('*', -1);
  }

  private RespWriter nil3() {
    out.writeByte('_');
    return crlf();
  }

  /** The head of an array of {@code count} values, which the caller writes next. */
  public RespWriter array(int count) {
    return header('*', count);
  }

  /** The head of a map of {@code pairs} pairs; in RESP2 an array twice as long. */
  public RespWriter map(int pairs) {
    return protocol == 3 ? header('%', pairs) : header('*', 2L * pairs);
  }

  /** The head of a set of {@code count} values; in RESP2 an array. */
  public RespWriter set(int count) {
    return header(protocol == 3 ? '~' : '*', count);
  }

  /** The head of a push of {@code count} values; in RESP2 an array. */
  public RespWriter push(int count) {
    return header(protocol == 3 ? '>' : '*', count);
  }

  /** True or false; in RESP2 1 or 0. */
  public RespWriter bool(boolean value) {
    if (protocol == 2) {
      return integer(value ? 1 : 0);
    }
    out.writeByte('#').writeByte(value ? 't' : 'f');
    return crlf();
  }

  /**
   * A double of which the caller knows the text ("3.5", "inf"); in RESP2 a bulk string of it. How
   * Redis prints a double is the engine's affair.
   */
  public RespWriter number(String text) {
    if (protocol == 2) {
      return bulk(text);
    }
    out.writeByte(',');
    ByteBufUtil.writeAscii(out, text);
    return crlf();
  }

  /** Text in a format of three letters ("txt", "mkd"); in RESP2 a bulk string. */
  public RespWriter verbatim(String format, String text) {
    if (protocol == 2) {
      return bulk(text);
    }
    if (format.length() != 3) {
      throw new IllegalArgumentException("format \"" + format + "\", expected three letters");
    }
    header('=', ByteBufUtil.utf8Bytes(text) + 4L);
    ByteBufUtil.writeAscii(out, format);
    out.writeByte(':');
    ByteBufUtil.writeUtf8(out, text);
    return crlf();
  }

  /** A command: an array of bulk strings of UTF-8. */
  public RespWriter command(String... arguments) {
    header('*', arguments.length);
    for (String argument : arguments) {
      bulk(argument);
    }
    return this;
  }

  /** A command: an array of bulk strings. */
  public RespWriter command(byte[]... arguments) {
    header('*', arguments.length);
    for (byte[] argument : arguments) {
      bulk(argument);
    }
    return this;
  }

  /** Bytes that are RESP already. */
  public RespWriter raw(byte[] frame) {
    out.writeBytes(frame);
    return this;
  }

  private RespWriter header(char type, long value) {
    out.writeByte(type);
    decimal(value);
    return crlf();
  }

  private RespWriter crlf() {
    out.writeShort(CRLF);
    return this;
  }

  /** Digits by hand: no String for each header of each reply. */
  private void decimal(long value) {
    if (value >= 0 && value < 10) {
      out.writeByte('0' + (int) value);
      return;
    }
    if (value == Long.MIN_VALUE) {
      out.writeBytes("-9223372036854775808".getBytes(StandardCharsets.US_ASCII));
      return;
    }
    int length = digits(value);
    out.ensureWritable(length);
    int start = out.writerIndex();
    long rest = Math.abs(value);
    for (int at = start + length - 1; at >= start; at--) {
      out.setByte(at, '0' + (int) (rest % 10));
      rest /= 10;
      if (rest == 0) {
        break;
      }
    }
    if (value < 0) {
      out.setByte(start, '-');
    }
    out.writerIndex(start + length);
  }

  /** How many characters {@code value} takes in decimal, its sign included. */
  private static int digits(long value) {
    if (value == Long.MIN_VALUE) {
      return 20;
    }
    int count = value < 0 ? 2 : 1;
    for (long rest = Math.abs(value); rest >= 10; rest /= 10) {
      count++;
    }
    return count;
  }
}
