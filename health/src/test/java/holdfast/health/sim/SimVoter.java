package holdfast.health.sim;

import holdfast.backend.lease.LeaseReply;
import holdfast.backend.lease.LeaseRequest;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.ReplicationId;
import holdfast.backend.model.Role;
import holdfast.backend.model.RunId;
import holdfast.health.failover.Attempt;
import holdfast.health.failover.Stage;
import holdfast.health.lease.LeaseGrants;
import holdfast.health.vote.Durable;
import holdfast.health.vote.PeerMessage;
import holdfast.health.vote.Voter;
import holdfast.health.vote.VoterConfig;
import holdfast.health.vote.VoterEffect;
import holdfast.health.vote.VoterEvent;
import holdfast.health.vote.VoterState;
import holdfast.health.vote.Watching;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The production voter in a simulated process: its shell, its disk and its clock. */
final class SimVoter extends World.Node {
  private static final long TICK_NANOS = 40 * World.MS;

  private final Simulation sim;
  private final World world;
  final VoterConfig config;
  private final double clockRate;
  private final long clockStart;
  private final Map<NodeAddress, SimConnection> links = new HashMap<>();
  private final Map<Long, Consumer<LeaseReply>> askers = new HashMap<>();
  private List<Waiting> waiting = new ArrayList<>();
  private @Nullable Durable disk;
  private VoterState state;
  private long lastAsker;
  private boolean crashAtNextWrite;

  private record Waiting(LeaseRequest.Watch watch, long untilNanos, Consumer<LeaseReply> answer) {}

  SimVoter(Simulation sim, int index, VoterConfig config) {
    super(config.self().value(), index);
    this.sim = sim;
    this.world = sim.world;
    this.config = config;
    // Rates within 1 in 200 of true time: two differ by at most 1 in 100.
    this.clockRate = 1 + (world.random.nextDouble() - 0.5) / 100;
    this.clockStart = world.random.nextLong();
    world.tally.add(Tally.Seen.CLOCKS_DRIFT);
    Durable blank = Durable.blank(config.self(), sim.freshId());
    disk = blank;
    state = VoterState.start(config, blank, clock());
    begin();
  }

  private long clock() {
    return clockStart + (long) (world.nowNanos() * clockRate);
  }

  VoterState state() {
    return state;
  }

  NodeId id() {
    return config.self();
  }

  @Nullable AcceptedRecord record() {
    return state.durable().record();
  }

  private void begin() {
    int born = life;
    every(TICK_NANOS, born, () -> on(new VoterEvent.Tick(world.random.nextInt(1024))));
    every(config.detect().pingNanos(), born, this::pingAll);
    every(
        config.detect().infoNanos(),
        born,
        () -> state.watches().forEach(watch -> askInfo(watch.address())));
  }

  private void every(long periodNanos, int born, Runnable work) {
    world.after(
        periodNanos + world.between(0, periodNanos / 10),
        () -> {
          if (life == born) {
            if (!paused) {
              work.run();
            }
            every(periodNanos, born, work);
          }
        });
  }

  // ---- the step

  void on(VoterEvent event) {
    VoterState before = falsified(state, event);
    Voter.Step step = Voter.step(config, before, clock(), event);
    state = step.state();
    observe(before, event);
    for (VoterEffect effect : step.effects()) {
      if (!perform(effect)) {
        return;
      }
    }
    if (before.durable().votedEpoch() != state.durable().votedEpoch()
        || before.durable().fingerprint() != state.durable().fingerprint()) {
      tellWatching();
    }
  }

