package holdfast.routing.plan;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The right to acknowledge in one epoch, as the hot path sees it: one volatile read and a compare.
 *
 * <p>The control plane moves the end on as grants arrive and gives up for good when it hears of a
 * later epoch; the loops only ask. Asked last, with the reply in hand: to acknowledge is to pass
 * {@link #heldAt}. Any thread.
 */
public final class Tenure {
  private static final long NOT_HELD = Long.MIN_VALUE;
  private static final long ALWAYS = Long.MAX_VALUE;

  private final long epoch;

  /** Ticker time, made odd so that it is neither of the two marks. */
  private final AtomicLong heldUntilNanos = new AtomicLong(NOT_HELD);

  private volatile boolean givenUp;
  private volatile boolean draining;

  /** A tenure that is not held yet. */
  public Tenure(long epoch) {
    this.epoch = epoch;
  }

  /** The tenure of a lone backend that nobody else is told of: always held. */
  public static Tenure always() {
    var tenure = new Tenure(0);
    tenure.heldUntilNanos.set(ALWAYS);
    return tenure;
  }

  /** The epoch it is of; 0 where there are none. */
  public long epoch() {
    return epoch;
  }

  /** Whether the lease runs at {@code nowNanos} (of the ticker that {@link #holdUntil} used). */
  public boolean heldAt(long nowNanos) {
    long until = heldUntilNanos.get();
    if (until == ALWAYS || until == NOT_HELD) {
      return until == ALWAYS;
    }
    return nowNanos - until < 0;
  }

  /** The lease runs to {@code nanos}, already less the drift margin. Nothing after giving up. */
  public void holdUntil(long nanos) {
    long until = nanos - 1 | 1;
    heldUntilNanos.getAndUpdate(old -> givenUp ? NOT_HELD : until);
    if (givenUp) {
      heldUntilNanos.set(NOT_HELD);
    }
  }

  /**
   * Nothing more is sent in it; what was sent is acknowledged as long as it is held. Final: a
   * planned switchover follows.
   */
  public void drain() {
    draining = true;
  }

  /** Whether nothing more may be sent in it. */
  public boolean isDraining() {
    return draining;
  }

  /** It is not held until {@link #holdUntil} says so again. */
  public void lapse() {
    heldUntilNanos.set(NOT_HELD);
  }

  /** Nothing is acknowledged in it from here on. Final. */
  public void giveUp() {
    givenUp = true;
    heldUntilNanos.set(NOT_HELD);
  }

  /** Whether it was given up. */
  public boolean isGivenUp() {
    return givenUp;
  }
}
