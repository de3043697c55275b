package holdfast.proxy.dispatch;

import java.util.concurrent.TimeUnit;

/**
 * How long a link to the master has brought nothing, and what that calls for (pure). It is looked
 * at now and then, so its times begin at the first look at which something was so.
 *
 * <p>Silence counts only while we hand on what comes, and only as long as we looked: after a pause
 * of our own it begins anew, because what came meanwhile has not been read.
 */
final class Silence {
  /** What a look finds. */
  enum Finding {
    NOTHING,
    /** Replies are due and stay out for long enough to tell the voters. */
    HINT,
    /** They stay out for so long that the server is to be asked whether it has the commands. */
    SUSPECT,
    /** Nothing is due, and nothing has been for so long that it is time for a PING. */
    IDLE
  }

  /** Well below down-after, so that a hint is worth something. */
  static final long HINT_NANOS = TimeUnit.MILLISECONDS.toNanos(150);

  /** Below down-after: a link is replaced before the voters would act on a hung server. */
  static final long SUSPECT_NANOS = TimeUnit.MILLISECONDS.toNanos(400);

  static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** A server that has the commands in hand is not asked again for so long. */
  static final long EXCUSED_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** Longer between two looks than they are apart, so long that we must have stood still. */
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);

  private int progress;
  private boolean owed;
  private long sinceNanos;
  private long lookedNanos;

  Silence(long nowNanos) {
    sinceNanos = nowNanos;
    lookedNanos = nowNanos;
  }

  /**
   * Looks at the link.
   *
   * @param progressNow changes whenever something has come
   * @param owes whether a reply is due that the server could give at once
   * @param heldUp whether replies wait on our side: for a lease, for replicas, for a client
   */
  Finding look(long nowNanos, int progressNow, boolean owes, boolean heldUp) {
    boolean paused = nowNanos - lookedNanos > PAUSE_NANOS;
    lookedNanos = nowNanos;
    if (progressNow != progress || owes != owed || heldUp || paused) {
      progress = progressNow;
      owed = owes;
      sinceNanos = nowNanos;
      return Finding.NOTHING;
    }
    long quietNanos = nowNanos - sinceNanos;
    if (!owes) {
      return quietNanos >= IDLE_NANOS ? Finding.IDLE : Finding.NOTHING;
    }
    if (quietNanos >= SUSPECT_NANOS) {
      return Finding.SUSPECT;
    }
    return quietNanos >= HINT_NANOS ? Finding.HINT : Finding.NOTHING;
  }

  /** The server has the commands in hand, and says that they take their time. */
  void excuse(long nowNanos) {
    sinceNanos = nowNanos + EXCUSED_NANOS;
  }
}
