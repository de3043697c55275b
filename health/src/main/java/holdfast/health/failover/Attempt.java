package holdfast.health.failover;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.BackendEntry;
import holdfast.backend.model.AcceptedRecord.VoterEntry;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a candidate and leader gathers in one epoch. Immutable.
 *
 * @param members the voters that were asked for their votes, as the candidate knew them
 * @param base the latest record that a voter of the majority has accepted, null at first start
 * @param chain of all epochs that voters of the majority know
 * @param votes received, the candidate's own among them
 * @param refused backends whose last connection was refused: no process listens there
 * @param decided an operator's choice, null for none
 * @param avoid a master that its replicas cannot reach: asked only if the others are too few
 * @param change an operator's change that this epoch's record is to make, null for none
 * @param startedNanos when the candidate stood
 * @param reason why, for people
 * @param planned the wish of a planned switchover, null for a switch that nobody planned
 */
public record Attempt(
    long epoch,
    List<VoterEntry> members,
    @Nullable AcceptedRecord base,
    EpochChain chain,
    List<Vote> votes,
    List<NodeAddress> refused,
    @Nullable NodeAddress decided,
    @Nullable NodeAddress avoid,
    @Nullable Change change,
    long startedNanos,
    String reason,
    @Nullable Planned planned) {
  /**
   * A vote.
   *
   * @param fenceEndNanos when the last lease that this voter granted has ended
   * @param recordEpoch of the latest record that it has accepted, 0 for none
   */
  public record Vote(NodeId voter, long fenceEndNanos, long recordEpoch) {}

  /** Copies the lists. */
  public Attempt {
    members = List.copyOf(members);
    votes = List.copyOf(votes);
    refused = List.copyOf(refused);
  }

  /**
   * Whose votes are needed: a majority, but all at first start. Only then is it certain that no
   * majority has a record, whichever voters have lost their disks, and that none ever will accept
   * one of an earlier epoch.
   *
   * <p>The majority is one of the voters that the base names, whoever the candidate knew when it
   * stood: a later record that it did not know may be in force. If the base's leader changed the
   * voters, and the votes do not tell that a majority of the new ones has accepted that, it may not
   * be: a majority of those before is then needed too, as another leader may have been theirs.
   */
  public Majorities majorities() {
    if (base == null) {
      return Majorities.all(members);
    }
    return votersSettled()
        ? Majorities.of(List.of(base.voters()), members)
        : Majorities.of(List.of(base.voters(), base.formerVoters()), members);
  }

  /** The voters before this epoch. */
  List<VoterEntry> voters() {
    return base == null ? members : base.voters();
  }

  /** Whether a change of the voters that the base made, or took over, is known to be in force. */
  boolean votersSettled() {
    if (base == null || base.formerVoters().isEmpty()) {
      return true;
    }
    var accepted = new ArrayList<NodeId>(votes.size());
    for (Vote vote : votes) {
      if (vote.recordEpoch() == base.epoch()) {
        accepted.add(vote.voter());
      }
    }
    return Majorities.of(List.of(base.voters()), members).areReachedBy(accepted);
  }

  /** Whether the votes that are there make it the leader. */
  boolean isElected() {
    var voters = new ArrayList<NodeId>(votes.size());
    votes.forEach(vote -> voters.add(vote.voter()));
    return majorities().areReachedBy(voters);
  }

  /** With a vote, or the same vote with an earlier end of the fence. */
  Attempt voted(
      NodeId voter, long fenceEndNanos, @Nullable AcceptedRecord record, EpochChain told) {
    var next = new ArrayList<Vote>(votes.size() + 1);
    boolean repeated = false;
    for (Vote vote : votes) {
      if (vote.voter().equals(voter)) {
        repeated = true;
        next.add(
            vote.fenceEndNanos() - fenceEndNanos > 0
                ? new Vote(voter, fenceEndNanos, vote.recordEpoch())
                : vote);
      } else {
        next.add(vote);
      }
    }
    if (!repeated) {
      next.add(new Vote(voter, fenceEndNanos, record == null ? 0 : record.epoch()));
    }
    return new Attempt(
        epoch,
        members,
        latest(base, record),
        chain.merged(told),
        next,
        refused,
        decided,
        avoid,
        change,
        startedNanos,
        reason,
        planned);
  }

  /** The later of two records, or the union of two of one epoch. */
  public static @Nullable AcceptedRecord latest(
      @Nullable AcceptedRecord one, @Nullable AcceptedRecord other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    if (one.epoch() == other.epoch()) {
      return one.merged(other);
    }
    return one.epoch() > other.epoch() ? one : other;
  }

  /** Whether all leases of a majority's grants have ended or been given up. */
  boolean isFenced(long nowNanos) {
    var voters = new ArrayList<NodeId>(votes.size());
    for (Vote vote : votes) {
      if (nowNanos - vote.fenceEndNanos() >= 0) {
        voters.add(vote.voter());
      }
    }
    return majorities().areReachedBy(voters);
  }

  /** With what is known of the process at a backend's address. */
  Attempt refused(NodeAddress backend, boolean isRefused) {
    if (refused.contains(backend) == isRefused) {
      return this;
    }
    var next = new ArrayList<NodeAddress>(refused);
    next.remove(backend);
    if (isRefused) {
      next.add(backend);
    }
    return new Attempt(
        epoch,
        members,
        base,
        chain,
        votes,
        next,
        decided,
        avoid,
        change,
        startedNanos,
        reason,
        planned);
  }

  /** With an operator's choice. */
  Attempt decided(NodeAddress backend) {
    return new Attempt(
        epoch,
        members,
        base,
        chain,
        votes,
        refused,
        backend,
        avoid,
        change,
        startedNanos,
        reason,
        planned);
  }

  /** With another wish, or none any more. */
  Attempt planned(@Nullable Planned next) {
    return new Attempt(
        epoch,
        members,
        base,
        chain,
        votes,
        refused,
        decided,
        avoid,
        change,
        startedNanos,
        reason,
        next);
  }

  /** All backends to ask: as the record names them, and names those before a change. */
  public List<BackendEntry> backends(FailoverConfig config) {
    return base == null ? config.backends() : asked(base);
  }

  /** The backends that a leader asks whose base this is. */
  public static List<BackendEntry> asked(AcceptedRecord base) {
    AcceptedRecord.Former former = base.unsettled();
    if (former == null) {
      return base.backends();
    }
    var all = new ArrayList<>(base.backends());
    for (BackendEntry entry : former.backends()) {
      if (all.stream().noneMatch(known -> known.address().equals(entry.address()))) {
        all.add(entry);
      }
    }
    return all;
  }

  /** What the record of this epoch will say of the deployment; null at first start. */
  Change.@Nullable Terms terms() {
    if (base == null) {
      return null;
    }
    boolean settled = votersSettled();
    boolean tooEarly = !settled && change != null && change.isOfVoters();
    return Change.applied(tooEarly ? null : change, base, epoch, settled);
  }

  /** Whether K is at least 1, in the set that is or in the one before it. */
  boolean durable() {
    if (base == null) {
      return false;
    }
    AcceptedRecord.Former former = base.unsettled();
    return base.replicasRequired() > 0 || (former != null && former.replicasRequired() > 0);
  }
}
