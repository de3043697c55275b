package holdfast.bench.history;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;

/**
 * Searches an order in which the operations, one at a time, explain their results, and which keeps
 * the order of those that did not overlap (Wing and Gong 1993, with Lowe's memory of what was tried
 * 2017).
 *
 * <p>A configuration is the set of operations that have been ordered and the state they lead to;
 * two ways to the same configuration have the same future, so it is gone into once. Because
 * operations are sorted by their invocation, the set is a full prefix and a few beyond it: as many
 * as overlap. That keeps each configuration small, and their number about proportional to the
 * history.
 *
 * <p>Every operation must be ordered: the caller leaves out what may never have happened and gives
 * an end to what may have happened late.
 */
final class Linearizer {
  /** Answer of a model: the operation's result does not follow from this state. */
  static final int REFUSED = -1;

  /** More than any history of ours needs; a search this long is a mistake of the test. */
  private static final int CONFIGURATIONS_MAX = 20_000_000;

  /** What one object does, state and operations as numbers. */
  @FunctionalInterface
  interface Model {
    /** The state after {@code operation}, or {@link #REFUSED}. The first state is 0. */
    int step(int state, int operation);
  }

  private record Configuration(int base, int state, BitSet beyond) {}

  private final long[] invoked;
  private final long[] completed;
  private final Model model;
  private final BitSet done = new BitSet();
  private final Set<Configuration> seen = new HashSet<>();

  /** What was ordered, and how it was before. */
  private final int[] ordered;

  private final int[] stateBefore;
  private int depth;
  private int base;
  private int state;

  private int deepest = -1;
  private int stuckAt = -1;

  private Linearizer(long[] invoked, long[] completed, Model model) {
    this.invoked = invoked;
    this.completed = completed;
    this.model = model;
    this.ordered = new int[invoked.length];
    this.stateBefore = new int[invoked.length];
  }

  /**
   * Searches.
   *
   * @param invoked ascending
   * @return -1 if there is such an order; else the operation that could not be ordered although it
   *     ended before all others that were left, where the search got furthest
   */
  static int search(long[] invoked, long[] completed, Model model) {
    for (int i = 1; i < invoked.length; i++) {
      if (invoked[i] < invoked[i - 1]) {
        throw new IllegalArgumentException("operation " + i + " is not in order of invocation");
      }
    }
    return new Linearizer(invoked, completed, model).search();
  }

  private int search() {
    int cursor = 0;
    while (depth < invoked.length) {
      int next = forward(cursor);
      if (next >= 0) {
        cursor = base;
      } else if (depth == 0) {
        return stuckAt;
      } else {
        cursor = back() + 1;
      }
    }
    return -1;
  }

  /** Orders the first operation from {@code cursor} on that may be next; -1 if there is none. */
  private int forward(int cursor) {
    int first = firstToEnd();
    long end = completed[first];
    if (depth > deepest) {
      deepest = depth;
      stuckAt = first;
    }
    // Whoever was invoked after another had ended cannot come before it.
    for (int i = Math.max(cursor, base); i < invoked.length && invoked[i] <= end; i++) {
      if (done.get(i)) {
        continue;
      }
      int after = model.step(state, i);
      if (after == REFUSED) {
        continue;
      }
      done.set(i);
      int newBase = done.nextClearBit(base);
      if (remember(newBase, after)) {
        ordered[depth] = i;
        stateBefore[depth] = state;
        depth++;
        base = newBase;
        state = after;
        return i;
      }
      done.clear(i);
    }
    return -1;
  }

  private int firstToEnd() {
    int first = base;
    for (int i = base; i < invoked.length && invoked[i] <= completed[first]; i++) {
      if (!done.get(i) && completed[i] < completed[first]) {
        first = i;
      }
    }
    return first;
  }

  private boolean remember(int newBase, int after) {
    if (seen.size() >= CONFIGURATIONS_MAX) {
      throw new IllegalStateException(
          "undecided after " + CONFIGURATIONS_MAX + " configurations of " + invoked.length);
    }
    return seen.add(new Configuration(newBase, after, done.get(newBase, done.length())));
  }

  private int back() {
    depth--;
    int operation = ordered[depth];
    done.clear(operation);
    base = Math.min(base, operation);
    state = stateBefore[depth];
    return operation;
  }

  @Override
  public String toString() {
    return "ordered " + Arrays.toString(Arrays.copyOf(ordered, depth));
  }
}
