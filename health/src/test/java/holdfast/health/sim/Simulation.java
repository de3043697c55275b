package holdfast.health.sim;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.BackendEntry;
import holdfast.backend.model.EpochChain.Position;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.health.detect.DetectTimings;
import holdfast.health.failover.FailoverConfig;
import holdfast.health.vote.Durable;
import holdfast.health.vote.VoterConfig;
import holdfast.health.vote.VoterEvent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One schedule: a first start, some seconds of faults drawn from the seed, then healing and the
 * demand that within a stated time there is one master, every voter has its record, every backend
 * follows it, and every holder's writes are acknowledged in its epoch.
 */
final class Simulation {
  private static final long MS = World.MS;
  private static final long START_NANOS = 800 * MS;
  private static final long FAULTS_NANOS = 1_800 * MS;

  /** Liveness: so long after healing all is well, or an operator has been asked. */
  static final long HEALED_WITHIN_NANOS = 8_000 * MS;

  /** And so long after an operator's word to one voter. */
  static final long DECIDED_WITHIN_NANOS = 6_000 * MS;

  private static final long STEP_NANOS = 250 * MS;

  final World world;
  final SimOptions options;
  final Checker checker;
  final List<SimVoter> voters = new ArrayList<>();
  final List<SimBackend> backends = new ArrayList<>();
  final List<SimHolder> holders = new ArrayList<>();
  final Switchovers switchovers = new Switchovers(this);
  boolean changing;
  private int lastWrite;

  Simulation(long seed, SimOptions options, Tally tally, boolean tracing) {
    this.world = new World(seed, tally, tracing);
    this.options = options;
    this.checker = new Checker(this);
    build();
  }

  private void build() {
    int voterCount = world.chance(0.75) ? 3 : world.chance(0.5) ? 5 : 1;
    int backendCount = world.chance(0.7) ? 3 : world.chance(0.6) ? 5 : 2;
    int holderCount = world.chance(0.7) ? 2 : 1;
    boolean fenced = world.random.nextBoolean();
    // All of them, some of them, or none.
    double engines = options.engines() || world.chance(0.35) ? 1 : world.chance(0.5) ? 0.5 : 0;
    if (options.durable() && backendCount == 2) {
      backendCount = 3;
    }
    int k = world.random.nextInt(options.durable() ? 1 : 0, Math.min(3, backendCount));
    changing = options.changes() || world.chance(0.3);
    int index = 0;
    int spare = changing ? 1 : 0;
    for (int i = 0; i < backendCount + spare; i++) {
      var backend = new SimBackend(world, options, backends, index++, i, fenced);
      if (world.chance(engines)) {
        backend.become(new SimEngine(this, backend));
      }
      backends.add(backend);
    }
    var peers = new ArrayList<VoterConfig.Peer>();
    for (int i = 0; i < voterCount; i++) {
      peers.add(new VoterConfig.Peer(new NodeId("v" + i), new NodeAddress("v" + i, 26379)));
    }
    var entries = new ArrayList<BackendEntry>();
    for (SimBackend backend : backends.subList(0, backendCount)) {
      entries.add(new BackendEntry(backend.address, 100));
    }
    for (int i = 0; i < voterCount; i++) {
      var others = new ArrayList<>(peers);
      VoterConfig.Peer me = others.remove(i);
      voters.add(new SimVoter(this, index++, config(me, others, entries, k)));
    }
    if (changing && voterCount == 3) {
      // A fourth that nobody knows yet; of its peers it knows two, so that it is one of three.
      var me = new VoterConfig.Peer(new NodeId("v9"), new NodeAddress("v9", 26379));
      voters.add(new SimVoter(this, index++, config(me, peers.subList(0, 2), entries, k)));
    }
    for (int i = 0; i < holderCount; i++) {
      holders.add(new SimHolder(this, index++, i));
    }
    backends.forEach(world::add);
    voters.forEach(world::add);
    holders.forEach(world::add);
    world.add(new SimDirect(this, index));
  }

