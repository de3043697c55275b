package holdfast.proxy.session;

/**
 * How fast one client's commands go through: a bucket that holds a second's worth and fills evenly,
 * so that a client after a pause may send that much at once, and over time no more than its rate.
 * Pure; one thread.
 */
public final class CommandPace {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final long nanosPerCommand;

  /** When the bucket will be full again; a command is worth so many nanoseconds of it. */
  private long fullAtNanos;

  /**
   * A full bucket.
   *
   * @param perSecond 1 to 1,000,000,000
   */
  public CommandPace(int perSecond, long nowNanos) {
    if (perSecond < 1 || perSecond > NANOS_PER_SECOND) {
      throw new IllegalArgumentException("rate " + perSecond + ", expected 1 to 1000000000");
    }
    this.nanosPerCommand = NANOS_PER_SECOND / perSecond;
    this.fullAtNanos = nowNanos;
  }

  /** Nanoseconds until a command may go; 0 for now. */
  public long waitNanos(long nowNanos) {
    long missing = fullAtNanos - nowNanos;
    return missing <= 0 ? 0 : Math.max(0, missing + nanosPerCommand - NANOS_PER_SECOND);
  }

  /** A command goes. */
  public void taken(long nowNanos) {
    if (fullAtNanos - nowNanos < 0) {
      fullAtNanos = nowNanos;
    }
    fullAtNanos += nanosPerCommand;
  }
}
