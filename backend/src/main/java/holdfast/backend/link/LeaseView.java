package holdfast.backend.link;

import holdfast.backend.lease.LeaseHolder;
import holdfast.backend.model.AcceptedRecord;
import org.jspecify.annotations.Nullable;

/**
 * Who is master, and until when this process may acknowledge his replies: what {@link LeaseKeeper}
 * publishes and the event loops read. A new one replaces the old one at each renewal, so that a
 * loop sees record and end together.
 *
 * @param record the latest accepted record, null before a voter has told one
 * @param heldUntilNanos end of the lease of the record's epoch, {@link LeaseHolder#NOT_HELD} if it
 *     is not held; it may lie in the past
 */
public record LeaseView(@Nullable AcceptedRecord record, long heldUntilNanos) {
  /** Nothing known, nothing held. */
  public static final LeaseView NONE = new LeaseView(null, LeaseHolder.NOT_HELD);

  /** The record's epoch, 0 if there is none. */
  public long epoch() {
    return record == null ? 0 : record.epoch();
  }

  /** Whether replies of this epoch's master may be acknowledged now. */
  public boolean holds(long epoch, long nowNanos) {
    return epoch() == epoch && epoch != 0 && LeaseHolder.runs(heldUntilNanos, nowNanos);
  }
}
