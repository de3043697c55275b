package holdfast.health.vote;

import holdfast.health.detect.NodeWatch;
import holdfast.health.failover.Failover;
import holdfast.health.failover.Stage;
import java.util.ArrayList;
import java.util.List;

/**
 * A voter: one of 1, 3 or 5 that together say who is master.
 *
 * <p>Invariants, whatever is lost, late, repeated or restarted:
 *
 * <ul>
 *   <li>It votes at most once per epoch, upwards only, and not before the vote is on disk.
 *   <li>It grants leases of its accepted epoch only, and none once it has voted in a later one.
 *   <li>It accepts the record of an epoch only if it has voted in no later one.
 *   <li>It tells a candidate how long its grants of earlier epochs still run; after a restart, when
 *       it does not know them, it votes in nothing until they have ended.
 *   <li>It commands backends only over connections in the name of an epoch that a majority has
 *       confirmed since ({@link holdfast.health.failover.LeaderLinks}).
 * </ul>
 *
 * An epoch that stays without a record is skipped: whoever voted in it stands in a later one,
 * whether or not the master is down, since nobody grants leases of the earlier epoch any more.
 * Sources: Redis {@code sentinel.c} (sdown, odown), Raft 5.2 and 9.6 (votes, pre-vote),
 * PROTOCOL.md.
 */
public final class Voter {
  /** The next state, and what to do. */
  public record Step(VoterState state, List<VoterEffect> effects) {}

  private Voter() {}

  /** Takes in one event. */
  public static Step step(VoterConfig config, VoterState state, long nowNanos, VoterEvent event) {
    var turn = new Turn(config, state, nowNanos);
    switch (event) {
      case VoterEvent.Tick tick -> tick(turn, tick.random());
      case VoterEvent.PeerSaid said -> Messages.heard(turn, said.from(), said.message());
      case VoterEvent.HolderAsked asked -> Grants.asked(turn, asked.request(), asked.replyTo());
      case VoterEvent.BackendReplied replied ->
          turn.watch(replied.backend(), watch -> watch.replied(nowNanos));
      case VoterEvent.BackendRefused refused ->
          turn.watch(refused.backend(), watch -> watch.connectionRefused(nowNanos));
      case VoterEvent.BackendLost lost ->
          turn.watch(lost.backend(), watch -> watch.disconnected(nowNanos));
      case VoterEvent.BackendInformed informed -> {
        turn.informed(informed.backend(), informed.info());
        Records.informed(turn, informed.backend(), informed.info());
        Adoption.informed(turn, informed.backend());
      }
      case VoterEvent.LinkNamed named when named.epoch() == turn.links.epoch() -> {
        turn.links = turn.links.named(named.backend());
        turn.take(Failover.connection(turn.stage, nowNanos, named.backend(), true, false));
      }
      case VoterEvent.LinkFailed failed when failed.epoch() == turn.links.epoch() -> {
        turn.links =
            turn.links.closed(failed.backend(), nowNanos + config.detect().pingNanos() / 4);
        Adoption.failed(turn, failed.backend());
        if (turn.stage.epoch() == failed.epoch()) {
          turn.take(
              Failover.connection(turn.stage, nowNanos, failed.backend(), false, failed.refused()));
        }
      }
      case VoterEvent.Consulted consulted when consulted.epoch() == turn.stage.epoch() -> {
        turn.links = turn.links.claimed(consulted.backend());
        turn.stage = Failover.consulted(turn.stage, consulted.backend(), consulted.info());
      }
      case VoterEvent.Promoted promoted when promoted.epoch() == turn.stage.epoch() ->
          turn.take(
              Failover.promoted(
                  config.failover(), turn.stage, nowNanos, promoted.backend(), promoted.info()));
      case VoterEvent.Repointed repointed -> Adoption.repointed(turn, repointed);
      case VoterEvent.ChangeAsked asked -> Changes.asked(turn, asked.request(), asked.replyTo());
      case VoterEvent.OperatorDecided decided -> Elections.decided(turn, decided.backend());
      case VoterEvent.SwitchAsked asked -> Switchover.asked(turn, asked);
      case VoterEvent.MaintenanceAsked asked -> MaintenanceWatch.asked(turn, asked.on());
      // Of an epoch that this voter has left behind.
      case VoterEvent.LinkNamed _,
          VoterEvent.LinkFailed _,
          VoterEvent.Consulted _,
          VoterEvent.Promoted _ -> {}
    }
    advance(turn);
    if (state.stage() instanceof Stage.Running
        && turn.stage instanceof Stage.GivenUp given
        && given.epoch() == turn.durable.votedEpoch()) {
      Elections.lost(turn, state.stage(), given);
    }
    Switchover.advance(turn);
    Changes.follow(turn);
    Elections.connect(turn);
    return turn.step();
  }

  private static void tick(Turn turn, int random) {
    long gapNanos = turn.nowNanos - turn.tickNanos;
    turn.tickNanos = turn.nowNanos;
    if (gapNanos >= turn.config.detect().tiltGapNanos()) {
      // Stopped in between: what was not heard says nothing. Observe before acting.
      var fresh = new ArrayList<NodeWatch>(turn.watches.size());
      turn.watches.forEach(watch -> fresh.add(watch.afresh(turn.nowNanos)));
      turn.watches = fresh;
      turn.note("clock gap of " + gapNanos / 1_000_000 + " ms: watching afresh");
    }
    if (turn.nowNanos - turn.helloNanos >= turn.config.detect().pingNanos()) {
      turn.helloNanos = turn.nowNanos;
      turn.sendAll(Messages.hello(turn));
      Adoption.askUnsettled(turn);
    }
    Elections.tick(turn, random);
    MaintenanceWatch.tick(turn);
    Switchover.tick(turn);
    Adoption.tick(turn, random);
  }

  /** Whatever has become possible by the event. */
  private static void advance(Turn turn) {
    turn.take(
        Failover.advance(
            turn.config.failover(),
            turn.stage,
            turn.nowNanos,
            backend ->
                turn.links.epoch() == turn.stage.epoch()
                    && turn.links.usable(backend, turn.majorities())));
  }
}