  /** The tests' injections: what a voter knows, as it would be without a guard. */
  private VoterState falsified(VoterState s, VoterEvent event) {
    if (sim.options.off().isEmpty()) {
      return s;
    }
    LeaseGrants grants = sim.options.has(Guard.FENCE_WAIT) ? s.grants() : LeaseGrants.none();
    Stage stage = s.stage() instanceof Stage.Running running ? falsified(running) : s.stage();
    Durable durable = s.durable();
    AcceptedRecord record = durable.record();
    if (record != null && record.former() != null && !sim.options.has(Guard.SETTLED)) {
      durable = with(durable, settled(record));
    }
    if (record == null && !durable.isBlank() && !sim.options.has(Guard.FOUNDERS)) {
      durable = withWhoeverAsks(durable, event);
    }
    return new VoterState(
        durable,
        grants,
        s.busyUntilNanos(),
        s.watches(),
        s.peers(),
        stage,
        s.preVote(),
        s.preVoteRound(),
        s.standing(),
        s.standAtNanos(),
        s.unfinishedAtNanos(),
        s.heardEpoch(),
        s.failures(),
        s.links(),
        s.wrongs(),
        s.acceptedNanos(),
        s.tickNanos(),
        s.helloNanos(),
        s.decided(),
        s.plannedEpoch(),
        s.order(),
        s.maintenanceSaid(),
        s.change(),
        s.strangers(),
        s.notice());
  }

  private static Durable with(Durable d, AcceptedRecord record) {
    return new Durable(
        d.self(),
        d.incarnation(),
        d.members(),
        d.votedEpoch(),
        d.votedFor(),
        record,
        record.fingerprint(),
        d.chain(),
        d.longestLeaseNanos(),
        d.maintenance());
  }

  private static Durable withWhoeverAsks(Durable d, VoterEvent event) {
    if (!(event instanceof VoterEvent.PeerSaid said)
        || !(said.message() instanceof PeerMessage.VoteAsk ask)
        || ask.hasRecord()
        || ask.members().stream().noneMatch(one -> one.incarnation().equals(d.incarnation()))) {
      return d;
    }
    return new Durable(
        d.self(),
        d.incarnation(),
        ask.members(),
        d.votedEpoch(),
        d.votedFor(),
        null,
        0,
        d.chain(),
        d.longestLeaseNanos(),
        d.maintenance());
  }

  private static AcceptedRecord settled(AcceptedRecord r) {
    return new AcceptedRecord(
        r.epoch(),
        r.baseEpoch(),
        r.master(),
        r.masterRunId(),
        r.startOffset(),
        r.replicationIds(),
        r.voters(),
        r.backends(),
        r.adopted(),
        r.replicasRequired(),
        r.leaseNanos(),
        r.engineLeaseNanos(),
        null,
        r.formerVoters());
  }

  private Stage falsified(Stage.Running running) {
    Attempt a = running.attempt();
    AcceptedRecord base = a.base();
    if (base != null && !sim.options.has(Guard.OLD_SET)) {
      base = settled(base);
    }
    EpochChain chain = a.chain();
    if (running instanceof Stage.Consulting && !sim.options.has(Guard.START_OFFSET)) {
      var links = new ArrayList<EpochChain.Link>();
      for (EpochChain.Link link : chain.links()) {
        links.add(new EpochChain.Link(link.epoch(), link.baseEpoch(), 0, link.replicationIds()));
      }
      chain = new EpochChain(links);
    }
    return base == a.base() && chain == a.chain()
        ? running
        : running.with(
            new Attempt(
                a.epoch(),
                a.members(),
                base,
                chain,
                a.votes(),
                a.refused(),
                a.decided(),
                a.avoid(),
                a.change(),
                a.startedNanos(),
                a.reason(),
                a.planned()));
  }

