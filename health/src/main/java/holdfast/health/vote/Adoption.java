package holdfast.health.vote;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.EpochChain.Position;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Role;
import holdfast.health.detect.NodeWatch;
import holdfast.health.failover.Divergence;
import holdfast.health.failover.Stage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Every backend but the master follows the master: done by any voter that has accepted the epoch
 * and voted in no later one, first by its leader. Those that can go on from where they are first,
 * full copies one at a time.
 */
final class Adoption {
  /** A full copy that has not come up by then holds up no other. */
  private static final long FULL_COPY_NANOS = 30_000_000_000L;

  /** For so long after a switch its leader looks at each tick what has changed at the master. */
  private static final long EAGER_NANOS = 1_000_000_000L;

  private Adoption() {}

  /** A backend's INFO was just taken in. */
  static void informed(Turn turn, NodeAddress backend) {
    AcceptedRecord record = turn.durable.record();
    NodeInfo info = turn.info(backend);
    if (record == null || info == null || !turn.inEpoch() || backend.equals(record.master())) {
      return;
    }
    if (follows(record, info) && !toClaim(turn, record, backend, info)) {
      settled(turn, backend);
      return;
    }
    if (wrong(turn, backend) == null) {
      change(turn, backend, new VoterState.Wrong(backend, turn.nowNanos, false, turn.nowNanos));
    }
    act(turn, record);
  }

  /** It follows the master, but an earlier leader could still command it: told once more. */
  private static boolean toClaim(
      Turn turn, AcceptedRecord record, NodeAddress backend, NodeInfo info) {
    return record.replicasRequired() > 0
        && !record.hasAdopted(backend, info.runId())
        && !(turn.links.epoch() == record.epoch() && turn.links.hasClaimed(backend));
  }

  /**
   * Whether it needs no order. An engine has to know of this epoch, and is told again when the
   * record names the history by now for which it refused the master's snapshot.
   */
  private static boolean follows(AcceptedRecord record, NodeInfo info) {
    NodeInfo.EngineState engine = info.engine();
    return info.isReplicaOf(record.master())
        && (engine == null
            || (engine.epoch() == record.epoch()
                && (engine.refusedHistory() == null
                    || !record.replicationIds().contains(engine.refusedHistory()))));
  }

  private static void settled(Turn turn, NodeAddress backend) {
    if (wrong(turn, backend) == null) {
      return;
    }
    change(turn, backend, null);
    if (!(turn.stage instanceof Stage.Running) && turn.links.link(backend) != null) {
      turn.effect(new VoterEffect.CloseLink(turn.links.epoch(), backend));
      turn.links = turn.links.closed(backend, turn.nowNanos);
    }
  }

  static void tick(Turn turn, int random) {
    AcceptedRecord record = turn.durable.record();
    if (record == null || !turn.inEpoch()) {
      return;
    }
    if (leads(turn, record) && turn.nowNanos - turn.acceptedNanos < EAGER_NANOS) {
      if (record.countingTowardsK() < record.replicasRequired()) {
        askUnsettled(turn); // writes wait for who comes in step first
      } else {
        // Its replication id may change as the first replicas come, and has to be on record.
        turn.effect(new VoterEffect.AskInfo(record.master()));
      }
    }
    // Spread by chance: of several voters that see the same, one acts first.
    if (leads(turn, record) || random < VoterEvent.RANDOM_BOUND / 2) {
      act(turn, record);
    }
  }

  /** The leader at once, others when it seems to be gone. */
  static boolean due(Turn turn, VoterState.Wrong wrong) {
    AcceptedRecord record = turn.durable.record();
    return record != null
        && turn.inEpoch()
        && (leads(turn, record)
            || turn.nowNanos - wrong.sinceNanos() >= 5 * turn.config.detect().pingNanos());
  }

  private static boolean leads(Turn turn, AcceptedRecord record) {
    return turn.stage.epoch() == record.epoch() && !(turn.stage instanceof Stage.GivenUp);
  }

