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
 * @param members all voters
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
  /** A vote, and when the last lease that this voter granted has ended. */
  public record Vote(NodeId voter, long fenceEndNanos) {}

  /** Copies the lists. */
  public Attempt {
    members = List.copyOf(members);
    votes = List.copyOf(votes);
    refused = List.copyOf(refused);
  }

  /**
   * How many votes are needed: a majority, but all at first start. Only then is it certain that no
   * majority has a record, whichever voters have lost their disks, and that none ever will accept
   * one of an earlier epoch.
   */
  public int votesNeeded() {
    return base == null ? members.size() : members.size() / 2 + 1;
  }

  /** With a vote, or the same vote with an earlier end of the fence. */
  Attempt voted(
      NodeId voter, long fenceEndNanos, @Nullable AcceptedRecord record, EpochChain told) {
    var next = new ArrayList<Vote>(votes.size() + 1);
    boolean repeated = false;
    for (Vote vote : votes) {
      if (vote.voter().equals(voter)) {
        repeated = true;
        next.add(vote.fenceEndNanos() - fenceEndNanos > 0 ? new Vote(voter, fenceEndNanos) : vote);
      } else {
        next.add(vote);
      }
    }
    if (!repeated) {
      next.add(new Vote(voter, fenceEndNanos));
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

  /** How many voters' leases have all ended or been given up. */
  int fenced(long nowNanos) {
    int count = 0;
    for (Vote vote : votes) {
      if (nowNanos - vote.fenceEndNanos() >= 0) {
        count++;
      }
    }
    return count;
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
    return base == null ? null : Change.applied(change, base, epoch);
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
