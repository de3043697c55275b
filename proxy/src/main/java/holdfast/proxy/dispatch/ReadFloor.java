package holdfast.proxy.dispatch;

import holdfast.routing.read.Freshness;

/**
 * What one client's reads must see of its own: all that was acknowledged to it. While something of
 * it is under way at the master its reads go there too, behind it; afterwards to a replica that has
 * all that was acknowledged by then. One loop's thread.
 */
final class ReadFloor {
  private boolean wrote;
  private boolean moves;
  private long floorNanos;

  /** The client sends what may have changed something. */
  void wrote() {
    wrote = true;
  }

  /**
   * The client reads.
   *
   * @param owesReplies whether replies to it are to come
   * @return whether a replica may be asked at all
   */
  boolean allowsReplica(boolean owesReplies, long nowNanos) {
    if (wrote) {
      if (owesReplies) {
        return false;
      }
      // Whatever it was, it was acknowledged before now.
      wrote = false;
      moves = true;
      floorNanos = nowNanos;
    }
    return true;
  }

  /** Whether data that is so fresh has all that the client knows of. */
  boolean isCoveredBy(Freshness known) {
    return !moves || known.covers(floorNanos);
  }
}
