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
 * from the moment since which there is no connection: the loss of the last one, or the first of a
 * row that no connection interrupted. One refusal alone is a process that restarts.
 *
 * @param lastValidNanos of the last valid reply; at first, when the watch began
 * @param outage since there is no connection; null while there is one, or nothing is known
 * @param info the last INFO of the connected process, null before the first and while not connected
 * @param infoNanos when it came
 * @param replicaSinceNanos first of the last row of INFOs that said replica
 * @param thin whether the last INFO, of a master, told of fewer than K adopted replicas online
 * @param thinSinceNanos first of the row of such INFOs
 * @param whole whether some INFO since the watch began was not thin
 */
public record NodeWatch(
    NodeAddress address,
    long lastValidNanos,
    @Nullable Outage outage,
    @Nullable NodeInfo info,
    long infoNanos,
    long replicaSinceNanos,
    boolean thin,
    long thinSinceNanos,
    boolean whole) {

  /**
   * A time without a connection.
   *
   * @param sinceNanos the loss of the last connection, or the first refusal
   * @param refusals attempts refused since then, in a row
   * @param refusedNanos the last of them
   */
  record Outage(long sinceNanos, int refusals, long refusedNanos) {
    /**
     * Whether nobody listens there. One refusal alone is a process that restarts; a last one long
     * ago is an attempt that hangs.
     */
    boolean isRefusal(long afterNanos, long nowNanos) {
      return refusals > 1
          && nowNanos - sinceNanos >= afterNanos
          && nowNanos - refusedNanos < afterNanos;
    }
  }

  /** A backend of which nothing is known yet. */
  public static NodeWatch begin(NodeAddress address, long nowNanos) {
    return new NodeWatch(address, nowNanos, null, null, nowNanos, nowNanos, false, nowNanos, false);
  }

  /** A valid reply came. */
  public NodeWatch replied(long nowNanos) {
    return new NodeWatch(
        address, nowNanos, null, info, infoNanos, replicaSinceNanos, thin, thinSinceNanos, whole);
  }

  /** A connection was refused. */
  public NodeWatch connectionRefused(long nowNanos) {
    return unconnected(
        outage == null
            ? new Outage(nowNanos, 1, nowNanos)
            : new Outage(outage.sinceNanos(), outage.refusals() + 1, nowNanos));
  }

  /** The connection was lost: what the process said of itself may not be true of the next one. */
  public NodeWatch disconnected(long nowNanos) {
    return unconnected(new Outage(nowNanos, 0, nowNanos));
  }

  private NodeWatch unconnected(Outage now) {
    return new NodeWatch(
        address,
        lastValidNanos,
        now,
        null,
        infoNanos,
        replicaSinceNanos,
        thin,
        thinSinceNanos,
        whole);
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
        null,
        told,
        nowNanos,
        since,
        tooFewReplicas,
        thin && tooFewReplicas ? thinSinceNanos : nowNanos,
        whole || !tooFewReplicas);
  }

  /** This process was stopped, or a new record counts: what was missed or said before is void. */
  public NodeWatch afresh(long nowNanos) {
    return begin(address, nowNanos);
  }

  /** Whether this backend, being the record's master, is down, and why. */
  public DownReason asMaster(DetectTimings timings, AcceptedRecord record, long nowNanos) {
    NodeInfo told = info;
    if (told != null && !told.runId().equals(record.masterRunId())) {
      return DownReason.RUN_ID_CHANGED;
    }
    if (isRefused(timings, nowNanos)) {
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

  /** Whether the last attempt to connect was refused. */
  public boolean isRefused() {
    return outage != null && outage.refusals() > 0;
  }

  /** Whether connections have been refused for long enough to call it down. */
  public boolean isRefused(DetectTimings timings, long nowNanos) {
    return outage != null && outage.isRefusal(timings.refusedAfterNanos(), nowNanos);
  }
}
