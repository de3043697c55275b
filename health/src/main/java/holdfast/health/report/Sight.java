package holdfast.health.report;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.health.detect.DetectTimings;
import holdfast.health.detect.DownReason;
import holdfast.health.detect.NodeWatch;
import holdfast.health.vote.MasterView;
import holdfast.health.vote.PeerView;
import holdfast.health.vote.VoterConfig;
import holdfast.health.vote.VoterState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sentinel's words for what a voter sees: who is sdown, what is odown, who is a replica. */
public final class Sight {
  private Sight() {}

  /** Why the record's master is down here; UP also while there is no record. */
  public static DownReason master(VoterConfig config, VoterState state, long nowNanos) {
    return MasterView.down(config, state.durable(), state.watches(), nowNanos);
  }

  /** Whether the record's master is down here. */
  public static boolean isMasterDown(VoterConfig config, VoterState state, long nowNanos) {
    return master(config, state, nowNanos) != DownReason.UP;
  }

  /**
   * Whether a quorum holds the master to be down: who stands has asked one before its vote, and who
   * voted knows of it.
   */
  public static boolean isObjectivelyDown(VoterConfig config, VoterState state, long nowNanos) {
    return state.durable().unfinished() && isMasterDown(config, state, nowNanos);
  }

  /** Whether a backend that is not the master is down here. */
  public static boolean isDown(DetectTimings timings, NodeWatch watch, long nowNanos) {
    return nowNanos - watch.lastValidNanos() >= timings.downAfterNanos()
        || watch.isRefused(timings, nowNanos);
  }

  /** Whether another voter is down here. */
  public static boolean isDown(DetectTimings timings, PeerView peer, long nowNanos) {
    return nowNanos - peer.heardNanos() >= timings.downAfterNanos();
  }

  /** All backends but the record's master; none before there is a record. */
  public static List<NodeWatch> replicas(VoterState state) {
    AcceptedRecord record = state.durable().record();
    var replicas = new ArrayList<NodeWatch>();
    for (NodeWatch watch : state.watches()) {
      if (record != null && !watch.address().equals(record.master())) {
        replicas.add(watch);
      }
    }
    return replicas;
  }

  /** Where another voter is reached, as the record says or the configuration. */
  public static @Nullable NodeAddress address(VoterConfig config, VoterState state, NodeId voter) {
    AcceptedRecord record = state.durable().record();
    AcceptedRecord.VoterEntry entry = record == null ? null : record.voter(voter);
    if (entry != null) {
      return entry.address();
    }
    for (VoterConfig.Peer peer : config.peers()) {
      if (peer.id().equals(voter)) {
        return peer.address();
      }
    }
    return null;
  }

  /** What Sentinel calls a voter's run id: made with its data folder. Empty while unknown. */
  public static String incarnation(VoterState state, NodeId voter) {
    if (voter.equals(state.durable().self())) {
      return state.durable().incarnation();
    }
    for (AcceptedRecord.VoterEntry member : state.durable().members()) {
      if (member.id().equals(voter)) {
        return member.incarnation();
      }
    }
    for (PeerView peer : state.peers()) {
      if (peer.id().equals(voter) && peer.hello() != null) {
        return peer.hello().incarnation();
      }
    }
    return "";
  }
}
