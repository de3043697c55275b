package holdfast.backend.lease;

import holdfast.backend.model.AcceptedRecord;
import org.jspecify.annotations.Nullable;

/**
 * Who is master, and until when this process may acknowledge his replies: what {@link LeaseSeeker}
 * shows and the event loops read. A new one replaces the old one at each renewal, so that a loop
 * sees record and end together.
 *
 * @param record the latest accepted record, null before a voter has told one
 * @param heldUntilNanos end of the lease of the record's epoch, {@link LeaseHolder#NOT_HELD} if it
 *     is not held; it may lie in the past
 * @param draining nothing new may be sent to the master: he is about to be replaced as planned, and
 *     what is under way is acknowledged as long as the lease runs ({@link LeaseSeeker#drained})
 */
public record LeaseView(@Nullable AcceptedRecord record, long heldUntilNanos, boolean draining) {
  /** Nothing known, nothing held. */
  public static final LeaseView NONE = new LeaseView(null, LeaseHolder.NOT_HELD, false);

  /** The record's epoch, 0 if there is none. */
  public long epoch() {
    return record == null ? 0 : record.epoch();
  }

  /** Whether replies of this epoch's master may be acknowledged now. */
  public boolean holds(long epoch, long nowNanos) {
    return epoch() == epoch && epoch != 0 && LeaseHolder.runs(heldUntilNanos, nowNanos);
  }
}
