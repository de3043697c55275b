package holdfast.backend.model;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who is master, as a majority of voters has accepted it (PROTOCOL.md, "The accepted record").
 *
 * <p>One leader writes the record of an epoch, once. Two lists only grow within the epoch, and any
 * voter of the epoch may add to them, so that records of one epoch merge to their union whatever
 * the order: {@code replicationIds} (a master may take a new one without a switch) and {@code
 * adopted} (the run id of a process seen caught up with this master; run ids never come back, so an
 * old entry does no harm). When {@code adopted} is full the oldest go: a backend that is not listed
 * only counts for less.
 *
 * @param epoch 1 and up
 * @param baseEpoch the epoch that the master's data belonged to when it was promoted, 0 for none
 * @param master the master's address, as the replicas are pointed at it
 * @param masterRunId the process that was promoted; another one is not the master
 * @param startOffset replication offset at the promotion; data before it is of the base epoch
 * @param replicationIds the master's, the first being that of the promotion
 * @param voters all voters; majorities are counted of these
 * @param backends all backends; their number is N
 * @param adopted processes that count with this master, see {@link Adopted}
 * @param replicasRequired K, replicas that must have a write before it is acknowledged
 * @param leaseNanos length of a holder's lease
 * @param engineLeaseNanos length of the lease of an engine that is master
 * @param former the set of backends and K before the last change of them, null if there was none or
 *     it no longer matters; see {@link #unsettled}
 * @param formerVoters the voters before the last change of them, as long as the leader of this
 *     epoch could not tell that a majority had accepted it; empty for none. A later leader that
 *     cannot tell either needs a majority of them too
 */
public record AcceptedRecord(
    long epoch,
    long baseEpoch,
    NodeAddress master,
    RunId masterRunId,
    long startOffset,
    List<ReplicationId> replicationIds,
    List<VoterEntry> voters,
    List<BackendEntry> backends,
    List<Adopted> adopted,
    int replicasRequired,
    long leaseNanos,
    long engineLeaseNanos,
    @Nullable Former former,
    List<VoterEntry> formerVoters) {
  /** Most voters, backends, and entries of each growing list. */
  public static final int ENTRIES_MAX = 64;

  /**
   * A voter: {@code incarnation} is made with its data directory, so one that lost its disk
   * differs.
   */
  public record VoterEntry(NodeId id, String incarnation, NodeAddress address) {
    /** Refuses an incarnation that is not a run id's shape. */
    public VoterEntry {
      Hex40.checked("incarnation", incarnation);
    }
  }

  /** A backend; of priority 0 it is never promoted and counts neither in N nor towards K. */
  public record BackendEntry(NodeAddress address, int priority) {
    /** Refuses a negative priority. */
    public BackendEntry {
      if (priority < 0) {
        throw new IllegalArgumentException("priority " + priority + ", expected 0 or more");
      }
    }
  }

  /**
   * The process {@code runId} at {@code address} had all that the master of {@code epoch} had, or
   * has not restarted since it had all of an earlier one's and answered the leader of {@code
   * epoch}, who shut out earlier ones. It counts towards K only in that epoch, and only while the
   * master shows it as its replica; as one that has not restarted it counts in any.
   */
  public record Adopted(NodeAddress address, RunId runId, long epoch) {
    private static final Comparator<Adopted> OLDEST_FIRST =
        Comparator.comparingLong(Adopted::epoch)
            .thenComparing(Adopted::address)
            .thenComparing(Adopted::runId);

    private boolean sameProcess(Adopted other) {
      return runId.equals(other.runId) && address.equals(other.address);
    }
  }

  /**
   * The set of backends and K that a leader changed.
   *
   * @param epoch whose record changed it
   */
  public record Former(long epoch, List<BackendEntry> backends, int replicasRequired) {
    /** Copies the list and refuses what was no set. */
    public Former {
      backends = List.copyOf(backends);
      check(epoch >= 2 && epoch <= Integer.MAX_VALUE, "epoch of change", epoch);
      check(!backends.isEmpty() && backends.size() <= ENTRIES_MAX, "backends", backends.size());
      check(
          replicasRequired >= 0 && replicasRequired < backends.size(),
          "replicas required before",
          replicasRequired);
    }
  }

  /**
   * Copies the lists and checks what must hold within one record. What grows is kept in one order,
   * so that records into which the same has been merged are equal, however it came.
   */
  public AcceptedRecord {
    voters = List.copyOf(voters);
    backends = List.copyOf(backends);
    formerVoters = List.copyOf(formerVoters);
    replicationIds = Growing.ordered(replicationIds, 1, ReplicationId::compareTo);
    adopted = Growing.ordered(adopted, 0, Adopted.OLDEST_FIRST);
    check(epoch >= 1 && epoch <= Integer.MAX_VALUE, "epoch", epoch);
    check(baseEpoch >= 0 && baseEpoch < epoch, "base epoch", baseEpoch);
    check(startOffset >= 0, "start offset", startOffset);
    check(
        !replicationIds.isEmpty() && replicationIds.size() <= ENTRIES_MAX,
        "replication ids",
        replicationIds.size());
    check(!voters.isEmpty() && voters.size() <= ENTRIES_MAX, "voters", voters.size());
    check(!backends.isEmpty() && backends.size() <= ENTRIES_MAX, "backends", backends.size());
    check(adopted.size() <= ENTRIES_MAX, "adopted", adopted.size());
    check(
        replicasRequired >= 0 && replicasRequired < backends.size(),
        "replicas required",
        replicasRequired);
    check(leaseNanos > 0, "lease in ns", leaseNanos);
    check(engineLeaseNanos > 0, "engine lease in ns", engineLeaseNanos);
    check(former == null || former.epoch() <= epoch, "epoch of change", epoch);
    check(formerVoters.size() <= ENTRIES_MAX, "voters before", formerVoters.size());
  }

  /** A record whose set of backends, K and voters stand on their own. */
  public AcceptedRecord(
      long epoch,
      long baseEpoch,
      NodeAddress master,
      RunId masterRunId,
      long startOffset,
      List<ReplicationId> replicationIds,
      List<VoterEntry> voters,
      List<BackendEntry> backends,
      List<Adopted> adopted,
      int replicasRequired,
      long leaseNanos,
      long engineLeaseNanos) {
    this(
        epoch,
        baseEpoch,
        master,
        masterRunId,
        startOffset,
        replicationIds,
        voters,
        backends,
        adopted,
        replicasRequired,
        leaseNanos,
        engineLeaseNanos,
        null,
        List.of());
  }

  private static void check(boolean good, String what, long value) {
    if (!good) {
      throw new IllegalArgumentException("record with " + what + " " + value);
    }
  }

  /** How many voters make a majority. */
  public int majority() {
    return voters.size() / 2 + 1;
  }

  /** Whether a voter of this name is listed. */
  public boolean hasVoter(NodeId id) {
    return voter(id) != null;
  }

  /** The entry of the voter of this name. */
  public @Nullable VoterEntry voter(NodeId id) {
    for (VoterEntry voter : voters) {
      if (voter.id().equals(id)) {
        return voter;
      }
    }
    return null;
  }

  /** Backends that may be promoted and count: N. */
  public int countedBackends() {
    return counted(backends);
  }

  /** How many of these count: those of priority 0 do not. */
  public static int counted(List<BackendEntry> backends) {
    int count = 0;
    for (BackendEntry backend : backends) {
      if (backend.priority() > 0) {
        count++;
      }
    }
    return count;
  }

  /** Whether this backend is one of N. */
  public boolean isCounted(NodeAddress backend) {
    return isCounted(backends, backend);
  }

  /** Whether it is one of these, and not of priority 0. */
  public static boolean isCounted(List<BackendEntry> backends, NodeAddress backend) {
    for (BackendEntry entry : backends) {
      if (entry.address().equals(backend)) {
        return entry.priority() > 0;
      }
    }
    return false;
  }

  /** Whether the replica at this address counts towards K: one of N, adopted in this epoch. */
  public boolean countsTowardsK(NodeAddress backend) {
    if (backend.equals(master) || !isCounted(backend)) {
      return false;
    }
    for (Adopted entry : adopted) {
      if (entry.epoch() == epoch && entry.address().equals(backend)) {
        return true;
      }
    }
    return false;
  }

  /** Whether this very process was adopted in this epoch. */
  public boolean hasAdopted(NodeAddress backend, RunId runId) {
    for (Adopted entry : adopted) {
      if (entry.epoch() == epoch
          && entry.address().equals(backend)
          && entry.runId().equals(runId)) {
        return true;
      }
    }
    return false;
  }

  /** How many replicas count towards K, by where they are. */
  public int countingTowardsK() {
    int count = 0;
    for (BackendEntry backend : backends) {
      if (countsTowardsK(backend.address())) {
        count++;
      }
    }
    return count;
  }

  /**
   * The set before a change, as long as it counts too: leaders consult enough of both, and nobody
   * changes anything further, until K of the new set have all that the master had when the epoch
   * began. That they have is told by {@code adopted}, so it merges as that does; who does not know
   * it yet only asks for more than is needed.
   */
  public @Nullable Former unsettled() {
    return former != null && countingTowardsK() < replicasRequired ? former : null;
  }

  /**
   * Whether this process was seen caught up in this epoch or an earlier one, or is the master:
   * since then it has not restarted.
   */
  public boolean knowsProcess(NodeAddress address, RunId runId) {
    if (address.equals(master) && runId.equals(masterRunId)) {
      return true;
    }
    for (Adopted entry : adopted) {
      if (entry.address().equals(address) && entry.runId().equals(runId)) {
        return true;
      }
    }
    return false;
  }

  /** This record with a further replication id of the epoch. */
  public AcceptedRecord withReplicationId(ReplicationId id) {
    return replicationIds.contains(id) ? this : with(Growing.added(replicationIds, id), adopted);
  }

  /** This record with a further caught-up process, or one caught up in a later epoch. */
  public AcceptedRecord withAdopted(Adopted entry) {
    return with(replicationIds, withProcess(adopted, entry));
  }

  /** The list with this process; of two entries for one process that of the later epoch stays. */
  public static List<Adopted> withProcess(List<Adopted> processes, Adopted entry) {
    for (int i = 0; i < processes.size(); i++) {
      Adopted known = processes.get(i);
      if (known.sameProcess(entry)) {
        return known.epoch() >= entry.epoch() ? processes : Growing.replaced(processes, i, entry);
      }
    }
    return Growing.added(processes, entry);
  }

  private static List<Adopted> processes(List<Adopted> first, List<Adopted> second) {
    List<Adopted> union = first;
    for (Adopted entry : second) {
      union = withProcess(union, entry);
    }
    return union;
  }

  /**
   * The union of two records of one epoch.
   *
   * @throws IllegalStateException if they are two different decisions: one leader writes the record
   *     of an epoch, so this must never be seen
   */
  public AcceptedRecord merged(AcceptedRecord other) {
    if (!sameDecision(other)) {
      throw new IllegalStateException(
          "two records of epoch " + epoch + ": " + this + " and " + other);
    }
    boolean theirsIsWhole =
        (former == null && other.former != null)
            || (formerVoters.isEmpty() && !other.formerVoters.isEmpty());
    AcceptedRecord whole = theirsIsWhole ? other : this;
    AcceptedRecord part = theirsIsWhole ? this : other;
    if (part.replicationIds.equals(whole.replicationIds) && part.adopted.equals(whole.adopted)) {
      return whole;
    }
    return whole.with(
        Growing.union(whole.replicationIds, part.replicationIds),
        processes(whole.adopted, part.adopted));
  }

  /** Whether both come from the same decision of the same epoch's leader. */
  public boolean sameDecision(AcceptedRecord other) {
    return epoch == other.epoch
        && baseEpoch == other.baseEpoch
        && master.equals(other.master)
        && masterRunId.equals(other.masterRunId)
        && startOffset == other.startOffset
        && replicationIds.getFirst().equals(other.replicationIds.getFirst())
        && voters.equals(other.voters)
        && backends.equals(other.backends)
        && replicasRequired == other.replicasRequired
        && leaseNanos == other.leaseNanos
        && engineLeaseNanos == other.engineLeaseNanos
        // A voter of an older version passes the record on without it.
        && (former == null || other.former == null || former.equals(other.former))
        && (formerVoters.isEmpty()
            || other.formerVoters.isEmpty()
            || formerVoters.equals(other.formerVoters));
  }

  private AcceptedRecord with(List<ReplicationId> ids, List<Adopted> processes) {
    return new AcceptedRecord(
        epoch,
        baseEpoch,
        master,
        masterRunId,
        startOffset,
        ids,
        voters,
        backends,
        processes,
        replicasRequired,
        leaseNanos,
        engineLeaseNanos,
        former,
        formerVoters);
  }

  /**
   * A number that differs when the record does: who has it need not be sent it again. The upper
   * half is the epoch ({@link #epochOf}), the lower one a hash of the text (FNV-1a).
   */
  public long fingerprint() {
    int hash = 0x811c9dc5;
    String text = RecordText.write(this);
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x01000193;
    }
    return (epoch << 32) | (hash & 0xffffffffL);
  }

  /** The epoch of the record with this fingerprint; 0 for no record. */
  public static long epochOf(long fingerprint) {
    return fingerprint >>> 32;
  }
}
