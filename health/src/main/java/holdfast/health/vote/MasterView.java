package holdfast.health.vote;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeInfo;
import holdfast.health.detect.DownReason;
import holdfast.health.detect.NodeWatch;
import java.util.List;

/**
 * Whether the record's master is down, in the eyes of one voter (sdown).
 *
 * <p>A master that has lost its replicas acknowledges nothing at K >= 1, so it is as good as down,
 * if with another master K could follow. A switch must not be followed by the next for the same
 * reason: one that was seen with K has lost them, so that is told after down-after; one that never
 * was may still be copied, and is told only after ten times as long, and only of backends that say
 * themselves that they follow nobody and copy nothing.
 */
public final class MasterView {
  private static final int PATIENCE = 10;

  private MasterView() {}

  /** Why the master is down, or that it is up. */
  public static DownReason down(
      VoterConfig config, Durable durable, List<NodeWatch> watches, long nowNanos) {
    AcceptedRecord record = durable.record();
    if (record == null) {
      return DownReason.UP;
    }
    for (NodeWatch watch : watches) {
      if (watch.address().equals(record.master())) {
        DownReason reason = watch.asMaster(config.detect(), record, nowNanos);
        return reason == DownReason.UP && lost(config, durable, record, watches, watch, nowNanos)
            ? DownReason.TOO_FEW_REPLICAS
            : reason;
      }
    }
    return DownReason.SILENT;
  }

  private static boolean lost(
      VoterConfig config,
      Durable durable,
      AcceptedRecord record,
      List<NodeWatch> watches,
      NodeWatch master,
      long nowNanos) {
    if (!master.thin() || master.info() == null) {
      return false;
    }
    boolean hadThem = master.whole();
    long downAfterNanos = config.detect().downAfterNanos();
    if (nowNanos - master.thinSinceNanos() < downAfterNanos * (hadThem ? 1 : PATIENCE)) {
      return false;
    }
    int others = 0;
    for (NodeWatch watch : watches) {
      NodeInfo info = watch.info();
      if (info != null
          && !watch.address().equals(record.master())
          && record.isCounted(watch.address())
          && nowNanos - watch.lastValidNanos() < downAfterNanos
          && record.knowsProcess(watch.address(), info.runId())
          && durable.chain().positionOf(info) != null
          && (hadThem || !info.linkUp())) {
        others++;
      }
    }
    return others > record.replicasRequired();
  }

  /** Whether this INFO of the record's master tells of fewer than K adopted replicas online. */
  static boolean tooFew(AcceptedRecord record, NodeInfo master) {
    int online = 0;
    for (NodeInfo.Attached replica : master.replicas()) {
      if (replica.online() && record.countsTowardsK(replica.address())) {
        online++;
      }
    }
    return online < record.replicasRequired();
  }
}
