package holdfast.routing.read;

/**
 * How far the master was, and when that was asked: from it follows how old the data of a replica
 * can be at most. Asked at T, the master said offset x; so all that was acknowledged before T lies
 * at or before x, and a replica that has x has all of it. The latest such T is the replica's {@link
 * #horizonNanos horizon}.
 *
 * <p>Bounded: a sample of the same offset replaces the one before, and of more than {@link
 * #CAPACITY} the oldest go, which makes a replica that lags so far look older than it is, never
 * younger. One thread. Source: PROTOCOL.md, "Staleness".
 */
public final class OffsetTimeline {
  /** No horizon: nothing is known. */
  public static final long NONE = Long.MIN_VALUE;

  static final int CAPACITY = 512;

  private final long[] askedNanos = new long[CAPACITY];
  private final long[] offsets = new long[CAPACITY];

  /** Samples that were ever added, less those that replaced one. */
  private long count;

  /** Forgets all: another is master, or the same in another epoch. */
  public void clear() {
    count = 0;
  }

  /**
   * The master's answer.
   *
   * @param asked when the question went out, no earlier than that of the sample before
   * @param offset that it answered; one that is smaller than before is not taken, since masters do
   *     not go back
   */
  public void add(long asked, long offset) {
    if (count > 0 && offset < offsets[slot(count - 1)]) {
      return;
    }
    if (count == 0 || offset != offsets[slot(count - 1)]) {
      count++;
    }
    askedNanos[slot(count - 1)] = asked;
    offsets[slot(count - 1)] = offset;
  }

  /**
   * What a replica with this offset has: all that was acknowledged before the moment answered.
   *
   * @return {@link #NONE} if no sample is as old
   */
  public long horizonNanos(long offset) {
    long oldest = Math.max(0, count - CAPACITY);
    for (long at = count - 1; at >= oldest; at--) {
      if (offsets[slot(at)] <= offset) {
        return askedNanos[slot(at)];
      }
    }
    return NONE;
  }

  /** The master's offset when it last answered, 0 before. */
  long latestOffset() {
    return count == 0 ? 0 : offsets[slot(count - 1)];
  }

  private static int slot(long at) {
    return (int) (at % CAPACITY);
  }
}
