package holdfast.health.detect;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Role;
import org.jspecify.annotations.Nullable;

/**
 * What one voter knows of one backend. Immutable; each method takes in one observation.
 *
 * <p>Silence is counted from the last <em>valid</em> reply (PONG, LOADING, MASTERDOWN), refusals
 * from the first of a row that no connection interrupted: one refusal alone is a process that
 * restarts.
 *
 * @param lastValidNanos of the last valid reply; at first, when the watch began
 * @param refused whether the last attempt to connect was refused
 * @param refusedSinceNanos first refusal of the row
 * @param refusedLastNanos last refusal of the row
 * @param info the last INFO of the connected process, null before the first and while not connected
 * @param infoNanos when it came
 * @param replicaSinceNanos first of the last row of INFOs that said replica
 * @param thin whether the last INFO, of a master, told of fewer than K adopted replicas online
 * @param thinSinceNanos first of the row of such INFOs
 */
public record NodeWatch(
    NodeAddress address,
    long lastValidNanos,
    boolean refused,
    long refusedSinceNanos,
    long refusedLastNanos,
    @Nullable NodeInfo info,
    long infoNanos,
    long replicaSinceNanos,
    boolean thin,
    long thinSinceNanos) {

  /** A backend of which nothing is known yet. */
  public static NodeWatch begin(NodeAddress address, long nowNanos) {
    return new NodeWatch(address, nowNanos, false, 0, 0, null, nowNanos, nowNanos, false, nowNanos);
  }

  /** A valid reply came. */
  public NodeWatch replied(long nowNanos) {
    return new NodeWatch(
        address, nowNanos, false, 0, 0, info, infoNanos, replicaSinceNanos, thin, thinSinceNanos);
  }

  /** A connection was refused. */
  public NodeWatch connectionRefused(long nowNanos) {
    return new NodeWatch(
        address,
        lastValidNanos,
        true,
        refused ? refusedSinceNanos : nowNanos,
        nowNanos,
        null,
        infoNanos,
        replicaSinceNanos,
        thin,
        thinSinceNanos);
  }

  /** The connection was lost: what the process said of itself may not be true of the next one. */
  public NodeWatch disconnected() {
    return new NodeWatch(
        address,
        lastValidNanos,
        refused,
        refusedSinceNanos,
        refusedLastNanos,
        null,
        infoNanos,
        replicaSinceNanos,
        thin,
        thinSinceNanos);
  }

  /**
   * INFO came, which is a valid reply too.
   *
   * @param tooFewReplicas it is the record's master and has fewer than K adopted replicas online
   */
  public NodeWatch informed(NodeInfo told, boolean tooFewReplicas, long nowNanos) {
    NodeInfo before = info;
    boolean replicaBefore = before != null && before.role() == Role.REPLICA;
    long since = replicaBefore && told.role() == Role.REPLICA ? replicaSinceNanos : nowNanos;
    return new NodeWatch(
        address,
        nowNanos,
        false,
        0,
        0,
        told,
        nowNanos,
        since,
        tooFewReplicas,
        thin && tooFewReplicas ? thinSinceNanos : nowNanos);
  }

  /** This process was stopped, or a new record counts: what was missed or said before is void. */
  public NodeWatch afresh(long nowNanos) {
    return new NodeWatch(address, nowNanos, false, 0, 0, null, nowNanos, nowNanos, false, nowNanos);
  }

  /** Whether this backend, being the record's master, is down, and why. */
  public DownReason asMaster(DetectTimings timings, AcceptedRecord record, long nowNanos) {
    NodeInfo told = info;
    if (told != null && !told.runId().equals(record.masterRunId())) {
      return DownReason.RUN_ID_CHANGED;
    }
    if (refused && refusedLastNanos - refusedSinceNanos >= timings.refusedAfterNanos()) {
      return DownReason.REFUSED;
    }
    if (nowNanos - lastValidNanos >= timings.downAfterNanos()) {
      return DownReason.SILENT;
    }
    if (told != null
        && told.role() == Role.REPLICA
        && nowNanos - replicaSinceNanos >= timings.downAfterNanos()) {
      return DownReason.NOT_MASTER;
    }
    return DownReason.UP;
  }
}
