package holdfast.health.sim;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeId;
import holdfast.health.failover.Change;
import holdfast.health.vote.ChangeRequest;
import holdfast.health.vote.VoterEvent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Draws faults from the schedule's seed, and heals them all. */
final class Faults {
  private static final long MS = World.MS;

  private final Simulation sim;
  private final World world;
  private boolean wiped;
  private boolean healed;

  Faults(Simulation sim) {
    this.sim = sim;
    this.world = sim.world;
  }

  /** The fault that brings a switch about. */
  void hitMaster() {
    SimBackend master = master();
    if (sim.options.changes() && world.chance(0.6)) {
      changeThenHit(master);
      return;
    }
    switch (world.random.nextInt(6)) {
      case 0, 1 -> killBackend(master);
      case 2 -> pause(master, Tally.Seen.BACKEND_PAUSED);
      case 3 -> isolate(List.of(master), false);
      case 4 -> isolate(List.of(master, pick(sim.holders), pick(sim.voters)), false);
      default -> isolate(List.of(master), true);
    }
  }

  void next() {
    if (sim.changing && world.chance(0.5)) {
      change();
    }
    if (sim.options.clocksLie()) {
      lie();
    }
    switch (world.random.nextInt(21)) {
      case 0 -> killBackend(master());
      case 1 -> killBackend(pick(sim.backends));
      case 2 -> restartBackends();
      case 3 -> pause(master(), Tally.Seen.BACKEND_PAUSED);
      case 4 -> pause(pick(sim.backends), Tally.Seen.BACKEND_PAUSED);
      case 5 -> pause(pick(sim.voters), Tally.Seen.VOTER_PAUSED);
      case 6 -> pause(pick(sim.holders), Tally.Seen.HOLDER_PAUSED);
      case 7 -> killVoter(pick(sim.voters));
      case 8 -> pick(sim.voters).crashAtNextWrite();
      case 9 -> isolate(List.of(pick(world.nodes())), false);
      case 10 -> isolate(List.of(pick(world.nodes())), true);
      case 11 -> isolate(List.of(pick(sim.voters), pick(sim.backends), pick(sim.holders)), false);
      case 12 -> world.healNetwork();
      case 13 -> restartHolder();
      case 14 -> loseDisk();
      case 15 -> isolateAmongBackends(master());
      case 17 -> forgetHistory(master());
      case 16 -> replaceInAMoment(master());
      case 18 -> sim.switchovers.ask(pick(sim.voters));
      case 19 -> hideFromLeader(master());
      default -> restartAll();
    }
  }

  /** A holder's clock goes back, be it a proxy's or an engine's. */
  private void lie() {
    long nanos = world.between(300, 1_500) * MS;
    SimBackend master = master();
    SimEngine engine = master.engine();
    if (engine != null && world.chance(0.5)) {
      world.tally.add(Tally.Seen.ENGINE_CLOCK_LIED);
      world.log(() -> master.name + "'s clock goes back");
      engine.loseTime(nanos);
      return;
    }
    SimHolder liar = pick(sim.holders);
    world.log(() -> liar.name + "'s clock goes back");
    liar.loseTime(nanos);
  }

  private <T> T pick(List<T> from) {
    return from.get(world.random.nextInt(from.size()));
  }

  private SimBackend master() {
    AcceptedRecord latest = sim.latest();
    return latest == null ? pick(sim.backends) : sim.backend(latest.master());
  }

  /** Its links to the other backends fail, those to everybody else do not. */
  private void isolateAmongBackends(SimBackend backend) {
    world.tally.add(Tally.Seen.BACKENDS_CUT_OFF);
    world.log(() -> "cut off " + backend.name + " from the other backends");
    for (SimBackend other : sim.backends) {
      if (other != backend) {
        world.cut(backend, other, true);
        world.cut(other, backend, true);
      }
    }
  }

  /** One replica falls behind, another leaves or K is raised, and the master dies. */
  private void changeThenHit(SimBackend master) {
    AcceptedRecord record = sim.latest();
    if (record == null) {
      return;
    }
    var replicas = new ArrayList<SimBackend>();
    for (SimBackend backend : sim.backends) {
      if (backend != master && Simulation.isBackend(record, backend)) {
        replicas.add(backend);
      }
    }
    SimBackend behind = pick(replicas);
    replicas.remove(behind);
    world.log(() -> "cut off " + behind.name + " from " + master.name);
    world.cut(master, behind, true);
    world.cut(behind, master, true);
    ChangeRequest request =
        world.chance(0.7)
            ? of(new Change.RemoveBackend(pick(replicas).address))
            : of(new Change.SetReplicasRequired(record.replicasRequired() + 1));
    world.after(world.between(100, 400) * MS, () -> ask(pick(sim.voters), request));
    world.after(world.between(420, 700) * MS, () -> killBackend(master));
  }

