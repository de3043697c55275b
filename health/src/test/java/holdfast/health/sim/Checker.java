package holdfast.health.sim;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeId;
import holdfast.health.vote.Durable;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Judges from outside, knowing what no process knows. */
final class Checker {
  private final Tally tally;
  private final Map<Long, NodeId> leaders = new HashMap<>();
  private final Map<Long, AcceptedRecord> records = new HashMap<>();
  private final Map<String, NodeId> votes = new HashMap<>();
  private final Map<String, Durable> disks = new HashMap<>();
  private long promotedEpoch;
  private long acknowledged;
  private long latestAckEpoch;
  private long latestAckNanos;

  Checker(Tally tally) {
    this.tally = tally;
  }

  /** A backend executed the promotion that the leader of this epoch sent. */
  void promoted(long epoch) {
    promotedEpoch = Math.max(promotedEpoch, epoch);
  }

  /** A voter has a majority in this epoch. */
  void leads(NodeId voter, long epoch) {
    NodeId other = leaders.putIfAbsent(epoch, voter);
    if (other != null && !other.equals(voter)) {
      throw new Violation("two leaders of epoch " + epoch + ": " + other + " and " + voter);
    }
  }

  /** A voter's disk now holds this. */
  void persisted(Durable durable) {
    String voter = durable.self() + "/" + durable.incarnation();
    Durable before = disks.put(voter, durable);
    if (before != null && durable.votedEpoch() < before.votedEpoch()) {
      throw new Violation(voter + " went back from epoch " + before.votedEpoch());
    }
    if (before != null && durable.acceptedEpoch() < before.acceptedEpoch()) {
      throw new Violation(voter + " went back to the record of " + durable.acceptedEpoch());
    }
    voted(voter, durable.votedEpoch(), durable.votedFor());
    AcceptedRecord record = durable.record();
    if (record != null) {
      AcceptedRecord known = records.putIfAbsent(record.epoch(), record);
      if (known != null && !known.sameDecision(record)) {
        throw new Violation("two records of epoch " + record.epoch());
      }
      if (known == null) {
        tally.add(Tally.Seen.SWITCH);
        promoted(record.epoch());
      }
    }
  }

  private void voted(String voter, long epoch, @Nullable NodeId candidate) {
    if (candidate == null) {
      return;
    }
    NodeId other = votes.putIfAbsent(voter + "@" + epoch, candidate);
    if (other != null && !other.equals(candidate)) {
      throw new Violation(voter + " voted in epoch " + epoch + " for two");
    }
  }

  /** A holder acknowledges a write in this epoch. */
  void acknowledged(String holder, long epoch, long nowNanos) {
    if (epoch < promotedEpoch) {
      throw new Violation(
          holder
              + " acknowledged a write in epoch "
              + epoch
              + " after the master of epoch "
              + promotedEpoch
              + " had been promoted");
    }
    acknowledged++;
    latestAckEpoch = Math.max(latestAckEpoch, epoch);
    latestAckNanos = nowNanos;
  }

  long acknowledged() {
    return acknowledged;
  }

  long latestAckEpoch() {
    return latestAckEpoch;
  }

  long latestAckNanos() {
    return latestAckNanos;
  }
}
