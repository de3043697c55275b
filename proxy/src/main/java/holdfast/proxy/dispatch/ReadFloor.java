package holdfast.proxy.dispatch;

import holdfast.routing.read.Freshness;
import holdfast.routing.read.ReadRule;

/**
 * What one client's reads must see of its own, if its rule says so: all that was acknowledged to
 * it. While something of it is under way at the master no replica may serve it; afterwards one that
 * has all that was acknowledged by then. It is kept up whatever the rule, for that may change. One
 * loop's thread.
 */
final class ReadFloor {
  private boolean wrote;
  private boolean moves;
  private long floorNanos;

  /** The client sends what may have changed something. */
  void wrote() {
    wrote = true;
  }

  /** Whether something that was sent may still be under way, as far as was last looked. */
  boolean hasWritten() {
    return wrote;
  }

  /** Nothing of it is under way: whatever it was, it was acknowledged before now. */
  void acknowledged(long nowNanos) {
    wrote = false;
    moves = true;
    floorNanos = nowNanos;
  }

  /**
   * The client reads.
   *
   * @param owesReplies whether replies to it are to come
   * @return whether a replica may be asked at all
   */
  boolean allowsReplica(ReadRule rule, boolean owesReplies, long nowNanos) {
    if (wrote && !owesReplies) {
      acknowledged(nowNanos);
    }
    return !wrote || !rule.readYourWrites();
  }

  /** Whether data that is so fresh has all that the client knows of. */
  boolean isCoveredBy(ReadRule rule, Freshness known) {
    return !moves || !rule.readYourWrites() || known.covers(floorNanos);
  }
}
