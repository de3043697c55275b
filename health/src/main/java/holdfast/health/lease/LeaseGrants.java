package holdfast.health.lease;

import holdfast.backend.lease.LeaseClock;
import holdfast.backend.model.NodeId;
import java.util.Arrays;

/**
 * The leases a voter has granted and may not forget before they have ended at their holders.
 *
 * <p>Immutable. One entry per holder process, ordered by its id: the end is the latest of all its
 * grants, whatever their epochs, which only errs to the safe side. A holder that gave up its epochs
 * below some e is remembered as long as its grants would have run, and refused them if it asks
 * again (a repeated or late request). Renewing copies one array of references, a few microseconds
 * at thousands of holders.
 */
public final class LeaseGrants {
  /** Holder processes that are remembered at once; more are refused. */
  public static final int HOLDERS_MAX = 16_384;

  private static final LeaseGrants NONE = new LeaseGrants(new Entry[0]);

  private final Entry[] entries;

  /** {@code epoch} is the latest granted; {@code endNanos} the end of all. */
  private record Entry(NodeId holder, long epoch, long endNanos, long gaveUpBelow) {
    boolean outstanding(long nowNanos) {
      return epoch >= gaveUpBelow && nowNanos - endNanos < 0;
    }
  }

  private LeaseGrants(Entry[] entries) {
    this.entries = entries;
  }

  /** No leases. */
  public static LeaseGrants none() {
    return NONE;
  }

  /** Whether this holder has given up this epoch. */
  public boolean gaveUp(NodeId holder, long epoch) {
    int at = find(holder);
    return at >= 0 && entries[at].gaveUpBelow > epoch;
  }

  /** Whether one more holder has room. */
  public boolean hasRoomFor(NodeId holder, long nowNanos) {
    return entries.length < HOLDERS_MAX || find(holder) >= 0 || ended(nowNanos) > 0;
  }

  /** A lease granted to a request that came now. */
  public LeaseGrants granted(NodeId holder, long epoch, long leaseNanos, long nowNanos) {
    long endNanos = LeaseClock.voterEndNanos(nowNanos, leaseNanos);
    int at = find(holder);
    if (at < 0) {
      return added(new Entry(holder, epoch, endNanos, 0), nowNanos);
    }
    Entry before = entries[at];
    long latest = before.endNanos - endNanos > 0 ? before.endNanos : endNanos;
    return replaced(
        at, new Entry(holder, Math.max(epoch, before.epoch), latest, before.gaveUpBelow));
  }

  /** The holder gave up all epochs below this one, for good. */
  public LeaseGrants givenUp(NodeId holder, long belowEpoch) {
    int at = find(holder);
    if (at < 0 || entries[at].gaveUpBelow >= belowEpoch) {
      return this;
    }
    Entry before = entries[at];
    return replaced(at, new Entry(holder, before.epoch, before.endNanos, belowEpoch));
  }

  /** Nanoseconds until the last lease has ended or is given up; 0 if none runs. */
  public long remainingNanos(long nowNanos) {
    long remaining = 0;
    for (Entry entry : entries) {
      if (entry.outstanding(nowNanos)) {
        remaining = Math.max(remaining, entry.endNanos - nowNanos);
      }
    }
    return remaining;
  }

  /** Holders whose lease runs. */
  public int holders(long nowNanos) {
    int count = 0;
    for (Entry entry : entries) {
      if (entry.outstanding(nowNanos)) {
        count++;
      }
    }
    return count;
  }

  private int ended(long nowNanos) {
    int count = 0;
    for (Entry entry : entries) {
      if (nowNanos - entry.endNanos >= 0) {
        count++;
      }
    }
    return count;
  }

  private LeaseGrants replaced(int at, Entry entry) {
    Entry[] next = entries.clone();
    next[at] = entry;
    return new LeaseGrants(next);
  }

  /** A new holder is the moment to forget those whose leases have ended. */
  private LeaseGrants added(Entry entry, long nowNanos) {
    Entry[] next = new Entry[entries.length + 1];
    int count = 0;
    boolean placed = false;
    for (Entry known : entries) {
      if (nowNanos - known.endNanos >= 0) {
        continue;
      }
      if (!placed && known.holder.compareTo(entry.holder) > 0) {
        next[count++] = entry;
        placed = true;
      }
      next[count++] = known;
    }
    if (!placed) {
      next[count++] = entry;
    }
    return new LeaseGrants(Arrays.copyOf(next, count));
  }

  private int find(NodeId holder) {
    int low = 0;
    int high = entries.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = entries[middle].holder.compareTo(holder);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -(low + 1);
  }
}
