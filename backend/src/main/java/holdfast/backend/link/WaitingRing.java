package holdfast.backend.link;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for the next replies: a queue of (sink, count) in the order of sending, in which
 * neighbours of the same sink are one entry. It grows to the most that ever waited and allocates
 * nothing after that. One thread.
 */
final class WaitingRing {
  private @Nullable ReplySink[] sinks = new @Nullable ReplySink[16];
  private int[] counts = new int[16];
  private int head;
  private int size;
  private int commands;

  /** Commands that wait, in all. */
  int commands() {
    return commands;
  }

  /** Puts {@code count} commands of {@code sink} last. */
  void add(ReplySink sink, int count) {
    if (count == 0) {
      return;
    }
    commands += count;
    int mask = sinks.length - 1;
    if (size > 0) {
      int last = (head + size - 1) & mask;
      if (sinks[last] == sink) {
        counts[last] += count;
        return;
      }
    }
    if (size == sinks.length) {
      grow();
      mask = sinks.length - 1;
    }
    int at = (head + size) & mask;
    sinks[at] = sink;
    counts[at] = count;
    size++;
  }

  private void grow() {
    int length = sinks.length;
    var grownSinks = new @Nullable ReplySink[2 * length];
    var grownCounts = new int[2 * length];
    for (int i = 0; i < size; i++) {
      int at = (head + i) & (length - 1);
      grownSinks[i] = sinks[at];
      grownCounts[i] = counts[at];
    }
    sinks = grownSinks;
    counts = grownCounts;
    head = 0;
  }

  /** Who waits for the next reply; null if nobody does. */
  @Nullable ReplySink peek() {
    return sinks[head];
  }

  /** How many commands of {@link #peek} wait in a row; 0 if nobody waits. */
  int peekCount() {
    return counts[head];
  }

  /** The next {@code count} commands, all of {@link #peek}, wait no longer. */
  void remove(int count) {
    if (count < 1 || count > counts[head]) {
      throw new IllegalArgumentException(count + " removed of " + counts[head]);
    }
    commands -= count;
    counts[head] -= count;
    if (counts[head] == 0) {
      sinks[head] = null;
      head = (head + 1) & (sinks.length - 1);
      size--;
    }
  }

  /** Nobody waits any more. */
  void clear() {
    Arrays.fill(sinks, null);
    Arrays.fill(counts, 0);
    size = 0;
    commands = 0;
  }
}
