package holdfast.backend.resp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;

/**
 * Splits a line as people type it ({@code SET a "b c\x41"}) into arguments and puts them in
 * multibulk form. Quotes and escapes are those of Redis {@code sds.c} sdssplitargs: in double
 * quotes {@code \n \r \t \b \a \xHH}, any other escaped byte as itself; in single quotes only
 * {@code \'}; a closing quote must be followed by a space or the end.
 *
 * <p>Its buffers are reused; one thread.
 */
final class InlineCommand {
  private byte[] unescaped = new byte[64];
  private int[] offsets = new int[8];
  private int[] lengths = new int[8];
  private final ByteBuf frame = Unpooled.buffer(64);
  private final RespWriter writer = new RespWriter(frame, 2);

  private ByteBuf in = Unpooled.EMPTY_BUFFER;
  private int at;
  private int to;
  private int size;

  /**
   * Splits {@code [from, to)} of {@code in}, which holds no line break.
   *
   * @return how many arguments there are, or -1 if a quote is not closed or closed within a word
   */
  int split(ByteBuf in, int from, int to) {
    this.in = in;
    this.at = from;
    this.to = to;
    this.size = 0;
    if (unescaped.length < to - from) {
      unescaped = new byte[to - from];
    }
    int count = 0;
    while (skipSpace()) {
      if (count == offsets.length) {
        offsets = Arrays.copyOf(offsets, 2 * count);
        lengths = Arrays.copyOf(lengths, 2 * count);
      }
      int start = size;
      if (!word()) {
        return -1;
      }
      offsets[count] = start;
      lengths[count++] = size - start;
    }
    this.in = Unpooled.EMPTY_BUFFER;
    frame.clear();
    writer.array(count);
    for (int i = 0; i < count; i++) {
      int start = offsets[i];
      writer.bulk(unescaped, start, lengths[i]);
      offsets[i] = frame.writerIndex() - 2 - lengths[i];
    }
    return count;
  }

  private boolean skipSpace() {
    while (at < to && isSpace(in.getByte(at))) {
      at++;
    }
    return at < to;
  }

  private boolean word() {
    while (at < to) {
      byte b = in.getByte(at++);
      if (b == ' ' || b == '\t' || b == '\r') {
        return true; // not \v and \f: they only separate where no word has begun
      }
      if (b == '"' || b == '\'') {
        // A quote may open within a word; the word ends where it closes.
        return quoted(b) && (at == to || isSpace(in.getByte(at)));
      }
      unescaped[size++] = b;
    }
    return true;
  }

  private boolean quoted(byte quote) {
    while (at < to) {
      byte b = in.getByte(at++);
      if (b == quote) {
        return true;
      }
      if (b == '\\' && at < to) {
        b = quote == '"' ? escaped() : in.getByte(at) == '\'' ? in.getByte(at++) : b;
      }
      unescaped[size++] = b;
    }
    return false;
  }

  private byte escaped() {
    byte b = in.getByte(at++);
    if (b == 'x' && to - at >= 2) {
      int high = Character.digit(in.getByte(at), 16);
      int low = Character.digit(in.getByte(at + 1), 16);
      if (high >= 0 && low >= 0) {
        at += 2;
        return (byte) (high << 4 | low);
      }
    }
    return switch (b) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'b' -> '\b';
      case 'a' -> 7;
      default -> b;
    };
  }

  /** C's isspace. */
  private static boolean isSpace(byte b) {
    return b == ' ' || (b >= '\t' && b <= '\r');
  }

  ByteBuf frame() {
    return frame;
  }

  int offset(int index) {
    return offsets[index];
  }

  int length(int index) {
    return lengths[index];
  }

  int capacityBytes() {
    return Math.max(unescaped.length, frame.capacity());
  }
}
