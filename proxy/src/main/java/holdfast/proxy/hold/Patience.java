package holdfast.proxy.hold;

import java.util.concurrent.TimeUnit;

/**
 * Since when a client waits, through attempts that were in vain: what it has waiting may go out and
 * come back again and again, and yet is told in time. An answer ends the wait. So does having got
 * on for a while without one, for who is blocked, or has subscribed, may wait for hours, and the
 * next outage is another one. Pure; one thread.
 */
public final class Patience {
  /** Who got on for so long did not get on in vain. */
  static final long GOT_ON_NANOS = TimeUnit.SECONDS.toNanos(1);

  private boolean waited;
  private boolean gotOn;
  private long sinceNanos;
  private long gotOnNanos;

  /** The client waits; since when, is the answer. */
  public long waits(long nowNanos) {
    boolean anew = !waited || (gotOn && nowNanos - gotOnNanos >= GOT_ON_NANOS);
    if (anew) {
      sinceNanos = nowNanos;
    }
    waited = true;
    gotOn = false;
    return sinceNanos;
  }

  /** Whether it has waited, and has got on in vain or not at all. */
  public boolean isWaiting() {
    return waited && !gotOn;
  }

  /** The client has what it waited for. */
  public void gotOn(long nowNanos) {
    gotOn = true;
    gotOnNanos = nowNanos;
  }

  /** A backend has answered, or the client was told that it waited in vain. */
  public void ended() {
    waited = false;
  }
}