  /** What a consulted backend said, as the core would hear it without a guard. */
  private void consulted(VoterEffect.Consult consult, NodeInfo info) {
    NodeInfo told = info;
    if (state.stage() instanceof Stage.Consulting consulting) {
      Attempt attempt = consulting.attempt();
      AcceptedRecord base = attempt.base();
      boolean unknown = attempt.chain().positionOf(info) == null && info.dataOffset() > 1;
      if (unknown && !sim.options.has(Guard.UNKNOWN_HISTORY) && base != null) {
        told = like(info, info.runId(), attempt.chain().links().getFirst().replicationIds(), 2);
      }
      if (!sim.options.has(Guard.CONSULT_ENOUGH) && base != null) {
        for (AcceptedRecord.BackendEntry entry : base.backends()) {
          RunId run = recorded(base, entry.address());
          if (!entry.address().equals(consult.backend()) && run != null) {
            NodeInfo made = like(info, run, attempt.chain().links().getFirst().replicationIds(), 2);
            boolean answered =
                consulting.answers().stream()
                    .anyMatch(answer -> answer.backend().equals(entry.address()));
            if (!answered) {
              on(new VoterEvent.Consulted(consult.epoch(), entry.address(), made));
            }
          }
        }
      }
    }
    on(new VoterEvent.Consulted(consult.epoch(), consult.backend(), told));
  }

  private static @Nullable RunId recorded(AcceptedRecord base, NodeAddress backend) {
    RunId run = backend.equals(base.master()) ? base.masterRunId() : null;
    for (AcceptedRecord.Adopted entry : base.adopted()) {
      run = entry.address().equals(backend) ? entry.runId() : run;
    }
    return run;
  }

  private static NodeInfo like(NodeInfo info, RunId run, List<ReplicationId> ids, long offset) {
    return new NodeInfo(
        run,
        Role.REPLICA,
        info.masterAddress() == null ? new NodeAddress("nobody", 1) : info.masterAddress(),
        false,
        false,
        false,
        ids.getFirst(),
        null,
        -1,
        offset,
        offset,
        1,
        info.priority(),
        List.of());
  }

  private void observe(VoterState before, VoterEvent event) {
    Stage stage = state.stage();
    if (stage instanceof Stage.Fencing fencing && !(before.stage() instanceof Stage.Fencing)) {
      sim.checker.leads(id(), stage.epoch());
      world.tally.add(
          fencing.deadlineNanos() - clock() > 0
              ? Tally.Seen.FENCE_WAITED
              : Tally.Seen.FENCE_AT_ONCE);
    }
    if (!(before.stage() instanceof Stage.Fencing)
        && stage instanceof Stage.Running
        && !(stage instanceof Stage.Voting)
        && before.stage() instanceof Stage.Voting) {
      sim.checker.leads(id(), stage.epoch());
      if (!(stage instanceof Stage.Fencing)) {
        world.tally.add(Tally.Seen.FENCE_AT_ONCE);
      }
    }
    if (before.stage() instanceof Stage.Fencing fencing
        && stage instanceof Stage.Consulting
        && fencing.deadlineNanos() - clock() > 20 * World.MS) {
      world.tally.add(Tally.Seen.GIVE_UP_SHORTENED_FENCE);
    }
    if (stage instanceof Stage.Activating activating
        && activating.attempt().base() == null
        && !(before.stage() instanceof Stage.Activating)) {
      sim.checker.firstStart(id(), stage.epoch());
      if (!activating.attempt().members().equals(before.durable().members())) {
        world.tally.add(Tally.Seen.FOUNDED_WITH_ANOTHER);
      }
    }
    if (event instanceof VoterEvent.Consulted consulted
        && before.stage() instanceof Stage.Consulting consulting) {
      look(consulting.attempt(), consulted);
    }
    if (stage instanceof Stage.Consulting consulting
        && !(before.stage() instanceof Stage.Consulting)) {
      AcceptedRecord base = consulting.attempt().base();
      if (base != null && base.former() != null) {
        world.tally.add(
            base.unsettled() == null ? Tally.Seen.OLD_SET_SETTLED : Tally.Seen.OLD_SET_CONSULTED);
      }
      if (consulting.attempt().avoid() != null) {
        world.tally.add(Tally.Seen.TOO_FEW_REPLICAS);
      }
    }
    if (before.stage() instanceof Stage.Consulting consulting
        && consulting.attempt().base() != null
        && consulting.attempt().base().replicasRequired() > 0) {
      if (stage instanceof Stage.Promoting) {
        world.tally.add(Tally.Seen.ENOUGH_CONSULTED);
      } else if (stage instanceof Stage.GivenUp) {
        world.tally.add(Tally.Seen.TOO_FEW_CONSULTED);
      }
    }
    if (event instanceof VoterEvent.Consulted consulted) {
      AcceptedRecord record = state.durable().record();
      if (record != null) {
        world.tally.add(
            record.knowsProcess(consulted.backend(), consulted.info().runId())
                ? Tally.Seen.RUN_ID_KNOWN
                : Tally.Seen.RUN_ID_UNKNOWN);
      }
    }
    if (event instanceof VoterEvent.PeerSaid said
        && said.message() instanceof PeerMessage.Activate activate
        && activate.record().epoch() > before.durable().acceptedEpoch()) {
      world.tally.add(
          state.durable().acceptedEpoch() == activate.record().epoch()
              ? Tally.Seen.RECORD_ACCEPTED
              : Tally.Seen.RECORD_REFUSED);
    }
    if (event instanceof VoterEvent.PeerSaid said
        && said.message() instanceof PeerMessage.ConfirmAsk ask) {
      world.tally.add(
          state.durable().votedEpoch() <= ask.epoch()
              ? Tally.Seen.CONFIRM_ALLOWED
              : Tally.Seen.CONFIRM_REFUSED);
    }
  }