  /**
   * A voter loses sight of the master, and is asked for a change: it leads an epoch without it,
   * while the others may see it well and hear from it.
   */
  private void hideFromLeader(SimBackend master) {
    AcceptedRecord record = sim.latest();
    if (record == null) {
      return;
    }
    SimVoter voter = pick(sim.voters);
    world.tally.add(Tally.Seen.MASTER_HIDDEN_FROM_LEADER);
    world.log(() -> voter.name + " loses sight of " + master.name);
    world.cut(voter, master, true);
    world.cut(master, voter, true);
    ask(voter, of(new Change.SetLeases(record.leaseNanos() + MS, record.engineLeaseNanos())));
    world.after(world.between(200, 2_000) * MS, world::healNetwork);
  }

  private void forgetHistory(SimBackend backend) {
    if (!backend.alive) {
      return;
    }
    world.log(() -> backend.name + " forgets its history");
    backend.forgetHistory();
    if (world.chance(0.5)) {
      world.after(world.between(30, 300) * MS, () -> killBackend(backend));
    }
  }

  /** It dies and is there again before anybody can have noticed, most often empty. */
  private void replaceInAMoment(SimBackend backend) {
    if (!backend.alive) {
      return;
    }
    world.log(() -> backend.name + " killed for a moment");
    backend.kill();
    sim.voters.forEach(voter -> voter.backendDied(backend));
    world.after(world.between(1, 50) * MS, () -> restart(backend));
  }

  /** An operator changes the deployment, asking any voter. */
  private void change() {
    AcceptedRecord record = sim.latest();
    if (record == null) {
      return;
    }
    ChangeRequest request = draw(record);
    if (request != null) {
      ask(pick(sim.voters), request);
    }
  }

  private void ask(SimVoter asked, ChangeRequest request) {
    if (!asked.alive || asked.paused) {
      return;
    }
    world.log(() -> "an operator asks " + asked.name + " for " + request);
    asked.on(new VoterEvent.ChangeAsked(request, 0));
  }

  private @Nullable ChangeRequest draw(AcceptedRecord record) {
    SimBackend some = pick(sim.backends);
    boolean in = Simulation.isBackend(record, some);
    switch (world.random.nextInt(7)) {
      case 0 -> {
        return of(
            new Change.SetReplicasRequired(world.random.nextInt(sim.options.durable() ? 1 : 0, 3)));
      }
      case 1 -> {
        return of(new Change.SetPriority(some.address, world.random.nextInt(2)));
      }
      case 2 -> {
        return of(new Change.SetLeases(world.between(300, 600) * MS, 250 * MS));
      }
      case 3, 4 -> {
        return of(
            in
                ? new Change.RemoveBackend(some.address)
                : new Change.AddBackend(new AcceptedRecord.BackendEntry(some.address, 100)));
      }
      case 5 -> {
        for (SimBackend other : sim.backends) {
          if (!Simulation.isBackend(record, other)) {
            return of(new Change.ReplaceBackend(some.address, other.address));
          }
        }
        return null;
      }
      default -> {
        return voters(record);
      }
    }
  }

  private @Nullable ChangeRequest voters(AcceptedRecord record) {
    SimVoter some = pick(sim.voters);
    NodeId id = some.id();
    if (record.hasVoter(id) && !some.isMemberOf(record)) {
      world.tally.add(Tally.Seen.VOTER_REPLACED);
      return new ChangeRequest.ReplaceVoter(id, id, some.config.address());
    }
    if (wiped) {
      return null; // no second loss: too many would be gone
    }
    wiped = true;
    return record.hasVoter(id)
        ? of(new Change.RemoveVoter(id))
        : new ChangeRequest.AddVoter(id, some.config.address());
  }

  private static ChangeRequest of(Change change) {
    return new ChangeRequest.Of(change);
  }

  private void killBackend(SimBackend backend) {
    if (!backend.alive || healed) {
      return;
    }
    world.tally.add(Tally.Seen.BACKEND_KILLED);
    world.log(() -> backend.name + " killed");
    backend.kill();
    sim.voters.forEach(voter -> voter.backendDied(backend));
    if (world.chance(0.6)) {
      world.after(world.between(20, 1_500) * MS, () -> restart(backend));
    }
  }

  private void restart(SimBackend backend) {
    if (backend.alive) {
      return;
    }
    int kind = world.random.nextInt(10);
    int keep =
        kind < 5 ? backend.length() : kind < 8 ? world.random.nextInt(backend.length() + 1) : 0;
    world.tally.add(
        keep == backend.length()
            ? Tally.Seen.BACKEND_RESTARTED_FULL
            : keep == 0
                ? Tally.Seen.BACKEND_RESTARTED_EMPTY
                : Tally.Seen.BACKEND_RESTARTED_WITH_PREFIX);
    world.log(() -> backend.name + " restarts with " + keep + " of " + backend.length());
    backend.restart(keep);
    sim.checker.restarted();
  }

  private void restartBackends() {
    sim.backends.forEach(this::restart);
  }