  private static VoterConfig config(
      VoterConfig.Peer me, List<VoterConfig.Peer> peers, List<BackendEntry> entries, int k) {
    return new VoterConfig(
        me.id(),
        me.address(),
        peers,
        (peers.size() + 1) / 2 + 1,
        new DetectTimings(150 * MS, 600 * MS, 700 * MS, 100 * MS, 500 * MS),
        new FailoverConfig(
            entries, k, 500 * MS, 250 * MS, 200 * MS, 100 * MS, 500 * MS, 1_000 * MS, false));
  }

  String freshId() {
    String hex = Long.toHexString(world.random.nextLong() >>> 1);
    return "0".repeat(40 - hex.length()) + hex;
  }

  SimVoter voter(NodeId id) {
    for (SimVoter voter : voters) {
      if (voter.id().equals(id)) {
        return voter;
      }
    }
    throw new IllegalArgumentException(id.value());
  }

  SimBackend backend(NodeAddress address) {
    for (SimBackend backend : backends) {
      if (backend.address.equals(address)) {
        return backend;
      }
    }
    throw new IllegalArgumentException(address.toString());
  }

  int nextWrite() {
    return ++lastWrite;
  }

  // ---- the schedule

  /**
   * Runs it; throws {@link Violation} where an invariant breaks or nothing goes on after healing.
   */
  void run() {
    var faults = new Faults(this);
    faults.loseDisks(options.disksLost());
    world.runUntil(START_NANOS);
    world.lossRate = world.chance(0.4) ? world.random.nextDouble() * 0.2 : 0;
    world.duplicateRate = world.chance(0.3) ? 0.1 : 0;
    world.longDelayRate = world.chance(0.3) ? world.random.nextDouble() * 0.1 : 0;
    long end = START_NANOS + FAULTS_NANOS;
    faults.hitMaster();
    while (world.nowNanos() < end) {
      world.runUntil(Math.min(end, world.nowNanos() + world.between(50, 600) * MS));
      faults.next();
    }
    faults.heal();
    if (options.disksLost() <= 1) {
      awaitProgress(end);
    } else {
      world.runUntil(end + HEALED_WITHIN_NANOS / 2);
    }
    world.tally.schedule(world.events());
  }

  /**
   * Planned switchovers and no fault at all: none may fail, lose anything, or leave it in doubt.
   */
  void runWithoutFaults(int count) {
    String missing = settle(START_NANOS * 4);
    if (!missing.isEmpty()) {
      throw new Violation("does not start: " + missing);
    }
    switchovers.inARow(count);
    world.tally.schedule(world.events());
  }

  private void awaitProgress(long healedNanos) {
    String missing = settle(healedNanos + HEALED_WITHIN_NANOS);
    if (missing.isEmpty()) {
      return;
    }
    if (!operatorIsAsked()) {
      throw new Violation(
          "no progress " + HEALED_WITHIN_NANOS / MS + " ms after healing: " + missing);
    }
    world.tally.add(Tally.Seen.OPERATOR_ASKED);
    AcceptedRecord known = latest();
    SimBackend best = null;
    for (SimBackend backend : backends) {
      if (known != null && isMasterAsItWas(known, backend)) {
        throw new Violation(
            "an operator is asked though the master of epoch "
                + known.epoch()
                + " is there as it was: "
                + missing);
      }
      if ((known == null || known.isCounted(backend.address))
          && (best == null || backend.length() > best.length())) {
        best = backend;
      }
    }
    if (best == null) {
      throw new Violation("nobody to decide for: " + missing);
    }
    NodeAddress chosen = best.address;
    world.log(() -> "the operator decides for " + chosen);
    // Not the spare one, as long as nobody knows it.
    List<SimVoter> members = known == null && voters.size() == 4 ? voters.subList(0, 3) : members();
    SimVoter told = members.get(world.random.nextInt(members.size()));
    told.on(new VoterEvent.OperatorDecided(chosen));
    long toldNanos = world.nowNanos();
    missing = settle(toldNanos + DECIDED_WITHIN_NANOS);
    if (!missing.isEmpty()) {
      throw new Violation(
          "no progress " + DECIDED_WITHIN_NANOS / MS + " ms after an operator's word: " + missing);
    }
    world.tally.decided(world.nowNanos() - toldNanos);
  }

