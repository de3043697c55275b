package holdfast.health.vote;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.VoterEntry;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.NodeInfo;
import holdfast.health.detect.NodeWatch;
import holdfast.health.failover.Failover;
import holdfast.health.failover.LeaderLinks;
import holdfast.health.failover.Majorities;
import holdfast.health.failover.Stage;
import holdfast.health.lease.LeaseGrants;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One step while it is being made: the next state as it grows, and the effects in order. Lives only
 * inside {@link Voter#step}; from outside a step stays a function.
 */
final class Turn {
  final VoterConfig config;
  final long nowNanos;
  private final long busyUntilNanos;
  private final List<VoterEffect> effects = new ArrayList<>();

  Durable durable;
  LeaseGrants grants;
  List<NodeWatch> watches;
  List<PeerView> peers;
  Stage stage;
  VoterState.@Nullable PreVote preVote;
  long preVoteRound;
  boolean standing;
  long standAtNanos;
  long unfinishedAtNanos;
  long heardEpoch;
  int failures;
  LeaderLinks links;
  List<VoterState.Wrong> wrongs;
  long acceptedNanos;
  long tickNanos;
  long helloNanos;
  VoterState.@Nullable Decision decided;
  long plannedEpoch;
  @Nullable Order order;
  Maintenance.Said maintenanceSaid;
  VoterState.@Nullable PendingChange change;
  List<PeerView> strangers;
  private String notice;

  Turn(VoterConfig config, VoterState state, long nowNanos) {
    this.config = config;
    this.nowNanos = nowNanos;
    busyUntilNanos = state.busyUntilNanos();
    durable = state.durable();
    grants = state.grants();
    watches = state.watches();
    peers = state.peers();
    stage = state.stage();
    preVote = state.preVote();
    preVoteRound = state.preVoteRound();
    standing = state.standing();
    standAtNanos = state.standAtNanos();
    unfinishedAtNanos = state.unfinishedAtNanos();
    heardEpoch = state.heardEpoch();
    failures = state.failures();
    links = state.links();
    wrongs = state.wrongs();
    acceptedNanos = state.acceptedNanos();
    tickNanos = state.tickNanos();
    helloNanos = state.helloNanos();
    decided = state.decided();
    plannedEpoch = state.plannedEpoch();
    order = state.order();
    maintenanceSaid = state.maintenanceSaid();
    change = state.change();
    strangers = state.strangers();
    notice = state.notice();
  }

  Voter.Step step() {
    return new Voter.Step(
        new VoterState(
            durable,
            grants,
            busyUntilNanos,
            watches,
            peers,
            stage,
            preVote,
            preVoteRound,
            standing,
            standAtNanos,
            unfinishedAtNanos,
            heardEpoch,
            failures,
            links,
            wrongs,
            acceptedNanos,
            tickNanos,
            helloNanos,
            decided,
            plannedEpoch,
            order,
            maintenanceSaid,
            change,
            strangers,
            notice),
        List.copyOf(effects));
  }

  void effect(VoterEffect effect) {
    effects.add(effect);
  }

  /** Makes it so on disk first: whatever follows in this step may be seen by others. */
  void persist(Durable next) {
    durable = next;
    effects.add(new VoterEffect.Persist(next));
  }

  void send(NodeId to, PeerMessage message) {
    effects.add(new VoterEffect.Send(to, message));
  }

  void sendAll(PeerMessage message) {
    for (PeerView peer : peers) {
      send(peer.id(), message);
    }
  }

  void note(String text) {
    effects.add(new VoterEffect.Note(false, text));
  }

  void warn(String text) {
    effects.add(new VoterEffect.Note(true, text));
  }

  /** Whether the latest vote was for a planned switchover. */
  boolean votedAsPlanned() {
    return plannedEpoch != 0 && plannedEpoch == durable.votedEpoch();
  }

  /** Says once what keeps it from having a master; empty when nothing does. */
  void notice(String text) {
    if (!text.equals(notice)) {
      notice = text;
      if (!text.isEmpty()) {
        effects.add(new VoterEffect.Note(true, text));
      }
    }
  }

  /** Takes over a failover step: its stage, and its effects in this voter's terms. */
  void take(Failover.Step step) {
    stage = step.stage();
    long epoch = stage.epoch();
    for (Failover.Effect effect : step.effects()) {
      switch (effect) {
        case Failover.Effect.Consult consult ->
            effect(new VoterEffect.Consult(epoch, consult.backend(), consult.cut()));
        case Failover.Effect.Pause pause ->
            effect(new VoterEffect.Pause(epoch, pause.backend(), pause.nanos()));
        case Failover.Effect.Promote promote ->
            effect(new VoterEffect.Promote(epoch, promote.backend(), promote.again()));
        case Failover.Effect.Decided made -> Records.decided(this, made.record(), made.answers());
        case Failover.Effect.Note note -> note(note.text());
      }
    }
  }

  /** After a restart it votes in nothing until leases granted before have ended. */
  boolean busy() {
    return nowNanos - busyUntilNanos < 0;
  }

  long busyUntilNanos() {
    return busyUntilNanos;
  }

  /**
   * Whether this voter may act for its accepted epoch: it has one, voted in no later one, and is
   * one of its voters.
   */
  boolean inEpoch() {
    return durable.record() != null && !durable.unfinished() && isMember();
  }

  /** Whether it is one of the voters as it knows them: not new, and not removed. */
  boolean isMember() {
    return isMe(durable.members());
  }

  /**
   * Whether it was one of the voters before the change that its record made: as long as that may
   * not be in force its vote is needed.
   */
  boolean wasMember() {
    AcceptedRecord record = durable.record();
    return record != null && isMe(record.formerVoters());
  }

  /**
   * Whether an epoch was begun that has no record: this voter has voted in it, or holders have
   * given up the accepted one for it. Who voted in it may be gone for good.
   */
  boolean unfinished() {
    return Math.max(durable.votedEpoch(), heardEpoch) > durable.acceptedEpoch();
  }

  /** As configured, at most all there are. */
  int quorum() {
    return durable.isBlank()
        ? config.quorum()
        : Math.min(config.quorum(), durable.members().size());
  }

  int majority() {
    int voters = durable.isBlank() ? config.peers().size() + 1 : durable.members().size();
    return voters / 2 + 1;
  }

  /** Who has to confirm that it has voted in no later epoch than the one this voter acts in. */
  Majorities majorities() {
    if (stage instanceof Stage.Running running
        && !(stage instanceof Stage.Activating)
        && running.attempt().base() != null) {
      return running.attempt().majorities();
    }
    return Majorities.of(durable.members().stream().map(VoterEntry::id).toList());
  }

  /** Whether this incarnation of this voter is listed. */
  boolean isMe(List<VoterEntry> members) {
    for (VoterEntry member : members) {
      if (member.id().equals(config.self())) {
        return member.incarnation().equals(durable.incarnation());
      }
    }
    return false;
  }

  @Nullable NodeInfo info(NodeAddress backend) {
    for (NodeWatch watch : watches) {
      if (watch.address().equals(backend)) {
        return watch.info();
      }
    }
    return null;
  }

  void watch(NodeAddress backend, UnaryOperator<NodeWatch> change) {
    var next = new ArrayList<NodeWatch>(watches.size());
    for (NodeWatch watch : watches) {
      next.add(watch.address().equals(backend) ? change.apply(watch) : watch);
    }
    watches = next;
  }

  /** A backend's INFO came. */
  void informed(NodeAddress backend, NodeInfo info) {
    AcceptedRecord record = durable.record();
    boolean thin =
        record != null && backend.equals(record.master()) && MasterView.tooFew(record, info);
    watch(backend, watch -> watch.informed(info, thin, nowNanos));
  }

  void watchAfresh(AcceptedRecord record) {
    var next = new ArrayList<NodeWatch>(record.backends().size());
    for (AcceptedRecord.BackendEntry entry : record.backends()) {
      next.add(NodeWatch.begin(entry.address(), nowNanos));
    }
    watches = next;
  }
}
