package holdfast.health.sim;

import holdfast.backend.lease.LeaseHolder;
import holdfast.backend.lease.LeaseView;
import holdfast.backend.lease.MasterLease;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.NodeInfo.EngineState;
import holdfast.backend.model.ReplicationId;
import holdfast.backend.replication.EpochGuard;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What makes a backend an engine of ours: the production guard of epochs and the production lease,
 * each asked where the engine's shell asks it. It obeys orders as they come over the wire, and as
 * master of an epoch executes nobody's write without its own lease, by its own clock.
 */
final class SimEngine {
  private static final long LOOK_NANOS = 5 * World.MS;

  private final Simulation sim;
  private final World world;
  private final SimBackend backend;
  private final SimClock clock;

  /** What it has heard of is on disk before anybody is answered. */
  private EpochGuard guard = EpochGuard.startingAt(0);

  private MasterLease lease;
  private @Nullable SimLease keeper;
  private Set<ReplicationId> histories = Set.of();
  private @Nullable ReplicationId refusedHistory;

  SimEngine(Simulation sim, SimBackend backend) {
    this.sim = sim;
    this.world = sim.world;
    this.backend = backend;
    this.clock = new SimClock(world);
    this.lease = new MasterLease(backend.runId);
  }

  /** A new process, under the run id that the backend has by now. */
  void restart() {
    guard = EpochGuard.startingAt(guard.heardEpoch());
    lease = new MasterLease(backend.runId);
    keeper = null;
    histories = Set.of();
    refusedHistory = null;
  }

  void loseTime(long nanos) {
    clock.lose(nanos);
  }

  EngineState state() {
    boolean mayWrite = !backend.isMaster() || lease.runs(clock.nowNanos());
    return new EngineState(guard.heardEpoch(), refusedHistory, mayWrite);
  }

  /** The epoch whose lease it holds and has not given up, 0 for none. */
  long heldEpoch() {
    SimLease held = keeper;
    return held == null ? 0 : held.heldEpoch();
  }

  /** Whether it was told nothing, and its lease has ended all the same. */
  boolean hasRunOut() {
    SimLease held = keeper;
    return held != null && held.hasRunOut();
  }

  // ---- orders

  /** HOLDFAST CONSULT; false if it is refused. */
  boolean consult(List<String> order) {
    long epoch = Long.parseLong(order.get(2));
    boolean following = order.size() > 3;
    if (refused(guard.refusal(epoch))) {
      return false;
    }
    hear(epoch);
    if (!following
        && epoch != guard.promotedEpoch()
        && !backend.isMaster()
        && sim.options.has(Guard.CUT)) {
      backend.cut();
    }
    return true;
  }

  /** HOLDFAST PROMOTE; false if it is refused. */
  boolean promote(List<String> order, boolean atRisk) {
    long epoch = Long.parseLong(order.get(2));
    var standing =
        new EpochGuard.Standing(backend.runId.value(), backend.offset(), !backend.isCopying());
    if (refused(
        guard.refusalOfPromotion(epoch, order.get(3), Long.parseLong(order.get(4)), standing))) {
      return false;
    }
    if (epoch == guard.promotedEpoch()) {
      return true;
    }
    sim.checker.promoted(epoch, backend, atRisk);
    hear(epoch);
    guard = guard.promoted(epoch);
    lease.begin(epoch);
    keeper(voters(order.get(5))).ask(epoch);
    backend.promote();
    world.log(() -> backend.name + " promoted in epoch " + epoch);
    return true;
  }