  private static void act(Turn turn, AcceptedRecord record) {
    for (VoterState.Wrong wrong : turn.wrongs) {
      NodeInfo info = turn.info(wrong.backend());
      if (info == null
          || !due(turn, wrong)
          || turn.links.epoch() != record.epoch()
          || !turn.links.usable(wrong.backend(), turn.majorities())
          || (wrong.sent()
              && turn.nowNanos - wrong.sentNanos() < turn.config.failover().commandNanos())
          || (!goesOn(turn, record, info) && fullCopyUnderWay(turn, record, wrong.backend()))) {
        continue;
      }
      // One that was cut off when it was consulted is a replica of nobody by now.
      boolean demote = info.role() == Role.MASTER;
      report(turn, record, wrong, info);
      change(
          turn,
          wrong.backend(),
          new VoterState.Wrong(wrong.backend(), wrong.sinceNanos(), true, turn.nowNanos));
      turn.note(
          (demote ? "demotes " : "points ") + wrong.backend() + " at master " + record.master());
      turn.effect(
          new VoterEffect.Repoint(record.epoch(), wrong.backend(), record.master(), demote));
    }
  }

  /** Says what is about to be lost with it, once; an engine keeps and counts that itself. */
  private static void report(
      Turn turn, AcceptedRecord record, VoterState.Wrong wrong, NodeInfo info) {
    Divergence divergence = Divergence.of(turn.durable.chain(), record, wrong.backend(), info);
    if (!wrong.sent() && divergence != null && !info.isEngine()) {
      turn.effect(new VoterEffect.Note(true, divergence.toString()));
    }
  }

  /** Whether its data is a beginning of the master's, so that it needs no full copy. */
  private static boolean goesOn(Turn turn, AcceptedRecord record, NodeInfo info) {
    Position position = turn.durable.chain().positionOf(info);
    return position != null
        && (position.epoch() == record.epoch()
            || (position.epoch() == record.baseEpoch()
                && position.offset() <= record.startOffset()));
  }

  private static boolean fullCopyUnderWay(Turn turn, AcceptedRecord record, NodeAddress except) {
    for (NodeWatch watch : turn.watches) {
      NodeInfo info = watch.info();
      if (info != null
          && !watch.address().equals(except)
          && info.isReplicaOf(record.master())
          && !info.linkUp()
          && info.syncing()
          && turn.nowNanos - turn.acceptedNanos < FULL_COPY_NANOS) {
        return true;
      }
    }
    return false;
  }

  static void repointed(Turn turn, VoterEvent.Repointed event) {
    if (turn.links.epoch() == event.epoch()) {
      turn.links = turn.links.claimed(event.backend());
      turn.effect(new VoterEffect.AskInfo(event.backend()));
    }
  }

  static void failed(Turn turn, NodeAddress backend) {
    VoterState.Wrong wrong = wrong(turn, backend);
    if (wrong != null) {
      change(
          turn, backend, new VoterState.Wrong(backend, wrong.sinceNanos(), false, turn.nowNanos));
    }
  }

  /** Asks again, sooner than usual, while something is not as it should be. */
  static void askUnsettled(Turn turn) {
    AcceptedRecord record = turn.durable.record();
    if (record == null) {
      turn.watches.forEach(watch -> turn.effect(new VoterEffect.AskInfo(watch.address())));
      return;
    }
    boolean asked = false;
    for (NodeWatch watch : turn.watches) {
      NodeInfo info = watch.info();
      if (watch.address().equals(record.master())) {
        asked |= info == null || watch.thin();
      } else if (info == null
          || !info.isReplicaOf(record.master())
          || !record.hasAdopted(watch.address(), info.runId())) {
        asked = true;
        turn.effect(new VoterEffect.AskInfo(watch.address()));
      }
    }
    if (asked) {
      turn.effect(new VoterEffect.AskInfo(record.master()));
    }
  }

  private static VoterState.@Nullable Wrong wrong(Turn turn, NodeAddress backend) {
    for (VoterState.Wrong wrong : turn.wrongs) {
      if (wrong.backend().equals(backend)) {
        return wrong;
      }
    }
    return null;
  }

  private static void change(
      Turn turn, NodeAddress backend, VoterState.@Nullable Wrong replacement) {
    var next = new ArrayList<VoterState.Wrong>(turn.wrongs.size() + 1);
    for (VoterState.Wrong wrong : turn.wrongs) {
      if (!wrong.backend().equals(backend)) {
        next.add(wrong);
      }
    }
    if (replacement != null) {
      next.add(replacement);
    }
    turn.wrongs = List.copyOf(next);
  }
}
