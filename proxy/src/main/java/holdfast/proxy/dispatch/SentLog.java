package holdfast.proxy.dispatch;

import holdfast.backend.resp.RequestScanner;
import holdfast.backend.resp.RespLimits;
import holdfast.backend.resp.ScanStatus;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of the commands that a link has sent and that are not answered, so that they can be
 * looked at, and repeated, if it breaks. The buffers are those that were written: they are only
 * kept longer, not copied. Where each command begins is found out when it is asked for, which is
 * rare.
 */
final class SentLog {
  /** Gets one unanswered command after the other; of length 0 if its bytes were not kept. */
  interface Visitor {
    void visit(ByteBuf in, int start, int length, boolean sent);
  }

  private @Nullable ByteBuf[] buffers = new ByteBuf[16];
  private int[] starts = new int[16];
  private int[] ends = new int[16];
  private int[] counts = new int[16];
  private int first;
  private int size;

  /** Commands of the first buffer that are answered. */
  private int answeredOfFirst;

  private long bytes;

  /** Keeps a buffer with {@code count} whole commands; takes over one reference. */
  void add(ByteBuf buffer, int count) {
    if (size == buffers.length) {
      grow();
    }
    int at = first + size & buffers.length - 1;
    buffers[at] = buffer;
    starts[at] = buffer.readerIndex();
    ends[at] = buffer.writerIndex();
    counts[at] = count;
    bytes += ends[at] - starts[at];
    size++;
  }

  private void grow() {
    int length = buffers.length;
    var grown = new ByteBuf[length * 2];
    var grownStarts = new int[length * 2];
    var grownEnds = new int[length * 2];
    var grownCounts = new int[length * 2];
    for (int i = 0; i < size; i++) {
      int at = first + i & length - 1;
      grown[i] = buffers[at];
      grownStarts[i] = starts[at];
      grownEnds[i] = ends[at];
      grownCounts[i] = counts[at];
    }
    buffers = grown;
    starts = grownStarts;
    ends = grownEnds;
    counts = grownCounts;
    first = 0;
  }

  /** Bytes kept. */
  long bytes() {
    return bytes;
  }

  /** The oldest {@code count} commands are answered. */
  void answered(int count) {
    answeredOfFirst += count;
    while (size > 0 && answeredOfFirst >= counts[first]) {
      answeredOfFirst -= counts[first];
      dropFirst();
    }
  }

  private void dropFirst() {
    ByteBuf buffer = buffers[first];
    bytes -= ends[first] - starts[first];
    buffers[first] = null;
    first = first + 1 & buffers.length - 1;
    size--;
    if (buffer != null) {
      buffer.release();
    }
  }

  /** Shows the oldest unanswered command that the log has; false if there is none. */
  boolean showOldest(Visitor visitor) {
    if (size == 0) {
      return false;
    }
    walkFirst(1, visitor);
    return true;
  }

  /**
   * Shows all unanswered commands in order and forgets them, each buffer as soon as it was seen:
   * who keeps copies needs no memory for both.
   */
  void takeAll(Visitor visitor) {
    while (size > 0) {
      walkFirst(Integer.MAX_VALUE, visitor);
      answeredOfFirst = 0;
      dropFirst();
    }
  }

  private void walkFirst(int most, Visitor visitor) {
    ByteBuf buffer = buffers[first];
    if (buffer == null) {
      throw new IllegalStateException("no buffer at " + first);
    }
    int start = starts[first];
    int left = counts[first] - answeredOfFirst;
    if (start < ends[first]) {
      int skip = answeredOfFirst;
      show(buffer, start, ends[first], skip, Math.min(most, left), true, visitor);
    } else if (left > 0) {
      visitor.visit(buffer, start, 0, true); // it went through in pieces
    }
  }

  /** Shows commands of a buffer, from the one after the first {@code skip} on. */
  static void show(
      ByteBuf buffer, int start, int end, int skip, int most, boolean sent, Visitor visitor) {
    var scanner = new RequestScanner(RespLimits.STANDARD);
    int at = start;
    for (int i = 0; i < skip + most && at < end; i++) {
      if (scanner.scan(buffer, at, end) != ScanStatus.COMPLETE) {
        throw new IllegalStateException("the log holds no whole command at " + at);
      }
      if (i >= skip) {
        visitor.visit(buffer, at, scanner.length(), sent);
      }
      at += scanner.length();
    }
  }
}
