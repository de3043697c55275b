package holdfast.proxy.dispatch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * A list of those for whom something is to be done. Who fails at it is dealt with alone: the others
 * have their turn as if nothing had been, also if what failed was memory. What is not done stays in
 * the list. One thread.
 */
final class EachAlone<T> {
  private final Deque<T> list = new ArrayDeque<>();
  private final Consumer<T> step;
  private final BiConsumer<T, Throwable> failed;

  /**
   * @param step what is to be done
   * @param failed what becomes of who fails at it; must not fail
   */
  EachAlone(Consumer<T> step, BiConsumer<T, Throwable> failed) {
    this.step = step;
    this.failed = failed;
  }

  void add(T one) {
    list.add(one);
  }

  void remove(T one) {
    list.remove(one);
  }

  boolean isEmpty() {
    return list.isEmpty();
  }

  /** Does it for all who are there; who comes while that goes on is for the next time. */
  void run() {
    for (int left = list.size(); left > 0; left--) {
      T one = list.poll();
      if (one == null) {
        return; // others were removed meanwhile
      }
      attempt(one);
    }
  }

  /** Does it for one, in the list or not. */
  void attempt(T one) {
    try {
      step.accept(one);
    } catch (Throwable cause) {
      failed.accept(one, cause);
    }
  }
}
