package holdfast.proxy.dispatch;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long something took, counted in classes that double from 64 us on. One thread adds; any
 * thread reads, a little late.
 */
public final class WaitTimes {
  /** The upper end of the first class. */
  private static final int FIRST_SHIFT = 16;

  private static final int CLASSES = 20;

  private final AtomicLongArray counts = new AtomicLongArray(CLASSES);
  private volatile long sumNanos;

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  void add(long nanos) {
    sumNanos += Math.max(0, nanos);
    int at = 64 - Long.numberOfLeadingZeros(Math.max(0, nanos) >> FIRST_SHIFT);
    int of = Math.min(at, CLASSES - 1);
    counts.lazySet(of, counts.get(of) + 1);
  }

  /** How many classes there are. */
  public static int classes() {
    return CLASSES;
  }

  /** The upper end of a class in nanoseconds; the last one has none. */
  public static long upperNanos(int index) {
    return 1L << (FIRST_SHIFT + index);
  }

  /** How many were in a class. */
  public long count(int index) {
    return counts.get(index);
  }

  /** The sum of all. */
  public long sumNanos() {
    return sumNanos;
  }
}
