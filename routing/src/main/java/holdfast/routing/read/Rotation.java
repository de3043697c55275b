package holdfast.routing.read;

/**
 * One replica's place among those that serve reads. It is out while something is wrong with it, and
 * for a hold-off afterwards; then it comes back gradually: its share grows from little to whole, in
 * as long as it was out, up to a bound. If it leaves again soon, the hold-off doubles, up to a
 * bound; after it has stayed for a while the hold-off is short again.
 *
 * <p>A replica that is only behind is held off by nothing and keeps a little share: whether its
 * data is fresh enough is asked for each read in any case, and some reads may be satisfied with it.
 *
 * <p>Pure; one thread.
 */
public final class Rotation {
  /** The share of a replica that has been in for long. */
  public static final int WHOLE = 64;

  /** The share with which one begins, and that of one which is behind. */
  static final int LEAST = 4;

  static final long HOLD_OFF_MIN_NANOS = 100_000_000;
  static final long HOLD_OFF_MAX_NANOS = 10_000_000_000L;

  /** From the least share to the whole, at most. */
  static final long RETURN_NANOS = 1_000_000_000;

  /** Who has stayed for so long has proved itself. */
  static final long PROVED_NANOS = 10_000_000_000L;

  /** Why it is out. */
  public enum Reason {
    /** It is not, or need not be any longer. */
    NONE,
    /** It has told nothing yet. */
    UNKNOWN,
    /** It cannot be reached. */
    DOWN,
    /** Its link to the master is down, it takes a snapshot, or it is not the one recorded. */
    NOT_IN_STEP,
    /** Its data is older than any rule allows. */
    BEHIND,
    /** It owes an answer. */
    SILENT,
    /** It takes much longer than others to answer. */
    SLOW,
    /** Reads were not answered there. */
    FAILED
  }

  private boolean out = true;
  private boolean heldOff;
  private boolean well;
  private Reason reason = Reason.UNKNOWN;
  private long cameNanos;
  private long leftNanos;
  private long outUntilNanos;
  private long holdOffNanos = HOLD_OFF_MIN_NANOS;
  private long returnNanos;

  /** One that has told nothing yet. */
  public Rotation(long nowNanos) {
    cameNanos = nowNanos;
    leftNanos = nowNanos;
    outUntilNanos = nowNanos;
  }

  /**
   * This is what is wrong with it now.
   *
   * @param seen {@link Reason#NONE} if nothing is
   */
  public void looked(Reason seen, long nowNanos) {
    well = seen == Reason.NONE;
    if (seen != Reason.NONE) {
      leave(seen, nowNanos);
    } else if (out && nowNanos - outUntilNanos >= 0) {
      out = false;
      heldOff = false;
      reason = Reason.NONE;
      cameNanos = nowNanos;
      returnNanos = Math.min(RETURN_NANOS, nowNanos - leftNanos);
    }
  }

  /** It did not answer reads. */
  public void failed(long nowNanos) {
    well = false;
    leave(Reason.FAILED, nowNanos);
  }

  private void leave(Reason why, long nowNanos) {
    boolean known = reason != Reason.UNKNOWN;
    reason = why;
    if (!out) {
      out = true;
      leftNanos = nowNanos;
      outUntilNanos = nowNanos;
    }
    if (!heldOff && known && why != Reason.BEHIND) {
      heldOff = true;
      boolean proved = leftNanos - cameNanos >= PROVED_NANOS;
      holdOffNanos = proved ? HOLD_OFF_MIN_NANOS : Math.min(HOLD_OFF_MAX_NANOS, holdOffNanos * 2);
      outUntilNanos = nowNanos + holdOffNanos;
    }
  }

  /** Whether it serves reads, in full or in part. */
  public boolean isIn() {
    return !out;
  }

  /** Whether nothing was wrong with it at the last look, in or out. */
  public boolean isWell() {
    return well;
  }

  /** Whether it is in with less than its whole share. */
  public boolean isReturning(long nowNanos) {
    return !out && share(nowNanos) < WHOLE;
  }

  /** Why it is out; of one that only waits for its hold-off to end, why it went out. */
  public Reason reason() {
    return reason;
  }

  /** Its share of reads, 0 to {@link #WHOLE}. */
  public int share(long nowNanos) {
    if (out) {
      return reason == Reason.BEHIND ? LEAST : 0;
    }
    long in = nowNanos - cameNanos;
    return in >= returnNanos
        ? WHOLE
        : Math.max(LEAST, (int) (WHOLE * Math.max(0, in) / returnNanos));
  }
}
