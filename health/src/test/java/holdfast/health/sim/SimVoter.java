package holdfast.health.sim;

import holdfast.backend.lease.LeaseReply;
import holdfast.backend.lease.LeaseRequest;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.NodeInfo;
import holdfast.health.vote.Durable;
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
  private final SimClock clock;
  private final Injections injections;
  private final VoterSightings sightings;
  private final SimWatching watching;
  private final SimLeading leading;
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
    this.clock = new SimClock(world);
    this.injections = new Injections(sim.options);
    this.sightings = new VoterSightings(sim, this);
    this.watching = new SimWatching(sim, this);
    this.leading = new SimLeading(sim, this);
    world.tally.add(Tally.Seen.CLOCKS_DRIFT);
    Durable blank = Durable.blank(config.self(), sim.freshId());
    disk = blank;
    state = VoterState.start(config, blank, clock());
    begin();
  }

  long clock() {
    return clock.nowNanos();
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
    world.every(TICK_NANOS, this, () -> on(new VoterEvent.Tick(world.random.nextInt(1024))));
    world.every(config.detect().pingNanos(), this, watching::pingAll);
    world.every(
        config.detect().infoNanos(),
        this,
        () -> state.watches().forEach(watch -> watching.askInfo(watch.address())));
  }

  // ---- the step

  void on(VoterEvent event) {
    VoterState before = injections.state(state, event);
    Voter.Step step = Voter.step(config, before, clock(), event);
    state = injections.state(before, event, step.state());
    sightings.stepped(before, event, state);
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

  /** A consulted backend has answered. */
  void consulted(VoterEffect.Consult consult, NodeInfo info) {
    injections.consulted(state, consult, info).forEach(this::on);
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
        sightings.sent(send.message());
        SimVoter to = sim.voter(send.to());
        world.send(this, to, () -> to.on(new VoterEvent.PeerSaid(id(), send.message())));
      }
      case VoterEffect.Reply reply -> {
        Consumer<LeaseReply> asker = askers.remove(reply.replyTo());
        if (asker != null) {
          asker.accept(reply.reply());
        }
      }
      case VoterEffect.AskInfo ask -> watching.askInfo(ask.backend());
      case VoterEffect.LookNow look -> watching.askInfo(look.backend());
      case VoterEffect.SwitchAnswered said ->
          sim.switchovers.answered(said.replyTo(), said.answer());
      case VoterEffect.Pause pause ->
          sim.switchovers.pause(leading.link(pause.backend()), pause.nanos());
      case VoterEffect.Resume resume -> sim.switchovers.resume(leading.link(resume.backend()));
      case VoterEffect.Nudge nudge -> {
        SimBackend backend = sim.backend(nudge.backend());
        world.send(this, backend, backend::nudge);
      }
      case VoterEffect.OpenLink open -> leading.open(open.epoch(), open.backend());
      case VoterEffect.CloseLink close -> leading.close(close.backend());
      case VoterEffect.Consult consult -> leading.consult(consult);
      case VoterEffect.Promote promote -> leading.promote(promote);
      case VoterEffect.Repoint repoint -> leading.repoint(repoint);
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

  /** The watching connection to a backend that has died is reset. */
  void backendDied(SimBackend backend) {
    watching.backendDied(backend);
  }

  void kill() {
    world.crash(this);
    leading.closeAll();
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
