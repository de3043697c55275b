package holdfast.health.vote;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.Adopted;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.EpochChain.Position;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Role;
import holdfast.health.failover.Answer;
import holdfast.health.failover.Failover;
import holdfast.health.failover.LeaderLinks;
import holdfast.health.failover.Stage;
import java.util.List;

/** The accepted record: taking one over, and adding to it within its epoch. */
final class Records {
  private Records() {}

  /** This voter, leading the epoch, has written its record. */
  static void decided(Turn turn, AcceptedRecord record, List<Answer> answers) {
    accept(turn, record, turn.durable.chain());
    turn.sendAll(new PeerMessage.Activate(record, turn.durable.chain()));
    // Whoever answered follows nobody, or another one: it need not be asked again for that.
    for (Answer answer : answers) {
      if (!answer.backend().equals(record.master())) {
        turn.informed(answer.backend(), answer.info());
        Adoption.informed(turn, answer.backend());
      }
    }
    turn.take(Failover.accepted(turn.stage, turn.nowNanos, turn.config.self()));
  }

  static void activated(Turn turn, NodeId from, PeerMessage.Activate message) {
    AcceptedRecord told = message.record();
    AcceptedRecord mine = turn.durable.record();
    if (removes(turn, from, told)) {
      accept(turn, told, message.chain());
      turn.send(from, new PeerMessage.Accepted(told.epoch()));
      turn.notice(turn.config.self() + " was removed by the record of epoch " + told.epoch());
      return;
    }
    if (!turn.isMe(told.voters())) {
      if (!told.hasVoter(turn.config.self())) {
        return; // not admitted yet
      }
      turn.notice(
          "this voter's data directory is new: "
              + turn.config.self()
              + " is listed with another incarnation, so it neither votes nor grants");
      return;
    }
    if (mine != null && told.epoch() == mine.epoch()) {
      merge(turn, mine, told, message.chain());
    } else if (mine == null || told.epoch() > mine.epoch()) {
      if (turn.durable.votedEpoch() > told.epoch()) {
        return; // it has promised a later leader not to
      }
      accept(turn, told, message.chain());
    }
    AcceptedRecord now = turn.durable.record();
    if (now != null && now.epoch() == told.epoch()) {
      turn.send(from, new PeerMessage.Accepted(told.epoch()));
    } else if (now != null) {
      turn.send(from, new PeerMessage.Activate(now, turn.durable.chain()));
    }
  }

  /** A later record, told by one of this voter's own, that names it no more. */
  private static boolean removes(Turn turn, NodeId from, AcceptedRecord told) {
    return (turn.isMember() || turn.wasMember())
        && Peers.isPeer(turn, from)
        && !told.hasVoter(turn.config.self())
        && told.epoch() > turn.durable.acceptedEpoch()
        && told.epoch() >= turn.durable.votedEpoch();
  }

  private static void merge(Turn turn, AcceptedRecord mine, AcceptedRecord told, EpochChain chain) {
    AcceptedRecord merged = mine.merged(told);
    if (!merged.equals(mine) && !turn.durable.unfinished()) {
      turn.persist(turn.durable.accepted(merged, chain));
    }
  }

  private static void accept(Turn turn, AcceptedRecord record, EpochChain chain) {
    turn.persist(turn.durable.accepted(record, chain));
    if (turn.stage instanceof Stage.Running running && running.epoch() < record.epoch()) {
      turn.stage = new Stage.GivenUp(running.epoch(), turn.nowNanos, "a later epoch is in force");
    }
    if (turn.links.epoch() != record.epoch()) {
      Elections.replaceLinks(
          turn,
          LeaderLinks.of(
              record.epoch(), VoterState.backends(turn.config, turn.durable), turn.nowNanos));
    } else {
      turn.links = turn.links.accepted(record, turn.nowNanos);
    }
    Peers.follow(turn, record);
    turn.preVote = null;
    turn.standing = false;
    turn.failures = 0;
    turn.decided = null;
    turn.wrongs = List.of();
    turn.acceptedNanos = turn.nowNanos;
    turn.notice("");
    turn.note(
        "accepted epoch "
            + record.epoch()
            + ": master "
            + record.master()
            + ", run id "
            + record.masterRunId());
    // What backends said of themselves may be from before the promotion.
    turn.watchAfresh(record);
    if (turn.stage.epoch() == record.epoch()) {
      // Others hear it a little later: now backends have more urgent things to answer.
      record.backends().forEach(entry -> turn.effect(new VoterEffect.AskInfo(entry.address())));
    }
  }

  /** A backend's INFO may add to the record: a further replication id, a process caught up. */
  static void informed(Turn turn, NodeAddress backend, NodeInfo info) {
    AcceptedRecord record = turn.durable.record();
    if (record == null || !turn.inEpoch()) {
      return;
    }
    AcceptedRecord grown = record;
    if (backend.equals(record.master())) {
      if (info.runId().equals(record.masterRunId()) && info.role() == Role.MASTER) {
        grown = record.withReplicationId(info.replicationId());
        if (info.masterOffset() <= 1 && !info.replicas().isEmpty()) {
          // What was written before the first replica came moved no offset, and a replica at 0 or 1
          // cannot be told from one whose load failed: it would not count if the master died now.
          turn.effect(new VoterEffect.Nudge(backend));
        }
      }
    } else if (claimed(turn, record, backend) && caughtUp(turn, record, info)) {
      grown = record.withAdopted(new Adopted(backend, info.runId(), record.epoch()));
      if (!grown.equals(record)) {
        turn.note(backend + " is in step with the master of epoch " + record.epoch());
      }
    }
    if (!grown.equals(record)) {
      turn.persist(turn.durable.accepted(grown, turn.durable.chain()));
      turn.sendAll(new PeerMessage.Activate(grown, turn.durable.chain()));
    }
  }

  /**
   * At K >= 1 only who no earlier leader can command any more may be adopted: it could be pointed
   * elsewhere, and lose what it has, while it still counts.
   */
  private static boolean claimed(Turn turn, AcceptedRecord record, NodeAddress backend) {
    return record.replicasRequired() == 0
        || (turn.links.epoch() == record.epoch() && turn.links.hasClaimed(backend));
  }

  /**
   * Whether a replica has all that the master had when the master was last asked: it follows it,
   * and its data is of this epoch up to there.
   */
  private static boolean caughtUp(Turn turn, AcceptedRecord record, NodeInfo info) {
    NodeInfo master = turn.info(record.master());
    if (master == null
        || !master.runId().equals(record.masterRunId())
        || master.role() != Role.MASTER
        || !info.isReplicaOf(record.master())
        || !info.linkUp()) {
      return false;
    }
    Position position = turn.durable.chain().positionOf(info);
    return position != null
        && position.epoch() == record.epoch()
        && position.offset() >= master.masterOffset();
  }
}