  /** HOLDFAST FOLLOW; false if it is refused. */
  boolean follow(List<String> order, SimConnection by) {
    long epoch = Long.parseLong(order.get(2));
    if (refused(guard.refusalOfFollowing(epoch))) {
      return false;
    }
    hear(epoch);
    guard = guard.following(epoch);
    List<SimVoter> voters = voters(order.get(7));
    lease.over();
    if (keeper != null) {
      keeper.rest();
    }
    keeper(voters).told(voters);
    var named = new HashSet<ReplicationId>();
    for (String id : order.get(5).split(",", -1)) {
      named.add(new ReplicationId(id));
    }
    histories = named;
    refusedHistory = null;
    var master = new NodeAddress(order.get(3), Integer.parseInt(order.get(4)));
    if (!backend.isReplicaOf(master)) {
      backend.replicaOf(master, by);
    }
    lease.notNeeded();
    return true;
  }

  private boolean refused(@Nullable String refusal) {
    if (refusal == null) {
      world.tally.add(Tally.Seen.ENGINE_ORDER_OBEYED);
      return false;
    }
    world.log(() -> backend.name + ": " + refusal);
    world.tally.add(Tally.Seen.ENGINE_ORDER_REFUSED);
    return sim.options.has(Guard.STALE_LEADERS) || !refusal.startsWith("STALEEPOCH");
  }

  private void hear(long epoch) {
    backend.commanded(epoch);
    if (epoch > guard.heardEpoch()) {
      guard = guard.heard(epoch);
      boolean isMaster = backend.isMaster();
      lease.deposed(isMaster);
      if (isMaster && keeper != null) {
        keeper.laterEpoch(epoch);
      }
    }
  }

  private List<SimVoter> voters(String addresses) {
    var voters = new ArrayList<SimVoter>();
    for (String address : addresses.split(",", -1)) {
      voters.add(sim.voter(new NodeId(NodeAddress.parse(address).host())));
    }
    return voters;
  }

  private SimLease keeper(List<SimVoter> voters) {
    SimLease known = keeper;
    if (known != null) {
      return known;
    }
    var id = new NodeId("engine-" + backend.name + "-" + backend.generation());
    var made = new SimLease(sim, backend, clock, LeaseHolder.engine(id), this::onView);
    keeper = made;
    made.startResting(voters);
    return made;
  }

  // ---- its own lease

  private void onView(LeaseView view) {
    boolean had = lease.isHeld();
    if (had
        && view.heldUntilNanos() == LeaseHolder.NOT_HELD
        && !sim.options.has(Guard.ENGINE_GIVES_UP)) {
      return; // it tells the voters, and goes on as before
    }
    boolean drains = lease.shown(view);
    if (had && !lease.isHeld()) {
      world.tally.add(Tally.Seen.ENGINE_GAVE_UP);
    }
    if (drains) {
      look(lease.epoch());
    }
  }

  private void look(long epoch) {
    SimLease held = keeper;
    if (held == null) {
      return;
    }
    switch (lease.look(epoch)) {
      case GOES_ON -> {
        int born = backend.life;
        world.after(
            LOOK_NANOS,
            () -> {
              if (backend.life == born) {
                world.atNode(backend, () -> look(epoch));
              }
            });
      }
      case QUIET -> {
        if (held.drained(epoch)) {
          world.tally.add(Tally.Seen.ENGINE_DRAINED);
        }
      }
      case OVER -> {}
    }
  }

  /** Whether a master may execute a write now, whoever sent it. */
  boolean allowsWrite() {
    boolean needed = lease.isNeeded();
    boolean allowed = lease.allows(clock.nowNanos());
    if (needed) {
      world.tally.add(allowed ? Tally.Seen.ENGINE_WRITE_ALLOWED : Tally.Seen.ENGINE_WRITE_REFUSED);
    }
    return allowed || !sim.options.has(Guard.ENGINE_LEASE);
  }

  /** A write has been executed. */
  void executed() {
    sim.checker.executed(backend, guard.promotedEpoch());
  }

  // ---- following

  /** Whether a snapshot of this history may replace all data. */
  boolean takes(ReplicationId history) {
    boolean takes = histories.isEmpty() || histories.contains(history);
    if (!takes) {
      refusedHistory = history;
      world.tally.add(Tally.Seen.ENGINE_HISTORY_REFUSED);
    }
    return takes;
  }
}
