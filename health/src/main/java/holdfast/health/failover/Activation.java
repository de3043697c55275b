package holdfast.health.failover;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.VoterEntry;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Role;
import holdfast.health.failover.Failover.Effect;
import holdfast.health.failover.Failover.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * From the promoted backend's word to the record that a majority of voters has accepted
 * (PROTOCOL.md, "promote" and "activate").
 */
final class Activation {
  private Activation() {}

  /** The promoted backend says what it is now. */
  static Step promoted(
      FailoverConfig config, Stage.Promoting promoting, long nowNanos, NodeInfo info) {
    NodeAddress backend = promoting.choice().backend();
    NodeInfo before = promoting.choice().answer().info();
    if (!info.runId().equals(before.runId())) {
      return Failover.giveUp(promoting, nowNanos, backend + " restarted while it was promoted");
    }
    if (info.role() != Role.MASTER) {
      return Failover.giveUp(promoting, nowNanos, backend + " is no master after its promotion");
    }
    if (!before.replicationId().equals(info.secondReplicationId())
        || info.replicationId().equals(before.replicationId())) {
      return Failover.giveUp(
          promoting, nowNanos, backend + " shows another history after its promotion than before");
    }
    long forkOffset = info.secondOffset() - 1;
    if (forkOffset < before.dataOffset()) {
      return Failover.giveUp(
          promoting,
          nowNanos,
          backend + " stood at " + forkOffset + " when promoted, before at " + before.dataOffset());
    }
    return activate(
        config, promoting, nowNanos, info, promoting.choice(), forkOffset, promoting.answers());
  }

  /** The record is written, once, and every voter is to accept it. */
  static Step activate(
      FailoverConfig config,
      Stage.Running stage,
      long nowNanos,
      NodeInfo info,
      Choice.Promote choice,
      long forkOffset,
      List<Answer> answers) {
    Attempt attempt = stage.attempt();
    long start = choice.startOffset() >= 0 ? choice.startOffset() : forkOffset;
    AcceptedRecord record = EpochRecord.of(config, attempt, choice, info, start, answers);
    return Step.of(
        new Stage.Activating(attempt, nowNanos + config.commandNanos(), record, List.of()),
        new Effect.Decided(record, answers));
  }

  /** A voter has accepted the record of this epoch. */
  static Step accepted(Stage.Activating activating, long nowNanos, NodeId voter) {
    if (activating.accepted().contains(voter)) {
      return Step.of(activating);
    }
    var accepted = new ArrayList<>(activating.accepted());
    accepted.add(voter);
    var next =
        new Stage.Activating(
            activating.attempt(), activating.deadlineNanos(), activating.record(), accepted);
    return advance(next, nowNanos);
  }

  /**
   * In force once a majority of its voters has accepted it. One of those before it as well, if they
   * can be waited for: whoever leaves may be gone, and no majority of theirs without them.
   */
  static Step advance(Stage.Activating activating, long nowNanos) {
    AcceptedRecord record = activating.record();
    if (!majority(record.voters(), activating.accepted())
        || (!majority(activating.attempt().voters(), activating.accepted())
            && nowNanos - activating.deadlineNanos() < 0)) {
      return Step.of(activating);
    }
    long millis = (nowNanos - activating.attempt().startedNanos()) / 1_000_000;
    return Step.of(
        new Stage.Adopting(activating.epoch(), nowNanos),
        new Effect.Note(
            "epoch "
                + activating.epoch()
                + " in force: master "
                + record.master()
                + " from offset "
                + record.startOffset()
                + ", "
                + millis
                + " ms after standing"));
  }

  private static boolean majority(List<VoterEntry> voters, List<NodeId> accepted) {
    return voters.stream().filter(voter -> accepted.contains(voter.id())).count()
        > voters.size() / 2;
  }
}