  private void look(Attempt attempt, VoterEvent.Consulted consulted) {
    NodeInfo info = consulted.info();
    EpochChain.Position position = attempt.chain().positionOf(info);
    if (position == null) {
      if (info.dataOffset() > 1) {
        world.tally.add(Tally.Seen.HISTORY_UNKNOWN);
      }
      return;
    }
    for (EpochChain.Link link : attempt.chain().links()) {
      if (link.epoch() > position.epoch() && link.replicationIds().contains(info.replicationId())) {
        world.tally.add(Tally.Seen.NOT_REACHED_ITS_START);
      }
    }
  }

  /** False if the process died of it. */
  private boolean perform(VoterEffect effect) {
    switch (effect) {
      case VoterEffect.Persist persist -> {
        if (crashAtNextWrite) {
          crashAtNextWrite = false;
          world.tally.add(Tally.Seen.VOTER_KILLED_WHILE_WRITING);
          if (world.random.nextBoolean()) {
            write(persist.durable());
          }
          kill();
          world.after(world.between(100, 900) * World.MS, this::restart);
          return false;
        }
        write(persist.durable());
      }
      case VoterEffect.Send send -> {
        tally(send.message());
        SimVoter to = sim.voter(send.to());
        world.send(this, to, () -> to.on(new VoterEvent.PeerSaid(id(), send.message())));
      }
      case VoterEffect.Reply reply -> {
        Consumer<LeaseReply> asker = askers.remove(reply.replyTo());
        if (asker != null) {
          asker.accept(reply.reply());
        }
      }
      case VoterEffect.AskInfo ask -> askInfo(ask.backend());
      case VoterEffect.LookNow look -> askInfo(look.backend());
      case VoterEffect.SwitchAnswered said ->
          sim.switchovers.answered(said.replyTo(), said.answer());
      case VoterEffect.Pause pause ->
          sim.switchovers.pause(links.get(pause.backend()), pause.nanos());
      case VoterEffect.Resume resume -> sim.switchovers.resume(links.get(resume.backend()));
      case VoterEffect.Nudge nudge -> {
        SimBackend backend = sim.backend(nudge.backend());
        world.send(this, backend, backend::nudge);
      }
      case VoterEffect.OpenLink open -> open(open.epoch(), open.backend());
      case VoterEffect.CloseLink close -> {
        SimConnection link = links.remove(close.backend());
        if (link != null) {
          link.close();
        }
      }
      case VoterEffect.Consult consult -> consult(consult);
      case VoterEffect.Promote promote -> promote(promote);
      case VoterEffect.Repoint repoint -> repoint(repoint);
      case VoterEffect.ChangeAnswer answer -> {
        world.log(() -> name + ": change " + answer.done() + ", " + answer.text());
        world.tally.add(
            answer.done()
                ? Tally.Seen.CHANGE_DONE
                : answer.text().contains("not settled")
                    ? Tally.Seen.CHANGE_UNSETTLED
                    : Tally.Seen.CHANGE_REFUSED);
      }
      case VoterEffect.Note note -> world.log(() -> name + ": " + note.text());
    }
    return true;
  }

