package holdfast.proxy.hold;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The clients of one loop that wait for a master, or a replica, first come first served, each with
 * the time at which its patience ends.
 *
 * <p>A client is one entry however many commands it has waiting: they go out, or are refused,
 * together and in order, and while it waits it is not read from. One that comes back after having
 * been let go in vain keeps its place and its time. When the outage itself has lasted longer than
 * the window, newcomers wait only a tenth of it: nobody gains from every command of a dead system
 * taking ten seconds to fail.
 *
 * <p>Bounds: {@link HoldLimits#totalBytesMax} over all entries; {@link #enter} says no beyond it.
 * Pure; one thread.
 *
 * @param <C> a client
 */
public final class HoldQueue<C> {
  private record Entry(long deadlineNanos, long bytes) {}

  private final HoldLimits limits;
  private final Map<C, Entry> entries = new LinkedHashMap<>();
  private long bytes;
  private long outageSinceNanos;
  private boolean outage;

  public HoldQueue(HoldLimits limits) {
    this.limits = limits;
  }

  /**
   * A client waits, or goes on waiting with other bytes than before.
   *
   * @param clientBytes what it has waiting here
   * @param sinceNanos when its wait began: earlier than now for one that was let go in vain
   * @param wantsMaster whether it waits because there is no master, which is what makes an outage
   * @return false if there is no room: it must be refused at once
   */
  public boolean enter(
      C client, long clientBytes, long sinceNanos, long nowNanos, boolean wantsMaster) {
    Entry before = entries.get(client);
    long others = bytes - (before == null ? 0 : before.bytes);
    if (others + clientBytes > limits.totalBytesMax()) {
      leave(client);
      return false;
    }
    if (wantsMaster && !outage) {
      outage = true;
      outageSinceNanos = nowNanos;
    }
    long deadline =
        before == null ? sinceNanos + patienceNanos(sinceNanos, wantsMaster) : before.deadlineNanos;
    entries.put(client, new Entry(deadline, clientBytes));
    bytes = others + clientBytes;
    return true;
  }

  private long patienceNanos(long sinceNanos, boolean wantsMaster) {
    long window = limits.window().toNanos();
    return wantsMaster && sinceNanos - outageSinceNanos > window ? window / 10 : window;
  }

  /** A client got on, or is gone. */
  public void leave(C client) {
    Entry entry = entries.remove(client);
    if (entry != null) {
      bytes -= entry.bytes;
    }
  }

  /** There is a master: the outage is over, though clients may still be in the queue. */
  public void outageEnded() {
    outage = false;
  }

  /** All who wait, the longest first. */
  public List<C> waiting() {
    return new ArrayList<>(entries.keySet());
  }

  /** Those whose time is over; they are taken out. */
  public List<C> takeExpired(long nowNanos) {
    var expired = new ArrayList<C>();
    entries.forEach(
        (client, entry) -> {
          if (nowNanos - entry.deadlineNanos >= 0) {
            expired.add(client);
          }
        });
    expired.forEach(this::leave);
    return expired;
  }

  /** Nanoseconds until the first one's time is over, 0 if it is; null if nobody waits. */
  public @Nullable Long nextExpiryNanos(long nowNanos) {
    Long least = null;
    for (Entry entry : entries.values()) {
      long left = Math.max(0, entry.deadlineNanos - nowNanos);
      least = least == null ? left : Math.min(least, left);
    }
    return least;
  }

  /** How many clients wait. */
  public int size() {
    return entries.size();
  }

  /** Bytes waiting in all. */
  public long bytes() {
    return bytes;
  }
}