  private void restartAll() {
    if (world.chance(0.7)) {
      return;
    }
    world.tally.add(Tally.Seen.ALL_BACKENDS_RESTARTED);
    for (SimBackend backend : sim.backends) {
      killBackend(backend);
      restart(backend);
    }
  }

  private void pause(World.Node node, Tally.Seen seen) {
    if (!node.alive || node.paused) {
      return;
    }
    world.tally.add(seen);
    world.log(() -> node.name + " stops");
    node.paused = true;
    int life = node.life;
    world.after(
        world.between(100, 2_500) * MS,
        () -> {
          if (node.life == life && node.paused) {
            world.log(() -> node.name + " goes on");
            world.resume(node);
          }
        });
  }

  private void killVoter(SimVoter voter) {
    if (!voter.alive) {
      return;
    }
    world.tally.add(Tally.Seen.VOTER_KILLED);
    voter.kill();
    world.after(world.between(50, 1_500) * MS, voter::restart);
  }

  /** At most one, and only of several: the others must still be a majority. */
  private void loseDisk() {
    SimVoter voter = pick(sim.voters);
    if (wiped || sim.voters.size() == 1 || world.chance(0.6)) {
      return;
    }
    wiped = true;
    loseDisk(voter, world.between(50, 1_500) * MS);
  }

  private void loseDisk(SimVoter voter, long goneNanos) {
    world.tally.add(
        sim.latest() == null
            ? Tally.Seen.DISK_LOST_BEFORE_A_RECORD
            : Tally.Seen.VOTER_LOST_ITS_DISK);
    voter.kill();
    voter.wipe();
    world.log(() -> voter.name + " lost its disk");
    world.after(goneNanos, voter::restart);
  }

  /** Voters that lose their disks while the first start goes slowly. */
  void loseDisks(int count) {
    if (count == 0 || sim.voters.size() == 1) {
      return;
    }
    wiped = true; // none beyond these
    if (count > 1 && world.chance(0.5)) {
      // Of those of the first start: the spare one that nobody knows keeps nothing.
      loseTheRecord(pick(sim.voters.subList(0, Math.min(3, sim.voters.size()))));
      return;
    }
    world.lossRate = world.random.nextDouble() * 0.6;
    var left = new ArrayList<>(sim.voters);
    for (int i = 0; i < count && left.size() > 1; i++) {
      SimVoter voter = pick(left);
      left.remove(voter);
      world.after(
          world.between(100, 900) * MS,
          () -> {
            if (voter.alive) {
              loseDisk(voter, world.between(20, 200) * MS);
            }
          });
    }
  }

  /**
   * One voter votes, and hears nothing more; as soon as the others have put the record in force
   * they all lose their disks, and the one that has its own never had the record.
   */
  private void loseTheRecord(SimVoter keeper) {
    world.after(
        MS / 2,
        () -> {
          if (keeper.record() != null || healed) {
            return;
          }
          if (keeper.state().durable().votedEpoch() > 0 && sim.latest() != null) {
            sim.voters.forEach(other -> world.cut(other, keeper, true));
          }
          if (sim.checker.inForceEpoch() == 0) {
            loseTheRecord(keeper);
            return;
          }
          for (SimVoter voter : sim.voters) {
            if (voter != keeper && voter.alive) {
              loseDisk(voter, world.between(20, 200) * MS);
            }
          }
          world.after(20 * MS, world::healNetwork);
        });
  }

  private void restartHolder() {
    world.tally.add(Tally.Seen.HOLDER_RESTARTED);
    pick(sim.holders).restart();
  }

  private void isolate(List<? extends World.Node> group, boolean oneWay) {
    world.tally.add(oneWay ? Tally.Seen.ONE_WAY_CUT : Tally.Seen.PARTITION);
    var others = new ArrayList<World.Node>(world.nodes());
    others.removeAll(group);
    boolean outward = world.random.nextBoolean();
    world.log(() -> "cut off " + names(group) + (oneWay ? (outward ? " >" : " <") : ""));
    for (World.Node inside : group) {
      for (World.Node outside : others) {
        if (!oneWay || outward) {
          world.cut(inside, outside, true);
        }
        if (!oneWay || !outward) {
          world.cut(outside, inside, true);
        }
      }
    }
    if (world.chance(0.5)) {
      world.after(world.between(200, 2_000) * MS, world::healNetwork);
    }
  }

  private static String names(List<? extends World.Node> group) {
    var names = new ArrayList<String>();
    group.forEach(node -> names.add(node.name));
    return names.toString();
  }

  /** All run again, nothing is lost or cut; what was on its way still arrives. */
  void heal() {
    healed = true;
    world.log(() -> "healed");
    world.healNetwork();
    for (World.Node node : world.nodes()) {
      if (node.paused) {
        world.resume(node);
      }
    }
    sim.voters.forEach(SimVoter::restart);
    restartBackends();
  }
}
