package holdfast.health.vote;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.VoterEntry;
import holdfast.backend.model.NodeId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who the other voters are: those of the record; before the first, those of the configuration. */
final class Peers {
  /** Voters that no record names, but that say hello. */
  private static final int STRANGERS_MAX = 16;

  private Peers() {}

  static List<PeerView> of(VoterConfig config, @Nullable AcceptedRecord record, long nowNanos) {
    var peers = new ArrayList<PeerView>();
    if (record == null) {
      config.peers().forEach(peer -> peers.add(new PeerView(peer.id(), null, nowNanos)));
      return peers;
    }
    for (VoterEntry voter : record.voters()) {
      if (!voter.id().equals(config.self())) {
        peers.add(new PeerView(voter.id(), null, nowNanos));
      }
    }
    return peers;
  }

  /** A record was accepted: what was heard of its voters stays known, as of those that left. */
  static void follow(Turn turn, AcceptedRecord record) {
    var known = new ArrayList<>(turn.peers);
    known.addAll(turn.strangers);
    var peers = new ArrayList<PeerView>();
    for (PeerView view : of(turn.config, record, turn.nowNanos)) {
      PeerView heard = view;
      for (PeerView one : known) {
        heard = one.id().equals(view.id()) ? one : heard;
      }
      peers.add(heard);
    }
    known.removeIf(one -> one.hello() == null || record.hasVoter(one.id()));
    turn.peers = peers;
    turn.strangers = List.copyOf(known.subList(0, Math.min(known.size(), STRANGERS_MAX)));
  }

  static boolean isPeer(Turn turn, NodeId id) {
    for (PeerView peer : turn.peers) {
      if (peer.id().equals(id)) {
        return true;
      }
    }
    return false;
  }

  /** A voter says hello that this one's record does not name: new, or removed. */
  static void strangerSaid(Turn turn, NodeId from, PeerMessage.Hello hello) {
    var next = new ArrayList<PeerView>();
    for (PeerView stranger : turn.strangers) {
      boolean stale =
          turn.nowNanos - stranger.heardNanos() >= turn.config.detect().downAfterNanos();
      if (!stranger.id().equals(from) && !stale) {
        next.add(stranger);
      }
    }
    if (next.size() < STRANGERS_MAX) {
      next.add(new PeerView(from, hello, turn.nowNanos));
    }
    turn.strangers = List.copyOf(next);
    AcceptedRecord record = turn.durable.record();
    if (record != null && !hello.blank() && hello.acceptedEpoch() < record.epoch()) {
      turn.send(from, new PeerMessage.Activate(record, turn.durable.chain()));
    }
  }
}