  /**
   * Whether it is the process that this record names, with data that enough voters know to be of
   * its epoch: then it lacks nothing, and nobody need be asked.
   */
  private boolean isMasterAsItWas(AcceptedRecord record, SimBackend backend) {
    if (!backend.address.equals(record.master()) || !backend.runId.equals(record.masterRunId())) {
      return false;
    }
    int accepted = 0;
    for (SimVoter voter : voters) {
      Durable durable = voter.state().durable();
      if (durable.acceptedEpoch() == record.epoch()) {
        Position position = durable.chain().positionOf(backend.info());
        if (position == null || position.epoch() != record.epoch()) {
          return false;
        }
        accepted++;
      }
    }
    return accepted >= record.majority();
  }

  /** The voters say loudly that they wait for an operator's word. */
  private boolean operatorIsAsked() {
    for (SimVoter voter : voters) {
      if (voter.state().notice().contains("HOLDFAST DECIDE")) {
        return true;
      }
    }
    return false;
  }

  static boolean isBackend(AcceptedRecord record, SimBackend backend) {
    return record.backends().stream().anyMatch(entry -> entry.address().equals(backend.address));
  }

  private String settle(long untilNanos) {
    String missing = "";
    while (world.nowNanos() < untilNanos) {
      world.runUntil(world.nowNanos() + STEP_NANOS);
      missing = missing();
      if (missing.isEmpty()) {
        return "";
      }
    }
    return missing;
  }

  /** The voters that the latest record names, in order. */
  List<SimVoter> members() {
    AcceptedRecord latest = latest();
    return voters.stream().filter(voter -> latest == null || voter.isMemberOf(latest)).toList();
  }

  /** The latest record that a voter has. */
  @Nullable AcceptedRecord latest() {
    AcceptedRecord latest = null;
    for (SimVoter voter : voters) {
      AcceptedRecord record = voter.record();
      if (record != null && (latest == null || record.epoch() > latest.epoch())) {
        latest = record;
      }
    }
    return latest;
  }

  /** What keeps it from being well; empty for nothing. */
  private String missing() {
    AcceptedRecord latest = latest();
    if (latest == null) {
      return "no record";
    }
    for (SimVoter voter : voters) {
      AcceptedRecord record = voter.record();
      if (voter.isMemberOf(latest)
          && (record == null
              || record.epoch() != latest.epoch()
              || voter.state().durable().unfinished())) {
        return voter.name + " has not accepted epoch " + latest.epoch();
      }
    }
    SimBackend master = backend(latest.master());
    if (!master.isMaster() || !master.runId.equals(latest.masterRunId())) {
      return master.name + " is not the master of epoch " + latest.epoch();
    }
    for (SimBackend backend : backends) {
      if (backend != master
          && isBackend(latest, backend)
          && (!backend.info().isReplicaOf(master.address) || !backend.info().linkUp())) {
        return backend.name + " does not follow " + master.name;
      }
    }
    for (SimHolder holder : holders) {
      if (holder.heldEpoch() != latest.epoch()) {
        return holder.name + " holds no lease of epoch " + latest.epoch();
      }
    }
    return checker.latestAckEpoch() == latest.epoch()
            && world.nowNanos() - checker.latestAckNanos() < STEP_NANOS
        ? ""
        : "no write is acknowledged in epoch " + latest.epoch();
  }
}
