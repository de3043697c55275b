package holdfast.health.vote;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.health.detect.DetectTimings;
import holdfast.health.failover.FailoverConfig;
import java.util.List;

/**
 * What a voter is told by its operator. Once there is a record, its voters, backends, K and lease
 * lengths count instead.
 *
 * @param peers the other voters
 * @param quorum voters that must see the master down; a majority must in any case
 */
public record VoterConfig(
    NodeId self,
    NodeAddress address,
    List<Peer> peers,
    int quorum,
    DetectTimings detect,
    FailoverConfig failover) {
  /** Another voter. */
  public record Peer(NodeId id, NodeAddress address) {}

  /** Copies the list and checks across the fields. */
  public VoterConfig {
    peers = List.copyOf(peers);
    int voters = peers.size() + 1;
    if (voters != 1 && voters != 3 && voters != 5) {
      throw new IllegalArgumentException(voters + " voters, expected 1, 3 or 5");
    }
    if (quorum < 1 || quorum > voters) {
      throw new IllegalArgumentException("quorum " + quorum + ", expected 1 to " + voters);
    }
    long names = peers.stream().map(Peer::id).distinct().count();
    if (names != peers.size() || peers.stream().anyMatch(peer -> peer.id().equals(self))) {
      throw new IllegalArgumentException("two voters of one name, one of them may be " + self);
    }
  }
}
