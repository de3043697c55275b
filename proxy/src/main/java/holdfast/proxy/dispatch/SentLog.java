package holdfast.proxy.dispatch;

import holdfast.backend.resp.RequestScanner;
import holdfast.backend.resp.RespLimits;
import holdfast.backend.resp.ScanStatus;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
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
    walk(0, answeredOfFirst, 1, visitor);
    return true;
  }

  /** Shows all unanswered commands in order. */
  void showAll(Visitor visitor) {
    for (int i = 0; i < size; i++) {
      walk(i, i == 0 ? answeredOfFirst : 0, Integer.MAX_VALUE, visitor);
    }
  }

  private void walk(int index, int skip, int most, Visitor visitor) {
    int at = first + index & buffers.length - 1;
    ByteBuf buffer = buffers[at];
    if (buffer == null) {
      throw new IllegalStateException("no buffer at " + index);
    }
    if (starts[at] == ends[at]) {
      if (counts[at] > skip) {
        visitor.visit(buffer, starts[at], 0, true); // it went through in pieces
      }
      return;
    }
    show(buffer, starts[at], ends[at], skip, Math.min(most, counts[at] - skip), true, visitor);
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

  /** Forgets all. */
  void clear() {
    while (size > 0) {
      dropFirst();
    }
    answeredOfFirst = 0;
    Arrays.fill(buffers, null);
  }
}
