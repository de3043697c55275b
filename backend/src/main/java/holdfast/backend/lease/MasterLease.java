package holdfast.backend.lease;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.RunId;

/**
 * What an engine's own lease allows: as the master of an epoch it executes nobody's write without
 * it, whoever sends it, so that a deposed master that cannot be reached takes no writes that a
 * switch would discard.
 *
 * <p>It needs leave from its first promotion on, also when it hears that it is deposed, until it is
 * a replica, which refuses writes for being one. It has leave while the lease of the very epoch
 * runs that it was promoted in, under a record that names this process. One thread, the one that
 * executes commands: so there is no write between a check and the word that the lease was given up.
 */
public final class MasterLease {
  /** So many looks in a row without a write are quiet. */
  private static final int QUIET_LOOKS = 4;

  /** What a look at a lease that is run down has found. */
  public enum Drain {
    /** Look again. */
    GOES_ON,
    /** No write has come for a while: it can be given up. */
    QUIET,
    /** Another epoch is being spoken of. */
    OVER
  }

  private final RunId runId;
  private boolean needed;

  /** The epoch this process is master of; 0 while it is of none. */
  private long epoch;

  /** All that the check before a write looks at: {@link LeaseHolder#NOT_HELD} or its end. */
  private long untilNanos = LeaseHolder.NOT_HELD;

  /** Writes that were asked for: while the lease is run down, one that comes is still under way. */
  private long asks;

  private long drainingEpoch;
  private long asksAtLastLook;
  private int looksLeft;

  /**
   * @param runId of this process
   */
  public MasterLease(RunId runId) {
    this.runId = runId;
  }

  /** Master of this epoch from now on; writes are executed as soon as the voters say so. */
  public void begin(long ofEpoch) {
    epoch = ofEpoch;
    untilNanos = LeaseHolder.NOT_HELD;
    needed = true;
  }

  /**
   * A later epoch has begun: what this process was master of is over.
   *
   * @param isMaster also where it never had a lease: led by somebody now, it writes with leave only
   */
  public void deposed(boolean isMaster) {
    over();
    needed |= isMaster;
  }

  /** It is the master of no epoch any more. */
  public void over() {
    epoch = 0;
    untilNanos = LeaseHolder.NOT_HELD;
  }

  /** It is a replica, which needs no leave to refuse writes. */
  public void notNeeded() {
    needed = false;
  }

  /**
   * What its lease is now.
   *
   * @return whether it is to be run down from now on: {@link #look}
   */
  public boolean shown(LeaseView view) {
    AcceptedRecord record = view.record();
    boolean mine = record != null && record.epoch() == epoch && record.masterRunId().equals(runId);
    untilNanos = mine ? view.heldUntilNanos() : LeaseHolder.NOT_HELD;
    if (!mine || !view.draining() || drainingEpoch == epoch) {
      return false;
    }
    drainingEpoch = epoch;
    asksAtLastLook = asks;
    looksLeft = QUIET_LOOKS;
    return true;
  }

  /**
   * Before a planned switchover: proxies are told at about the same time, and send nothing more.
   * What they have sent is executed; when no write has come for a while the lease is given up, or
   * it ends by itself.
   */
  public Drain look(long ofEpoch) {
    if (ofEpoch != epoch) {
      return Drain.OVER;
    }
    looksLeft = asks == asksAtLastLook ? looksLeft - 1 : QUIET_LOOKS;
    asksAtLastLook = asks;
    return looksLeft < 0 ? Drain.QUIET : Drain.GOES_ON;
  }

  /** Whether a master may execute this write now. */
  public boolean allows(long nowNanos) {
    asks++;
    return runs(nowNanos);
  }

  /** As {@link #allows}, asked by nobody who writes. */
  public boolean runs(long nowNanos) {
    return !needed || LeaseHolder.runs(untilNanos, nowNanos);
  }

  /** Whether writes need leave. */
  public boolean isNeeded() {
    return needed;
  }

  /** Whether there is a lease, which may have ended. */
  public boolean isHeld() {
    return untilNanos != LeaseHolder.NOT_HELD;
  }

  /** How long it runs on, negative if it has ended; to be asked if {@link #isHeld}. */
  public long remainingNanos(long nowNanos) {
    return untilNanos - nowNanos;
  }

  /** The epoch this process is master of; 0 for none. */
  public long epoch() {
    return epoch;
  }
}
