package holdfast.health.sim;

import holdfast.backend.lease.LeaseRequest;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.ReplicationId;
import holdfast.backend.model.Role;
import holdfast.backend.model.RunId;
import holdfast.health.failover.Attempt;
import holdfast.health.failover.Stage;
import holdfast.health.lease.LeaseGrants;
import holdfast.health.vote.Durable;
import holdfast.health.vote.PeerMessage;
import holdfast.health.vote.VoterEffect;
import holdfast.health.vote.VoterEvent;
import holdfast.health.vote.VoterState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tests' injections: what a voter knows and hears, as it would be without a guard. */
final class Injections {
  private final SimOptions options;

  Injections(SimOptions options) {
    this.options = options;
  }

  /** Before this event is taken in. */
  VoterState state(VoterState s, VoterEvent event) {
    if (options.off().isEmpty()) {
      return s;
    }
    LeaseGrants grants = options.has(Guard.FENCE_WAIT) ? s.grants() : LeaseGrants.none();
    Stage stage = s.stage() instanceof Stage.Running running ? stage(running) : s.stage();
    Durable durable = s.durable();
    AcceptedRecord record = durable.record();
    if (record != null && record.former() != null && !options.has(Guard.SETTLED)) {
      durable = with(durable, settled(record));
    }
    if (record == null && !durable.isBlank() && !options.has(Guard.FOUNDERS)) {
      durable = withWhoeverAsks(durable, event);
    }
    return with(s, durable, grants, stage);
  }

  /** After this event was taken in: a lease granted to an engine is not remembered. */
  VoterState state(VoterState before, VoterEvent event, VoterState after) {
    return event instanceof VoterEvent.HolderAsked asked
            && asked.request() instanceof LeaseRequest.Lease lease
            && lease.engine()
            && !options.has(Guard.ENGINE_FENCE)
        ? with(after, after.durable(), before.grants(), after.stage())
        : after;
  }

  private static VoterState with(VoterState s, Durable durable, LeaseGrants grants, Stage stage) {
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

  private Stage stage(Stage.Running running) {
    Attempt a = running.attempt();
    AcceptedRecord base = a.base();
    if (base != null && !options.has(Guard.OLD_SET)) {
      base = settled(base);
    }
    EpochChain chain = a.chain();
    if (running instanceof Stage.Consulting && !options.has(Guard.START_OFFSET)) {
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

  /** What a consulted backend said, as the core would hear it, in this order. */
  List<VoterEvent> consulted(VoterState state, VoterEffect.Consult consult, NodeInfo info) {
    var events = new ArrayList<VoterEvent>();
    NodeInfo told = info;
    if (state.stage() instanceof Stage.Consulting consulting) {
      Attempt attempt = consulting.attempt();
      AcceptedRecord base = attempt.base();
      boolean unknown = attempt.chain().positionOf(info) == null && info.dataOffset() > 1;
      if (unknown && !options.has(Guard.UNKNOWN_HISTORY) && base != null) {
        told = like(info, info.runId(), attempt.chain().links().getFirst().replicationIds(), 2);
      }
      if (!options.has(Guard.CONSULT_ENOUGH) && base != null) {
        for (AcceptedRecord.BackendEntry entry : base.backends()) {
          RunId run = recorded(base, entry.address());
          if (!entry.address().equals(consult.backend()) && run != null) {
            NodeInfo made = like(info, run, attempt.chain().links().getFirst().replicationIds(), 2);
            boolean answered =
                consulting.answers().stream()
                    .anyMatch(answer -> answer.backend().equals(entry.address()));
            if (!answered) {
              events.add(new VoterEvent.Consulted(consult.epoch(), entry.address(), made));
            }
          }
        }
      }
    }
    events.add(new VoterEvent.Consulted(consult.epoch(), consult.backend(), told));
    return events;
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
}
