package holdfast.health.report;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.ReplicationId;
import holdfast.backend.model.Role;
import holdfast.backend.model.RunId;
import holdfast.health.detect.NodeWatch;
import holdfast.health.report.SwitchRecord.Loss;
import holdfast.health.vote.VoterConfig;
import holdfast.health.vote.VoterState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Follows a voter's states and writes the record of each switch that this voter leads. Immutable;
 * fed with every two states that follow each other.
 *
 * <p>What the old master had more is known exactly only when it comes back as it was: every voter
 * looks at it then, before it is made a replica.
 *
 * @param draft of the attempt under way, null for none
 * @param deposed the old master that may still hold more, null for none
 * @param seen the master's offset when it was last heard, and its process
 */
public record SwitchWatch(
    @Nullable SwitchDraft draft, @Nullable Deposed deposed, @Nullable Seen seen) {
  /** Nothing has happened. */
  public static final SwitchWatch IDLE = new SwitchWatch(null, null, null);

  /** A master that a switch has replaced. */
  public record Deposed(
      long epoch,
      NodeAddress master,
      RunId runId,
      List<ReplicationId> replicationIds,
      long startOffset) {
    /** Copies the list. */
    public Deposed {
      replicationIds = List.copyOf(replicationIds);
    }
  }

  /** Where a master was when it was last heard. */
  public record Seen(RunId runId, long offset) {}

  /**
   * What came of a step.
   *
   * @param finished the record of an attempt that has ended with it, null for none
   * @param found what has become known of the loss of the switch to {@code foundEpoch}
   */
  public record Told(
      SwitchWatch next, @Nullable SwitchRecord finished, long foundEpoch, @Nullable Loss found) {}

  /** Takes in a step. */
  public Told next(
      VoterConfig config, VoterState before, VoterState after, long nowNanos, long wallMillis) {
    Seen lastSeen = seen(before, after);
    SwitchDraft draftNow =
        SwitchDraft.continued(draft, config, before, after, nowNanos, wallMillis);
    SwitchRecord finished = null;
    if (draftNow != null && draftNow.outcome() != null) {
      finished = draftNow.record(config, lastSeen);
      draftNow = null;
    }
    Deposed old = deposed(before, after);
    Loss found = old == null || old.equals(deposed) ? found(old, after) : null;
    return new Told(
        new SwitchWatch(draftNow, found == null ? old : null, lastSeen),
        finished,
        old == null ? 0 : old.epoch(),
        found);
  }

  private @Nullable Seen seen(VoterState before, VoterState after) {
    AcceptedRecord record = before.durable().record();
    NodeWatch watch = record == null ? null : after.watch(record.master());
    NodeInfo info = watch == null ? null : watch.info();
    return record != null
            && info != null
            && info.role() == Role.MASTER
            && info.runId().equals(record.masterRunId())
        ? new Seen(info.runId(), info.masterOffset())
        : seen;
  }

  private @Nullable Deposed deposed(VoterState before, VoterState after) {
    AcceptedRecord old = before.durable().record();
    AcceptedRecord now = after.durable().record();
    if (now == null || (old != null && old.epoch() == now.epoch())) {
      return deposed;
    }
    return old == null || old.masterRunId().equals(now.masterRunId())
        ? null
        : new Deposed(
            now.epoch(), old.master(), old.masterRunId(), old.replicationIds(), now.startOffset());
  }

  private static @Nullable Loss found(@Nullable Deposed old, VoterState after) {
    NodeWatch watch = old == null ? null : after.watch(old.master());
    NodeInfo info = watch == null ? null : watch.info();
    if (old == null || info == null) {
      return null;
    }
    if (!info.runId().equals(old.runId())) {
      return new Loss(
          Loss.Kind.UNKNOWN, 0, old.master() + " has restarted: what it had more it does not tell");
    }
    if (info.role() != Role.MASTER || !old.replicationIds().contains(info.replicationId())) {
      return new Loss(
          Loss.Kind.UNKNOWN, 0, old.master() + " was made a replica before it was asked");
    }
    return new Loss(
        Loss.Kind.EXACT,
        Math.max(0, info.masterOffset() - old.startOffset()),
        old.master() + " came back at " + info.masterOffset());
  }
}
