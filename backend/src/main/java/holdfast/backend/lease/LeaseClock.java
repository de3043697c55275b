package holdfast.backend.lease;

/**
 * The one assumption on clocks: over the length of a lease two of them differ by at most 1 in 100.
 * Both sides allow for it, so that a lease has ended at its holder before it ends at the voter.
 */
public final class LeaseClock {
  private static final long DRIFT_PART = 100;

  private LeaseClock() {}

  /** When a holder that asked at {@code sentNanos} stops using the lease. */
  public static long holderEndNanos(long sentNanos, long leaseNanos) {
    return sentNanos + leaseNanos - leaseNanos / DRIFT_PART;
  }

  /** When a voter that got the request at {@code receivedNanos} counts the lease as ended. */
  public static long voterEndNanos(long receivedNanos, long leaseNanos) {
    return receivedNanos + leaseNanos + leaseNanos / DRIFT_PART + 1;
  }
}
