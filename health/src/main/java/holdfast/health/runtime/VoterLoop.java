package holdfast.health.runtime;

import holdfast.backend.lease.LeaseReply;
import holdfast.backend.lease.LeaseRequest;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.health.detect.ClockSpread;
import holdfast.health.report.StartSeen;
import holdfast.health.report.SwitchText;
import holdfast.health.store.FileVoterStore;
import holdfast.health.store.VoterStoreException;
import holdfast.health.vote.ChangeRequest;
import holdfast.health.vote.Durable;
import holdfast.health.vote.EngineOrders;
import holdfast.health.vote.SwitchAnswer;
import holdfast.health.vote.Voter;
import holdfast.health.vote.VoterConfig;
import holdfast.health.vote.VoterEffect;
import holdfast.health.vote.VoterEvent;
import holdfast.health.vote.VoterState;
import holdfast.health.vote.Watching;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feeds the core with events and performs its effects, in order, on one event loop. Events that
 * come up while effects are performed wait their turn. If a vote cannot be written the voter stops
 * for good: what follows in the list, and all later events, are dropped.
 */
final class VoterLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(VoterLoop.class);
  private static final long TICK_MILLIS = 10;
  private static final long REMOVED_IS_TOLD_SECONDS = 30;
  static final int WATCHES_MAX = 16_384;

  /** A holder that waits for news. */
  private record Waiting(LeaseRequest.Watch watch, Consumer<LeaseReply> answer) {}

  private final VoterConfig config;
  private final BackendLinks links;
  private final FileVoterStore store;
  private final Reporter reporter;
  private final ArrayDeque<VoterEvent> events = new ArrayDeque<>();
  private final WatchAdvice advice;
  private final Map<NodeAddress, WatchingLink> watching = new HashMap<>();
  private final Map<NodeAddress, LeaderLink> leading = new HashMap<>();
  private final Map<NodeId, PeerLink> peers = new HashMap<>();
  private final Map<Long, Consumer<LeaseReply>> askers = new HashMap<>();
  private final Map<Long, Consumer<SwitchAnswer>> switchAskers = new HashMap<>();
  private final Map<Long, Consumer<VoterEffect.ChangeAnswer>> operators = new HashMap<>();
  private List<Waiting> waiting = new ArrayList<>();
  private final ScheduledFuture<?> timer;
  private volatile VoterState state;
  private volatile boolean stopped;
  private boolean stepping;
  private long lastAsker;
  private final long startedNanos;

  VoterLoop(BackendLinks links, FileVoterStore store, Durable durable, Reporter reporter) {
    this.config = links.settings().config();
    this.links = links;
    this.store = store;
    this.reporter = reporter;
    this.advice = new WatchAdvice(links.settings(), config, this::state);
    this.startedNanos = links.ticker().nowNanos();
    this.state = VoterState.start(config, durable, startedNanos);
    watchBackends();
    linkPeers();
    reporter.tellOthers(
        record -> {
          String text = SwitchText.write(record);
          peers.values().forEach(peer -> peer.tell("HOLDFAST", "SWITCHED", text));
        });
    this.timer =
        links
            .loop()
            .scheduleAtFixedRate(
                () -> on(new VoterEvent.Tick(links.random().nextInt(VoterEvent.RANDOM_BOUND))),
                TICK_MILLIS,
                TICK_MILLIS,
                TimeUnit.MILLISECONDS);
  }

  /** The present state; any thread. */
  VoterState state() {
    return state;
  }

  /** Whether a failed write has stopped this voter; any thread. */
  boolean stopped() {
    return stopped;
  }

  VoterConfig config() {
    return config;
  }

  long nowNanos() {
    return links.ticker().nowNanos();
  }

  /** Since this process began. */
  long upNanos() {
    return nowNanos() - startedNanos;
  }

  /** What a backend could not be set to, and what that weakens; empty for nothing. */
  Map<String, String> weakened(NodeAddress backend) {
    WatchingLink link = watching.get(backend);
    return link == null ? Map.of() : link.weakened();
  }

  /** How a backend's process was seen to start. */
  StartSeen startSeen(NodeAddress backend) {
    WatchingLink link = watching.get(backend);
    return link == null ? StartSeen.UNSEEN : link.startSeen();
  }

  /** How far the backends' clocks are apart. */
  ClockSpread clocks() {
    return advice.clocks();
  }

  /** The last INFO of a backend as it came, null before the first. */
  @Nullable String infoText(NodeAddress backend) {
    WatchingLink link = watching.get(backend);
    return link == null ? null : link.infoText();
  }

  /** A holder's request; the answer may come at once. */
  void asked(LeaseRequest request, Consumer<LeaseReply> answer) {
    if (request instanceof LeaseRequest.Watch watch && !Watching.isNews(state, watch)) {
      wait(watch, answer);
      return;
    }
    long asker = ++lastAsker;
    askers.put(asker, answer);
    on(new VoterEvent.HolderAsked(request, asker));
  }

  /** An operator's wish; the answer comes when the switchover has ended, or at once. */
  void switchOver(@Nullable NodeAddress to, Duration limit, Consumer<SwitchAnswer> answer) {
    long asker = ++lastAsker;
    switchAskers.put(asker, answer);
    on(new VoterEvent.SwitchAsked(to, limit.toNanos(), asker));
    if (stopped) {
      answered(asker, new SwitchAnswer.Refused(SwitchAnswer.Refused.FAILED, "this voter stopped"));
    }
  }

  private void answered(long asker, SwitchAnswer answer) {
    Consumer<SwitchAnswer> waits = switchAskers.remove(asker);
    if (waits != null) {
      waits.accept(answer);
    }
  }

  /** An operator's change; the answer comes when it is in force, or will not be. */
  void change(ChangeRequest request, Consumer<VoterEffect.ChangeAnswer> answer) {
    long asker = ++lastAsker;
    operators.put(asker, answer);
    on(new VoterEvent.ChangeAsked(request, asker));
  }

  private void wait(LeaseRequest.Watch watch, Consumer<LeaseReply> answer) {
    if (waiting.size() >= WATCHES_MAX) {
      answer.accept(Watching.answer(state, watch));
      return;
    }
    var held = new Waiting(watch, answer);
    waiting.add(held);
    // Answered for itself, whatever happens: nothing waits for this timer.
    var unused =
        links
            .loop()
            .schedule(
                () -> {
                  if (waiting.remove(held)) {
                    answer.accept(Watching.answer(state, watch));
                  }
                },
                watch.waitMillis(),
                TimeUnit.MILLISECONDS);
  }

  /** Takes in an event; on the loop. */
  void on(VoterEvent event) {
    if (stopped) {
      return;
    }
    events.add(event);
    if (stepping) {
      return;
    }
    stepping = true;
    try {
      while (!events.isEmpty() && !stopped) {
        step(events.remove());
      }
    } finally {
      stepping = false;
    }
  }

  private void step(VoterEvent event) {
    VoterState before = state;
    Voter.Step step = Voter.step(config, before, nowNanos(), event);
    state = step.state();
    for (VoterEffect effect : step.effects()) {
      try {
        perform(effect);
      } catch (VoterStoreException e) {
        stopped = true;
        LOG.error("this voter stops: it cannot keep its word. {}", e.getMessage());
        return;
      }
    }
    if (isNews(before.durable(), state.durable())) {
      changed(before.durable().record(), state.durable().record());
    }
    reporter.stepped(before, state, nowNanos());
  }

  /** Whether watching holders may have to be told. */
  private static boolean isNews(Durable before, Durable now) {
    return before.votedEpoch() != now.votedEpoch() || before.fingerprint() != now.fingerprint();
  }

  private void changed(@Nullable AcceptedRecord before, @Nullable AcceptedRecord now) {
    List<Waiting> still = new ArrayList<>(waiting.size());
    List<Waiting> told = new ArrayList<>();
    for (Waiting held : waiting) {
      (Watching.isNews(state, held.watch()) ? told : still).add(held);
    }
    waiting = still;
    told.forEach(held -> held.answer().accept(Watching.answer(state, held.watch())));
    if (now != null && (before == null || before.epoch() != now.epoch())) {
      watchBackends();
      linkPeers();
    }
  }

  private void perform(VoterEffect effect) {
    switch (effect) {
      case VoterEffect.Persist persist -> store.save(persist.durable());
      case VoterEffect.Send send -> {
        PeerLink peer = peers.get(send.to());
        if (peer != null) {
          peer.send(send.message());
        }
      }
      case VoterEffect.Reply reply -> {
        Consumer<LeaseReply> asker = askers.remove(reply.replyTo());
        if (asker != null) {
          asker.accept(reply.reply());
        }
      }
      case VoterEffect.SwitchAnswered said -> answered(said.replyTo(), said.answer());
      case VoterEffect.LookNow look -> {
        WatchingLink link = watching.get(look.backend());
        if (link != null) {
          link.lookNow();
        }
      }
      case VoterEffect.AskInfo ask -> {
        WatchingLink link = watching.get(ask.backend());
        if (link != null) {
          link.askInfo();
        }
      }
      case VoterEffect.Nudge nudge -> {
        WatchingLink link = watching.get(nudge.backend());
        if (link != null) {
          link.nudge();
        }
      }
      case VoterEffect.OpenLink open -> {
        LeaderLink before =
            leading.put(
                open.backend(),
                new LeaderLink(
                    links, config.self().value(), open.epoch(), open.backend(), this::on));
        if (before != null) {
          before.close();
        }
      }
      case VoterEffect.CloseLink close -> {
        LeaderLink link = leading.remove(close.backend());
        if (link != null) {
          link.close();
        }
      }
      case VoterEffect.Consult consult -> {
        LeaderLink link = leading.get(consult.backend());
        if (link != null) {
          link.consult(consult.cut(), EngineOrders.consult(state.stage(), consult.epoch()));
        }
      }
      case VoterEffect.Pause pause -> {
        LeaderLink link = leading.get(pause.backend());
        if (link != null) {
          link.pause(Duration.ofNanos(pause.nanos()));
        }
      }
      case VoterEffect.Resume resume -> {
        LeaderLink link = leading.get(resume.backend());
        if (link != null) {
          link.resume();
        }
      }
      case VoterEffect.Promote promote -> {
        LeaderLink link = leading.get(promote.backend());
        if (link != null) {
          link.promote(promote.again(), EngineOrders.promote(state.stage(), promote.backend()));
        }
      }
      case VoterEffect.Repoint repoint -> {
        LeaderLink link = leading.get(repoint.backend());
        if (link != null) {
          link.repoint(
              repoint.master(), repoint.demote(), EngineOrders.follow(state, repoint.backend()));
        }
      }
      case VoterEffect.ChangeAnswer answer -> {
        Consumer<VoterEffect.ChangeAnswer> operator = operators.remove(answer.replyTo());
        if (operator != null) {
          operator.accept(answer);
        }
      }
      case VoterEffect.Note note -> {
        if (note.warning()) {
          LOG.warn("{}: {}", config.self(), note.text());
        } else {
          LOG.info("{}: {}", config.self(), note.text());
        }
      }
    }
  }

  /** Watches the backends of the record, or the configured ones. */
  private void watchBackends() {
    List<NodeAddress> wanted = VoterState.backends(config, state.durable());
    for (NodeAddress backend : wanted) {
      watching.computeIfAbsent(
          backend,
          address -> new WatchingLink(links, config.self().value(), address, this::on, advice));
    }
    watching
        .entrySet()
        .removeIf(
            entry -> {
              boolean unwanted = !wanted.contains(entry.getKey());
              if (unwanted) {
                entry.getValue().close();
              }
              return unwanted;
            });
  }

  /**
   * Connects to the voters of the record, or to the configured ones. One that the record no longer
   * names is kept for a while, so that it hears so.
   */
  private void linkPeers() {
    Map<NodeId, NodeAddress> wanted = new HashMap<>();
    AcceptedRecord record = state.durable().record();
    if (record == null) {
      config.peers().forEach(peer -> wanted.put(peer.id(), peer.address()));
    } else {
      record.voters().forEach(voter -> wanted.put(voter.id(), voter.address()));
      wanted.remove(config.self());
    }
    wanted.forEach(
        (id, address) ->
            peers.computeIfAbsent(id, _ -> new PeerLink(links, config.self(), address)));
    for (NodeId id : List.copyOf(peers.keySet())) {
      if (!wanted.containsKey(id)) {
        var unused =
            links.loop().schedule(() -> unlink(id), REMOVED_IS_TOLD_SECONDS, TimeUnit.SECONDS);
      }
    }
  }

  private void unlink(NodeId id) {
    AcceptedRecord record = state.durable().record();
    if (record != null && !record.hasVoter(id)) {
      PeerLink link = peers.remove(id);
      if (link != null) {
        link.close();
      }
    }
  }

  /** Ends everything; on the loop. */
  @Override
  public void close() {
    stopped = true;
    timer.cancel(false);
    watching.values().forEach(WatchingLink::close);
    leading.values().forEach(LeaderLink::close);
    peers.values().forEach(PeerLink::close);
    store.close();
  }
}
