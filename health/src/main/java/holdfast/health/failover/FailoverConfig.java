package holdfast.health.failover;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.BackendEntry;
import java.util.List;

/**
 * What a leader needs to know besides the record; where there is one, the record's values count.
 *
 * @param backends of the first record
 * @param replicasRequired K of the first record
 * @param leaseNanos of the first record
 * @param engineLeaseNanos of the first record
 * @param votingNanos a candidate waits so long for votes
 * @param consultWaitNanos at K = 0 the leader waits so long for the slower backends
 * @param patienceNanos a leader that cannot choose gives its epoch up after consult-wait and this
 * @param commandNanos a command to a backend is answered within this, or its fate is unknown
 * @param emptyMayWin go on empty if at a cold start every backend is empty
 */
public record FailoverConfig(
    List<BackendEntry> backends,
    int replicasRequired,
    long leaseNanos,
    long engineLeaseNanos,
    long votingNanos,
    long consultWaitNanos,
    long patienceNanos,
    long commandNanos,
    boolean emptyMayWin) {
  /** Copies the list and refuses what could never work. */
  public FailoverConfig {
    backends = List.copyOf(backends);
    if (backends.isEmpty()) {
      throw new IllegalArgumentException("no backends");
    }
    if (replicasRequired < 0 || replicasRequired >= Math.max(1, AcceptedRecord.counted(backends))) {
      throw new IllegalArgumentException(
          "durability "
              + replicasRequired
              + " with "
              + AcceptedRecord.counted(backends)
              + " backends that count, expected 0 to "
              + Math.max(0, AcceptedRecord.counted(backends) - 1));
    }
    if (leaseNanos <= 0
        || engineLeaseNanos <= 0
        || votingNanos <= 0
        || consultWaitNanos <= 0
        || patienceNanos <= 0
        || commandNanos <= 0) {
      throw new IllegalArgumentException("a switch timing of 0 or less");
    }
  }
}