  private void write(Durable durable) {
    sim.checker.persisted(durable);
    if (sim.options.has(Guard.DURABLE_VOTES) || disk == null || disk.isBlank()) {
      disk = durable;
    }
  }

  private void tally(PeerMessage message) {
    switch (message) {
      case PeerMessage.VoteAnswer answer ->
          world.tally.add(answer.voted() ? Tally.Seen.VOTE_ALLOWED : Tally.Seen.VOTE_REFUSED);
      case PeerMessage.PreVoteAnswer answer ->
          world.tally.add(
              answer.agreed() ? Tally.Seen.PRE_VOTE_ALLOWED : Tally.Seen.PRE_VOTE_REFUSED);
      case PeerMessage.Hello _,
          PeerMessage.PreVoteAsk _,
          PeerMessage.VoteAsk _,
          PeerMessage.ConfirmAsk _,
          PeerMessage.Confirmed _,
          PeerMessage.Activate _,
          PeerMessage.Accepted _ -> {}
    }
  }

  // ---- backends

  private void pingAll() {
    state.watches().forEach(watch -> ping(sim.backend(watch.address())));
  }

  private void ping(SimBackend backend) {
    watching(backend, () -> new VoterEvent.BackendReplied(backend.address));
  }

  private void askInfo(NodeAddress address) {
    SimBackend backend = sim.backend(address);
    watching(backend, () -> new VoterEvent.BackendInformed(address, backend.info()));
  }

  private void watching(SimBackend backend, java.util.function.Supplier<VoterEvent> answer) {
    if (!backend.alive) {
      // The host says that nobody listens, if it can be reached.
      if (!world.isCut(this, backend) && !world.isCut(backend, this)) {
        int born = life;
        world.after(
            world.delayNanos(),
            () -> {
              if (life == born && !backend.alive) {
                world.atNode(this, () -> on(new VoterEvent.BackendRefused(backend.address)));
              }
            });
        if (!againSoon) {
          againSoon = true;
          world.after(
              60 * World.MS,
              () -> {
                againSoon = false;
                if (life == born && !paused && !backend.alive) {
                  ping(backend);
                }
              });
        }
      }
      return;
    }
    int backendLife = backend.life;
    int born = life;
    world.send(
        this,
        backend,
        () -> {
          if (backend.life == backendLife) {
            VoterEvent event = answer.get();
            world.send(
                backend,
                this,
                () -> {
                  if (life == born && backend.life == backendLife) {
                    on(event);
                  }
                });
          }
        });
  }

  private boolean againSoon;

  /** The watching connection to a backend that has died is reset. */
  void backendDied(SimBackend backend) {
    if (!world.isCut(backend, this)) {
      int born = life;
      world.after(
          world.delayNanos(),
          () -> {
            if (life == born) {
              world.atNode(this, () -> on(new VoterEvent.BackendLost(backend.address)));
              world.atNode(this, () -> ping(backend));
            }
          });
    }
  }

  private void open(long epoch, NodeAddress address) {
    SimBackend backend = sim.backend(address);
    int born = life;
    SimConnection before = links.remove(address);
    if (before != null) {
      before.close();
    }
    if (!backend.alive) {
      boolean refused = !world.isCut(this, backend) && !world.isCut(backend, this);
      world.after(
          refused ? world.delayNanos() : 800 * World.MS,
          () -> {
            if (life == born) {
              world.atNode(this, () -> on(new VoterEvent.LinkFailed(epoch, address, refused)));
            }
          });
      return;
    }
    var link = new SimConnection[1];
    link[0] =
        new SimConnection(
            world,
            this,
            backend,
            epoch,
            () -> {
              if (links.get(address) == link[0]) {
                links.remove(address);
                on(new VoterEvent.LinkFailed(epoch, address, false));
              }
            });
    links.put(address, link[0]);
    // CLIENT SETNAME and its answer.
    link[0].send(() -> link[0].reply(() -> on(new VoterEvent.LinkNamed(epoch, address))));
  }

