package holdfast.bench.load;

/**
 * The longest time without a successful write, over all writers together, and the slowest single
 * write, each since it was last asked. Any thread.
 */
final class GapMeter {
  private long lastSuccessNanos;
  private long longestGapNanos;
  private long slowestWriteNanos;

  GapMeter(long nowNanos) {
    this.lastSuccessNanos = nowNanos;
  }

  /** A write begun at {@code beganNanos} succeeded now. */
  synchronized void succeeded(long beganNanos, long nowNanos) {
    longestGapNanos = Math.max(longestGapNanos, nowNanos - lastSuccessNanos);
    slowestWriteNanos = Math.max(slowestWriteNanos, nowNanos - beganNanos);
    lastSuccessNanos = nowNanos;
  }

  /** Nanoseconds each: the longest gap, a running one included, and the slowest write. */
  record Gaps(long longestNanos, long slowestWriteNanos) {}

  /** What was seen since the last call; begins anew. */
  synchronized Gaps take(long nowNanos) {
    var gaps = new Gaps(Math.max(longestGapNanos, nowNanos - lastSuccessNanos), slowestWriteNanos);
    longestGapNanos = 0;
    slowestWriteNanos = 0;
    return gaps;
  }
}
