package holdfast.health.vote;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.VoterEntry;
import holdfast.backend.model.EpochChain;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What voters say to each other: one-way messages, any of which may be lost, late or repeated. */
public sealed interface PeerMessage {
  /**
   * Said regularly: where this voter stands.
   *
   * @param blank it has never voted
   * @param fingerprint of its record, 0 for none
   * @param maintenance as it knows it
   */
  record Hello(
      String incarnation,
      boolean blank,
      long votedEpoch,
      long acceptedEpoch,
      long fingerprint,
      Maintenance maintenance)
      implements PeerMessage {
    /** Without a word on maintenance. */
    public Hello(
        String incarnation, boolean blank, long votedEpoch, long acceptedEpoch, long fingerprint) {
      this(incarnation, blank, votedEpoch, acceptedEpoch, fingerprint, Maintenance.NONE);
    }
  }

  /**
   * Would you vote for me? Without effect.
   *
   * @param planned for a planned switchover
   * @param wanted an operator wants a new epoch, whether or not the master is down
   */
  record PreVoteAsk(
      long round, long votedEpoch, long acceptedEpoch, boolean planned, boolean wanted)
      implements PeerMessage {
    /** For a switch that nobody wanted. */
    public PreVoteAsk(long round, long votedEpoch, long acceptedEpoch) {
      this(round, votedEpoch, acceptedEpoch, false, false);
    }
  }

  /** Whether it would, and the latest epoch it has voted in. */
  record PreVoteAnswer(long round, boolean agreed, long votedEpoch) implements PeerMessage {}

  /**
   * Vote for me in this epoch.
   *
   * @param members all voters as the candidate knows them
   * @param limitNanos of a planned switchover, so much longer it may take: holders are told of it,
   *     and end what is under way; 0 for a switch that nobody planned
   */
  record VoteAsk(long epoch, boolean hasRecord, List<VoterEntry> members, long limitNanos)
      implements PeerMessage {
    /** For a switch that nobody planned. */
    public VoteAsk(long epoch, boolean hasRecord, List<VoterEntry> members) {
      this(epoch, hasRecord, members, 0);
    }

    /** Whether it is for a planned switchover. */
    public boolean planned() {
      return limitNanos > 0;
    }

    /** Copies the list. */
    public VoteAsk {
      members = List.copyOf(members);
    }
  }

  /**
   * The vote in this epoch is the asker's, or ({@code voted} false) it is not.
   *
   * @param votedEpoch the latest epoch voted in
   * @param remainingNanos how long grants of earlier epochs still run; said again when they end
   */
  record VoteAnswer(
      long epoch,
      boolean voted,
      long votedEpoch,
      long remainingNanos,
      @Nullable AcceptedRecord record,
      EpochChain chain)
      implements PeerMessage {}

  /** Say that you have voted in no later epoch. */
  record ConfirmAsk(long epoch, long round) implements PeerMessage {}

  /** It has voted in none. */
  record Confirmed(long epoch, long round) implements PeerMessage {}

  /** The record of an epoch, from its leader or anybody who has accepted it. */
  record Activate(AcceptedRecord record, EpochChain chain) implements PeerMessage {}

  /** This voter has accepted the record of this epoch. */
  record Accepted(long epoch) implements PeerMessage {}
}
