package holdfast.health.vote;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeId;
import holdfast.health.failover.Failover;
import java.util.ArrayList;

/** What other voters say, one method each. */
final class Messages {
  private Messages() {}

  static PeerMessage.Hello hello(Turn turn) {
    return new PeerMessage.Hello(
        turn.durable.incarnation(),
        turn.durable.isBlank(),
        turn.durable.votedEpoch(),
        turn.durable.acceptedEpoch(),
        turn.durable.fingerprint(),
        turn.durable.maintenance());
  }

  static void heard(Turn turn, NodeId from, PeerMessage message) {
    if (!Peers.isPeer(turn, from)) {
      switch (message) {
        case PeerMessage.Hello hello -> Peers.strangerSaid(turn, from, hello);
        // Its record may be the first that this voter sees in which both are named.
        case PeerMessage.Activate told when told.record().hasVoter(from) ->
            Records.activated(turn, from, told);
        // Removed by this voter's record.
        case PeerMessage.Accepted told -> accepted(turn, from, told.epoch());
        default -> {}
      }
      return;
    }
    switch (message) {
      case PeerMessage.Hello hello -> hello(turn, from, hello);
      case PeerMessage.PreVoteAsk ask -> Elections.preVoteAsked(turn, from, ask);
      case PeerMessage.PreVoteAnswer answer -> {
        Elections.preVoteAnswered(turn, from, answer);
        Switchover.preVoteAnswered(turn, from, answer);
      }
      case PeerMessage.VoteAsk ask -> Elections.voteAsked(turn, from, ask);
      case PeerMessage.VoteAnswer answer -> Elections.voteAnswered(turn, from, answer);
      case PeerMessage.ConfirmAsk ask -> confirmAsked(turn, from, ask);
      case PeerMessage.Confirmed confirmed -> {
        if (turn.links.epoch() == confirmed.epoch()) {
          turn.links = turn.links.confirmed(from, confirmed.round());
        }
      }
      case PeerMessage.Activate activate -> Records.activated(turn, from, activate);
      case PeerMessage.Accepted accepted -> accepted(turn, from, accepted.epoch());
    }
  }

  private static void hello(Turn turn, NodeId from, PeerMessage.Hello hello) {
    var next = new ArrayList<PeerView>(turn.peers.size());
    for (PeerView peer : turn.peers) {
      next.add(peer.id().equals(from) ? new PeerView(from, hello, turn.nowNanos) : peer);
    }
    turn.peers = next;
    accepted(turn, from, hello.acceptedEpoch());
    MaintenanceWatch.told(turn, hello.maintenance());
    AcceptedRecord record = turn.durable.record();
    if (record == null
        || hello.votedEpoch() > record.epoch()
        || hello.acceptedEpoch() > record.epoch()
        || hello.fingerprint() == turn.durable.fingerprint()) {
      return;
    }
    AcceptedRecord.VoterEntry entry = record.voter(from);
    if (entry != null && entry.incarnation().equals(hello.incarnation())) {
      turn.send(from, new PeerMessage.Activate(record, turn.durable.chain()));
    }
  }

  private static void accepted(Turn turn, NodeId from, long epoch) {
    if (turn.stage.epoch() == epoch) {
      turn.take(Failover.accepted(turn.stage, turn.nowNanos, from));
    }
  }

  /**
   * Without a record only the epoch it voted in itself: a voter that has lost its disk does not
   * know what it has voted in.
   */
  private static void confirmAsked(Turn turn, NodeId from, PeerMessage.ConfirmAsk ask) {
    long voted = turn.durable.votedEpoch();
    boolean confirmed = turn.durable.record() == null ? voted == ask.epoch() : voted <= ask.epoch();
    if ((turn.isMember() || turn.wasMember()) && confirmed) {
      turn.send(from, new PeerMessage.Confirmed(ask.epoch(), ask.round()));
    }
  }
}
