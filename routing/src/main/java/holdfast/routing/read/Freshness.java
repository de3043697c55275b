package holdfast.routing.read;

/**
 * How old the data of one replica can be at most, as far as it has told: an offset, and what
 * follows from it by the master's {@link OffsetTimeline}. One thread.
 */
public final class Freshness {
  private static final long UNKNOWN = -1;

  private long offset = UNKNOWN;
  private long horizonNanos = OffsetTimeline.NONE;
  private long lagBytes = Long.MAX_VALUE;

  /** Nothing that it told counts any more. */
  public void forget() {
    offset = UNKNOWN;
    horizonNanos = OffsetTimeline.NONE;
    lagBytes = Long.MAX_VALUE;
  }

  /** It has all up to this offset of the master that the timeline is of. */
  public void reported(long newOffset, OffsetTimeline timeline) {
    offset = newOffset;
    sampled(timeline);
  }

  /** The master has told more: what the replica reported may be worth more. */
  public void sampled(OffsetTimeline timeline) {
    if (offset != UNKNOWN) {
      horizonNanos = timeline.horizonNanos(offset);
      lagBytes = Math.max(0, timeline.latestOffset() - offset);
    }
  }

  /** Whether a read that has come now may go there under this rule. */
  public boolean isWithin(long nowNanos, ReadRule rule) {
    return horizonNanos != OffsetTimeline.NONE && rule.allows(nowNanos - horizonNanos, lagBytes);
  }

  /** Whether it has all that was acknowledged before this moment. */
  public boolean covers(long momentNanos) {
    return horizonNanos != OffsetTimeline.NONE && horizonNanos - momentNanos >= 0;
  }

  /** How old it can be now, in milliseconds; -1 if nobody knows. */
  public long ageMillis(long nowNanos) {
    return horizonNanos == OffsetTimeline.NONE ? -1 : (nowNanos - horizonNanos) / 1_000_000;
  }

  /** What it lacks of the master's stream, as far as was last heard; -1 if nobody knows. */
  public long lagBytes() {
    return lagBytes == Long.MAX_VALUE ? -1 : lagBytes;
  }
}
