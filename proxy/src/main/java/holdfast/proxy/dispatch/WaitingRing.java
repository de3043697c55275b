package holdfast.proxy.dispatch;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for the replies of a link, in the order of the commands. Neighbouring commands of one
 * target are one entry, so that a pipeline costs no more than a command. No objects per command.
 *
 * <p>An entry also tells whether its replies are free to be handed on though nothing is confirmed:
 * neighbours that differ in it are two entries.
 */
final class WaitingRing {
  private @Nullable ReplyTarget[] targets = new ReplyTarget[64];
  private int[] numbers = new int[64];
  private int[] counts = new int[64];
  private boolean[] free = new boolean[64];
  private int first;
  private int size;
  private int commands;

  /** Adds {@code count} commands of a target, numbered from {@code number} on. */
  void add(ReplyTarget target, int number, int count) {
    add(target, number, count, false);
  }

  /** The same; {@code repliesFree} as the class says. */
  void add(ReplyTarget target, int number, int count, boolean repliesFree) {
    commands += count;
    if (size > 0) {
      int last = first + size - 1 & targets.length - 1;
      if (targets[last] == target
          && numbers[last] + counts[last] == number
          && free[last] == repliesFree) {
        counts[last] += count;
        return;
      }
    }
    if (size == targets.length) {
      grow();
    }
    int at = first + size & targets.length - 1;
    targets[at] = target;
    numbers[at] = number;
    counts[at] = count;
    free[at] = repliesFree;
    size++;
  }

  private void grow() {
    int length = targets.length;
    var grown = new ReplyTarget[length * 2];
    var grownNumbers = new int[length * 2];
    var grownCounts = new int[length * 2];
    var grownFree = new boolean[length * 2];
    for (int i = 0; i < size; i++) {
      int at = first + i & length - 1;
      grown[i] = targets[at];
      grownNumbers[i] = numbers[at];
      grownCounts[i] = counts[at];
      grownFree[i] = free[at];
    }
    targets = grown;
    numbers = grownNumbers;
    counts = grownCounts;
    free = grownFree;
    first = 0;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Commands without a reply. */
  int commands() {
    return commands;
  }

  /** How many targets' runs of commands there are. */
  int runs() {
    return size;
  }

  ReplyTarget headTarget() {
    ReplyTarget target = targets[first];
    if (size == 0 || target == null) {
      throw new IllegalStateException("nobody waits for a reply");
    }
    return target;
  }

  int headNumber() {
    return numbers[first];
  }

  int headCount() {
    return counts[first];
  }

  /** Whether the head's replies need not wait for a confirmation. */
  boolean headIsFree() {
    return size > 0 && free[first];
  }

  /** The first {@code count} commands of the head have their replies. */
  void answered(int count) {
    commands -= count;
    if (counts[first] == count) {
      targets[first] = null;
      first = first + 1 & targets.length - 1;
      size--;
    } else {
      counts[first] -= count;
      numbers[first] += count;
    }
  }

  void clear() {
    Arrays.fill(targets, null);
    size = 0;
    commands = 0;
  }
}
