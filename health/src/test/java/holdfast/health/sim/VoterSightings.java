package holdfast.health.sim;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeInfo;
import holdfast.health.failover.Attempt;
import holdfast.health.failover.Stage;
import holdfast.health.vote.PeerMessage;
import holdfast.health.vote.VoterEvent;
import holdfast.health.vote.VoterState;

/** What a voter's steps show, for the checker and the tally. */
final class VoterSightings {
  private final Simulation sim;
  private final World world;
  private final SimVoter voter;

  VoterSightings(Simulation sim, SimVoter voter) {
    this.sim = sim;
    this.world = sim.world;
    this.voter = voter;
  }

  /** A step was made, and nothing of it performed yet. */
  void stepped(VoterState before, VoterEvent event, VoterState state) {
    Stage stage = state.stage();
    if (stage instanceof Stage.Fencing fencing && !(before.stage() instanceof Stage.Fencing)) {
      sim.checker.leads(voter.id(), stage.epoch());
      world.tally.add(
          fencing.deadlineNanos() - voter.clock() > 0
              ? Tally.Seen.FENCE_WAITED
              : Tally.Seen.FENCE_AT_ONCE);
    }
    if (!(before.stage() instanceof Stage.Fencing)
        && stage instanceof Stage.Running
        && !(stage instanceof Stage.Voting)
        && before.stage() instanceof Stage.Voting) {
      sim.checker.leads(voter.id(), stage.epoch());
      if (!(stage instanceof Stage.Fencing)) {
        world.tally.add(Tally.Seen.FENCE_AT_ONCE);
      }
    }
    if (before.stage() instanceof Stage.Fencing fencing
        && stage instanceof Stage.Consulting
        && fencing.deadlineNanos() - voter.clock() > 20 * World.MS) {
      world.tally.add(Tally.Seen.GIVE_UP_SHORTENED_FENCE);
    }
    if (stage instanceof Stage.Activating activating
        && activating.attempt().base() == null
        && !(before.stage() instanceof Stage.Activating)) {
      sim.checker.firstStart(voter.id(), stage.epoch());
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

  /** A message is about to be sent. */
  void sent(PeerMessage message) {
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
}
