package holdfast.proxy.session;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the replies of one client in the order of its commands, whoever answers them and when.
 *
 * <p>Each command takes the next number. The one whose turn it is ({@link #isHead}) is written out
 * as its reply arrives; a reply that comes before its turn is put aside, and taken out again when
 * all before it are through. While replies come in turn, which is the rule, nothing is stored.
 *
 * <p>Numbers are ints that wrap around; compare by subtraction. One thread.
 *
 * @param <B> what holds bytes put aside
 */
public final class ReplyOrder<B> {
  private int next;
  private int head;
  private @Nullable Object[] aside = new Object[0];
  private boolean[] complete = new boolean[0];
  private int asideCount;

  /** The number of the next command. */
  public int take() {
    return next++;
  }

  /** How many commands have no complete reply written out yet. */
  public int pending() {
    return next - head;
  }

  /** The number whose turn it is. */
  public int head() {
    return head;
  }

  /** Whether it is this command's turn. */
  public boolean isHead(int number) {
    return number == head;
  }

  /** The next {@code count} replies in turn have been written out. */
  public void written(int count) {
    if (count > pending()) {
      throw new IllegalStateException(count + " replies, but " + pending() + " are awaited");
    }
    head += count;
  }

  /** What is put aside for a command so far, or null. */
  @SuppressWarnings("unchecked") // only Bs go in
  public @Nullable B aside(int number) {
    int ahead = number - head;
    // Beyond that, the place is another number's.
    boolean kept = asideCount > 0 && ahead >= 0 && ahead < aside.length;
    return kept ? (B) aside[number & aside.length - 1] : null;
  }

  /** Puts (or replaces) bytes aside for a command whose turn has not come. */
  public void putAside(int number, B bytes) {
    int ahead = number - head;
    if (ahead < 0 || ahead >= pending()) {
      throw new IllegalStateException(
          "reply " + number + ", expected " + head + " to " + (next - 1));
    }
    makeRoom();
    int at = number & aside.length - 1;
    if (aside[at] == null) {
      asideCount++;
    }
    aside[at] = bytes;
  }

  /** The reply put aside for a command has all its bytes. */
  public void completed(int number) {
    if (aside(number) == null) {
      throw new IllegalStateException("nothing is put aside for " + number);
    }
    complete[number & aside.length - 1] = true;
  }

  /** Whether something is put aside for the command whose turn it is. */
  public boolean headIsAside() {
    return asideCount > 0 && pending() > 0 && aside(head) != null;
  }

  /**
   * Takes out what is put aside for the command whose turn it is. If its reply is complete, the
   * next command's turn begins.
   */
  public @Nullable B takeHead() {
    B bytes = aside(head);
    if (bytes == null) {
      return null;
    }
    int at = head & aside.length - 1;
    aside[at] = null;
    asideCount--;
    if (complete[at]) {
      complete[at] = false;
      head++;
    }
    return bytes;
  }

  /** Takes out an incomplete reply that was put aside, whose rest will not come; null for none. */
  public @Nullable B drop(int number) {
    B bytes = aside(number);
    int at = number & aside.length - 1;
    if (bytes == null || complete[at]) {
      return null;
    }
    aside[at] = null;
    asideCount--;
    return bytes;
  }

  /** Takes out anything that is put aside, in no order; null when nothing is left. */
  @SuppressWarnings("unchecked") // only Bs go in
  public @Nullable B takeAny() {
    for (int i = 0; asideCount > 0 && i < aside.length; i++) {
      Object bytes = aside[i];
      if (bytes != null) {
        aside[i] = null;
        asideCount--;
        return (B) bytes;
      }
    }
    return null;
  }

  private void makeRoom() {
    int needed = pending();
    if (needed <= aside.length) {
      return;
    }
    int size = Math.max(16, Integer.highestOneBit(needed - 1) << 1);
    var moved = new Object[size];
    var movedComplete = new boolean[size];
    for (int number = head; asideCount > 0 && number != next && aside.length > 0; number++) {
      // Within the old size every number has its own place.
      if (number - head >= aside.length) {
        break;
      }
      moved[number & size - 1] = aside[number & aside.length - 1];
      movedComplete[number & size - 1] = complete[number & aside.length - 1];
    }
    Arrays.fill(aside, null);
    aside = moved;
    complete = movedComplete;
  }
}