  private void consult(VoterEffect.Consult consult) {
    SimConnection link = links.get(consult.backend());
    if (link != null) {
      link.send(
          () -> {
            link.shutOutEarlierLeaders();
            NodeInfo info = link.backend.info();
            if (consult.cut() && sim.options.has(Guard.CUT)) {
              link.backend.cut();
            }
            link.reply(() -> consulted(consult, info));
          });
    }
  }

  private void promote(VoterEffect.Promote promote) {
    SimConnection link = links.get(promote.backend());
    if (link != null) {
      boolean atRisk = atRisk(promote.backend());
      link.send(
          () -> {
            link.backend.commanded(promote.epoch());
            sim.checker.promoted(promote.epoch(), link.backend, atRisk);
            link.backend.promote();
            world.log(() -> link.backend.name + " promoted in epoch " + promote.epoch());
            NodeInfo info = link.backend.info();
            link.reply(() -> on(new VoterEvent.Promoted(promote.epoch(), promote.backend(), info)));
          });
    }
  }

  /** By an operator's word, or at a cold start. */
  private boolean atRisk(NodeAddress backend) {
    if (!(state.stage() instanceof Stage.Promoting promoting)) {
      throw new IllegalStateException("promotes in stage " + state.stage());
    }
    AcceptedRecord base = promoting.attempt().base();
    return base == null
        || promoting.attempt().decided() != null
        || !base.knowsProcess(backend, promoting.choice().answer().info().runId());
  }

  private void repoint(VoterEffect.Repoint repoint) {
    SimConnection link = links.get(repoint.backend());
    if (link != null) {
      link.send(
          () -> {
            link.shutOutEarlierLeaders();
            link.backend.replicaOf(repoint.master(), link);
            world.log(() -> link.backend.name + " follows " + repoint.master() + " by " + name);
            link.reply(() -> on(new VoterEvent.Repointed(repoint.epoch(), repoint.backend())));
          });
    }
  }

  // ---- holders

  void asked(LeaseRequest request, Consumer<LeaseReply> answer) {
    if (request instanceof LeaseRequest.Watch watch && !Watching.isNews(state, watch)) {
      waiting.add(new Waiting(watch, world.nowNanos() + watch.waitMillis() * World.MS, answer));
      return;
    }
    long asker = ++lastAsker;
    askers.put(asker, answer);
    on(new VoterEvent.HolderAsked(request, asker));
  }

  private void tellWatching() {
    var still = new ArrayList<Waiting>();
    for (Waiting held : waiting) {
      if (held.untilNanos() < world.nowNanos()) {
        continue;
      }
      if (Watching.isNews(state, held.watch())) {
        held.answer().accept(Watching.answer(state, held.watch()));
      } else {
        still.add(held);
      }
    }
    waiting = still;
  }

  // ---- life

  void crashAtNextWrite() {
    crashAtNextWrite = true;
  }

  void kill() {
    world.crash(this);
    links.values().forEach(SimConnection::close);
    links.clear();
    askers.clear();
    waiting.clear();
    world.log(() -> name + " killed");
  }

  void wipe() {
    disk = null;
  }

  /** Whether the record names this very incarnation. */
  boolean isMemberOf(AcceptedRecord record) {
    AcceptedRecord.VoterEntry entry = record.voter(id());
    return entry != null && entry.incarnation().equals(state.durable().incarnation());
  }

  void restart() {
    if (alive) {
      return;
    }
    alive = true;
    Durable durable = disk;
    if (durable == null) {
      durable = Durable.blank(config.self(), sim.freshId());
      disk = durable;
    }
    state = VoterState.start(config, durable, clock());
    world.log(() -> name + " restarted");
    begin();
  }
}
