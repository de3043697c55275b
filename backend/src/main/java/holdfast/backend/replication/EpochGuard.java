package holdfast.backend.replication;

import org.jspecify.annotations.Nullable;

/**
 * Which leader this node obeys. An order carries the epoch in which it was given; once an epoch has
 * been heard of, no order of an earlier one is obeyed (PROTOCOL.md, "consult"), else a leader that
 * was replaced long ago could still make two masters.
 *
 * <p>Invariants: {@code heardEpoch} only grows, and is on disk before anybody is answered; {@code
 * promotedEpoch} is the one this process was made master in and has not left since, so it never
 * outlives the process. A master of an epoch is nobody's replica in that epoch. Immutable.
 *
 * @param heardEpoch the latest epoch heard of; 0 before the first: then nobody decides but the
 *     operator
 * @param promotedEpoch the epoch in which this process is master; 0 for none
 */
public record EpochGuard(long heardEpoch, long promotedEpoch) {
  /** What a promotion wants to find, and what it finds. */
  public record Standing(String runId, long offset, boolean hasWholeData) {}

  /** Refuses what cannot be. */
  public EpochGuard {
    if (heardEpoch < 0 || promotedEpoch < 0 || promotedEpoch > heardEpoch) {
      throw new IllegalArgumentException(
          "heard of epoch " + heardEpoch + ", master in epoch " + promotedEpoch);
    }
  }

  /** At the start of a process that had heard of this epoch. */
  public static EpochGuard startingAt(long heardEpoch) {
    return new EpochGuard(heardEpoch, 0);
  }

  /** Whether leaders decide about this node, and not whoever says REPLICAOF. */
  public boolean isLed() {
    return heardEpoch > 0;
  }

  /** Why an order of this epoch is not obeyed; null: it is. */
  public @Nullable String refusal(long epoch) {
    if (epoch < 1) {
      return "ERR epoch " + epoch + ", expected 1 or more";
    }
    return epoch < heardEpoch
        ? "STALEEPOCH epoch " + epoch + " is not obeyed here: epoch " + heardEpoch + " has begun"
        : null;
  }

  /** Why this node is not made master; null: it is. */
  public @Nullable String refusalOfPromotion(
      long epoch, String expectedRunId, long leastOffset, Standing standing) {
    String stale = refusal(epoch);
    if (stale != null) {
      return stale;
    }
    if (!expectedRunId.equals(standing.runId())) {
      return "ERR not promoted: run id "
          + standing.runId()
          + ", expected "
          + expectedRunId
          + ": this process is another one than the leader asked";
    }
    if (!standing.hasWholeData()) {
      return "ERR not promoted: a snapshot is being received, the data is not whole";
    }
    return standing.offset() < leastOffset
        ? "ERR not promoted: offset " + standing.offset() + ", expected at least " + leastOffset
        : null;
  }

  /** Why this node is not made a replica; null: it is. */
  public @Nullable String refusalOfFollowing(long epoch) {
    String stale = refusal(epoch);
    return stale == null && epoch == promotedEpoch
        ? "ERR this node is the master of epoch " + epoch
        : stale;
  }

  /** Whether a write may have been allowed by an epoch that is over now. */
  public boolean isDeposed() {
    return heardEpoch > promotedEpoch;
  }

  /** This epoch has been heard of. */
  public EpochGuard heard(long epoch) {
    return epoch <= heardEpoch ? this : new EpochGuard(epoch, promotedEpoch);
  }

  /** Master of this epoch from now on. */
  public EpochGuard promoted(long epoch) {
    return new EpochGuard(Math.max(heardEpoch, epoch), epoch);
  }

  /** A replica in this epoch. */
  public EpochGuard following(long epoch) {
    return new EpochGuard(Math.max(heardEpoch, epoch), 0);
  }
}
