package holdfast.health.report;

import holdfast.backend.model.AcceptedRecord.BackendEntry;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Records;
import holdfast.backend.model.ReplicationId;
import holdfast.backend.model.Role;
import holdfast.health.vote.Durable;
import holdfast.health.vote.TestVoters;
import holdfast.health.vote.Voter;
import holdfast.health.vote.VoterConfig;
import holdfast.health.vote.VoterEvent;
import holdfast.health.vote.VoterState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a lone voter lives through with two backends, told by its production step function; what the
 * reporting makes of each step is kept.
 */
final class Story {
  static final NodeAddress A = Records.at(7001);
  static final NodeAddress B = Records.at(7002);
  private static final long MILLI = 1_000_000;
  private static final long WALL_MILLIS = 1_700_000_000_000L;

  final VoterConfig config =
      TestVoters.config(1, 1, List.of(new BackendEntry(A, 100), new BackendEntry(B, 100)));

  final List<String> events = new ArrayList<>();
  SwitchLog switches = SwitchLog.EMPTY;
  private SwitchWatch watch = SwitchWatch.IDLE;
  private Tilt tilt = Tilt.OFF;
  private long nowNanos = 1_000 * MILLI;
  VoterState state =
      VoterState.start(config, Durable.blank(config.self(), Records.hex(1)), nowNanos);

  void on(VoterEvent event) {
    VoterState before = state;
    state = Voter.step(config, before, nowNanos, event).state();
    SwitchWatch.Told told =
        watch.next(config, before, state, nowNanos, WALL_MILLIS + nowNanos / MILLI);
    watch = told.next();
    if (told.finished() != null) {
      switches = switches.with(told.finished());
    }
    if (told.found() != null) {
      switches = switches.with(told.foundEpoch(), told.found());
    }
    Tilt next = tilt.next(config, before, state);
    keep(SentinelEvents.between(tilt, next));
    tilt = next;
    keep(SentinelEvents.between(config, "mymaster", before, state));
  }

  private void keep(List<SentinelEvent> told) {
    told.forEach(event -> events.add((event.channel() + " " + event.text()).strip()));
  }

  /** Time passes, with a tick each 10 ms. */
  void pass(long millis) {
    for (long i = 0; i < millis; i += 10) {
      nowNanos += 10 * MILLI;
      on(new VoterEvent.Tick(0));
    }
  }

  /** Time passes in which this process did not run. */
  void stop(long millis) {
    nowNanos += millis * MILLI;
    on(new VoterEvent.Tick(0));
  }

  /** All of it in the past: a master, its replica, and what was said so far is forgotten. */
  Story started() {
    inform(A, master(11, 1, 100, 0, B));
    inform(B, replica(21, A, 1, 100));
    pass(10);
    on(new VoterEvent.LinkNamed(1, A));
    on(new VoterEvent.LinkNamed(1, B));
    on(new VoterEvent.Consulted(1, A, master(11, 1, 100, 0, B)));
    on(new VoterEvent.Consulted(1, B, replica(21, A, 1, 100)));
    inform(A, master(11, 1, 100, 0, B));
    inform(B, replica(21, A, 1, 100));
    return this;
  }

  /** The master is killed and found dead. */
  void masterDies() {
    on(new VoterEvent.BackendLost(A));
    for (int i = 0; i < 16; i++) {
      on(new VoterEvent.BackendRefused(A));
      on(new VoterEvent.BackendReplied(B));
      pass(10);
    }
  }

  /** What is left is asked, and B promoted. */
  void promoteB() {
    on(new VoterEvent.LinkFailed(2, A, true));
    on(new VoterEvent.LinkNamed(2, B));
    pass(20);
    on(new VoterEvent.Consulted(2, B, replica(21, A, 1, 120)));
    pass(10);
    on(new VoterEvent.Promoted(2, B, master(21, 2, 120, 1)));
  }

  void inform(NodeAddress backend, NodeInfo info) {
    on(new VoterEvent.BackendInformed(backend, info));
  }

  static NodeInfo master(long run, long replid, long offset, long second, NodeAddress... attached) {
    var replicas = new ArrayList<NodeInfo.Attached>();
    for (NodeAddress address : attached) {
      replicas.add(new NodeInfo.Attached(address, true, offset));
    }
    return info(run, null, replid, second, offset, replicas);
  }

  static NodeInfo replica(long run, NodeAddress of, long replid, long offset) {
    return info(run, of, replid, 0, offset, List.of());
  }

  private static NodeInfo info(
      long run,
      @Nullable NodeAddress of,
      long replid,
      long second,
      long offset,
      List<NodeInfo.Attached> attached) {
    ReplicationId before = second == 0 ? null : Records.replid(second);
    return new NodeInfo(
        Records.run(run),
        of == null ? Role.MASTER : Role.REPLICA,
        of,
        true,
        false,
        false,
        Records.replid(replid),
        before,
        before == null ? -1 : offset + 1,
        offset,
        of == null ? -1 : offset,
        1,
        100,
        attached);
  }
}
