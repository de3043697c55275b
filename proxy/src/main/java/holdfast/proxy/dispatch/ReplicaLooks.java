package holdfast.proxy.dispatch;

import java.util.concurrent.TimeUnit;

/**
 * When {@link GroupCommit} looks at the replicas though no reply waits for them (pure): so that the
 * next write need not find out that they are missing, nor the first one that they are there.
 */
final class ReplicaLooks {
  /**
   * When enough replicas are adopted at a new master and he does not show them online yet: clients
   * wait for nothing else, so for so long he is asked again at once.
   */
  static final long EAGER_NANOS = TimeUnit.SECONDS.toNanos(1);

  static final long SETTLED_NANOS = TimeUnit.SECONDS.toNanos(1);

  /**
   * While the master is further than what is confirmed: by WAIT's own question to the replicas, or
   * a ping. They report that by themselves within a second; once it is known, reads can go on if
   * all replicas are lost.
   */
  static final long UNSETTLED_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private long eagerUntilNanos;

  ReplicaLooks(long nowNanos) {
    eagerUntilNanos = nowNanos;
  }

  /** Another is master, from now on. */
  void newMaster(long nowNanos) {
    eagerUntilNanos = nowNanos + EAGER_NANOS;
  }

  /**
   * Whether to look again at once, because each moment may be the one in which they come online.
   *
   * @param lacked whether too few replicas are online
   * @param enoughAdopted whether as many count as are required, online or not
   */
  boolean isEager(long nowNanos, boolean lacked, boolean enoughAdopted) {
    return lacked && enoughAdopted && nowNanos - eagerUntilNanos < 0;
  }

  /**
   * Whether a look is due now.
   *
   * @param settled whether all that the master has is confirmed
   * @param reportNanos when the master last told
   */
  static boolean isDue(long nowNanos, boolean lacked, boolean settled, long reportNanos) {
    return lacked || nowNanos - reportNanos >= (settled ? SETTLED_NANOS : UNSETTLED_NANOS);
  }
}
