package holdfast.health.vote;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.VoterEntry;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a voter may not forget: on disk before anybody hears of it.
 *
 * @param incarnation made at random with the data directory
 * @param members all voters with their incarnations, as the record names them; before the first
 *     record as they were at this voter's first vote ({@link Founding}), empty until then. Another
 *     incarnation of this voter is no member and neither votes nor grants
 * @param votedEpoch the latest epoch voted in, 0 for none
 * @param votedFor whom, null if it accepted the epoch's record without having voted in it
 * @param record the latest accepted
 * @param fingerprint the record's, 0 for none: computed once, compared in each message
 * @param chain of all epochs
 * @param longestLeaseNanos the longest lease ever granted: waited out after a restart
 * @param maintenance whether an operator wants no automatic switch
 */
public record Durable(
    NodeId self,
    String incarnation,
    List<VoterEntry> members,
    long votedEpoch,
    @Nullable NodeId votedFor,
    @Nullable AcceptedRecord record,
    long fingerprint,
    EpochChain chain,
    long longestLeaseNanos,
    Maintenance maintenance) {
  /** Copies the list; a vote never lags behind the record. */
  public Durable {
    members = List.copyOf(members);
    if (record != null && votedEpoch < record.epoch()) {
      throw new IllegalArgumentException(
          "voted in epoch " + votedEpoch + ", accepted epoch " + record.epoch());
    }
  }

  /** A voter with a new data directory. */
  public static Durable blank(NodeId self, String incarnation) {
    return new Durable(
        self, incarnation, List.of(), 0, null, null, 0, EpochChain.empty(), 0, Maintenance.NONE);
  }

  /** Whether it has never voted: it then takes part in nothing but a first start. */
  public boolean isBlank() {
    return members.isEmpty();
  }

  /** The accepted epoch, 0 for none. */
  public long acceptedEpoch() {
    return record == null ? 0 : record.epoch();
  }

  /** Whether it has voted in an epoch whose record it has not accepted. */
  public boolean unfinished() {
    return votedEpoch > acceptedEpoch();
  }

  Durable founded(List<VoterEntry> all) {
    return new Durable(
        self,
        incarnation,
        all,
        votedEpoch,
        votedFor,
        record,
        fingerprint,
        chain,
        longestLeaseNanos,
        maintenance);
  }

  Durable voted(long epoch, NodeId candidate) {
    if (epoch <= votedEpoch) {
      throw new IllegalStateException("vote in epoch " + epoch + " after one in " + votedEpoch);
    }
    return new Durable(
        self,
        incarnation,
        members,
        epoch,
        candidate,
        record,
        fingerprint,
        chain,
        longestLeaseNanos,
        maintenance);
  }

  Durable accepted(AcceptedRecord next, EpochChain told) {
    if (votedEpoch > next.epoch() || next.epoch() < acceptedEpoch()) {
      throw new IllegalStateException(
          "record of epoch " + next.epoch() + " after a vote in epoch " + votedEpoch);
    }
    boolean voted = votedEpoch == next.epoch();
    return new Durable(
        self,
        incarnation,
        next.voters(),
        next.epoch(),
        voted ? votedFor : null,
        next,
        next.fingerprint(),
        chain.merged(told).with(next),
        longestLeaseNanos,
        maintenance);
  }

  Durable granted(long leaseNanos) {
    return new Durable(
        self,
        incarnation,
        members,
        votedEpoch,
        votedFor,
        record,
        fingerprint,
        chain,
        leaseNanos,
        maintenance);
  }

  Durable maintained(Maintenance next) {
    return new Durable(
        self,
        incarnation,
        members,
        votedEpoch,
        votedFor,
        record,
        fingerprint,
        chain,
        longestLeaseNanos,
        next);
  }
}
