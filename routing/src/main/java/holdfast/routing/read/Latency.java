package holdfast.routing.read;

/**
 * How long a node takes to answer, as a moving average of the questions of the sampling. A slow
 * answer counts for more than a quick one, and a question that is still open counts as soon as it
 * takes longer than the average: a node that gets slow must lose reads before it answers. Pure; one
 * thread.
 */
public final class Latency {
  /** What is assumed of a node that has not answered yet: as one that is neither near nor slow. */
  static final long UNKNOWN_NANOS = 1_000_000;

  private static final int RISE_SHIFT = 1;
  private static final int FALL_SHIFT = 3;

  private long averageNanos = UNKNOWN_NANOS;
  private boolean known;

  /** A question was answered after so long. */
  public void answered(long nanos) {
    long sample = Math.max(1, nanos);
    if (!known) {
      known = true;
      averageNanos = sample;
      return;
    }
    long difference = sample - averageNanos;
    averageNanos += difference >> (difference > 0 ? RISE_SHIFT : FALL_SHIFT);
    averageNanos = Math.max(1, averageNanos);
  }

  /** A question has been open for so long. */
  public void open(long nanos) {
    if (nanos > averageNanos) {
      answered(nanos);
    }
  }

  /** Nothing is known any more. */
  public void forget() {
    known = false;
    averageNanos = UNKNOWN_NANOS;
  }

  /** The average. */
  public long nanos() {
    return averageNanos;
  }

  /**
   * Whether a node with this average is slow beside the fastest: both in itself and in comparison,
   * for where all are slow none is to blame.
   */
  public static boolean isSlow(long nanos, long fastestNanos, long slowAfterNanos) {
    return nanos > slowAfterNanos && nanos / 2 > fastestNanos;
  }
}
