package holdfast.health.vote;

import holdfast.backend.model.NodeAddress;
import holdfast.health.detect.NodeWatch;
import holdfast.health.failover.Change;
import holdfast.health.failover.LeaderLinks;
import holdfast.health.failover.Stage;
import holdfast.health.lease.LeaseGrants;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a voter knows. Immutable; {@link Voter#step} makes the next one.
 *
 * @param busyUntilNanos after a restart, until leases granted before it have ended: no vote
 * @param unfinishedAtNanos when a vote without a record has waited long enough
 * @param standAtNanos when it stands, if {@code standing}
 * @param heardEpoch the latest epoch that holders say was begun: they write in none before it
 * @param failures candidacies in a row without success: the delay doubles with each
 * @param acceptedNanos when the record was accepted, or the process began
 * @param decided an operator's choice that is still to be carried out
 * @param plannedEpoch the epoch it last voted in for a planned switchover, 0 for none; forgotten at
 *     a restart, which costs holders no more than a switch that nobody planned
 * @param order a planned switchover that it was asked for, null for none
 * @param maintenanceSaid what it has said aloud of maintenance
 * @param change an operator's change that is under way, null for none
 * @param strangers voters that say hello without being named by the record
 * @param notice what keeps it from having a master, as last noted; empty for nothing
 */
public record VoterState(
    Durable durable,
    LeaseGrants grants,
    long busyUntilNanos,
    List<NodeWatch> watches,
    List<PeerView> peers,
    Stage stage,
    @Nullable PreVote preVote,
    long preVoteRound,
    boolean standing,
    long standAtNanos,
    long unfinishedAtNanos,
    long heardEpoch,
    int failures,
    LeaderLinks links,
    List<Wrong> wrongs,
    long acceptedNanos,
    long tickNanos,
    long helloNanos,
    @Nullable Decision decided,
    long plannedEpoch,
    @Nullable Order order,
    Maintenance.Said maintenanceSaid,
    @Nullable PendingChange change,
    List<PeerView> strangers,
    String notice) {
  /** A pre-vote under way. */
  public record PreVote(
      long round, long deadlineNanos, int needed, List<holdfast.backend.model.NodeId> agreed) {
    /** Copies the list. */
    public PreVote {
      agreed = List.copyOf(agreed);
    }
  }

  /**
   * A backend that does not follow the master.
   *
   * @param sinceNanos first seen so
   * @param sentNanos when it was last told, if {@code sent}
   */
  public record Wrong(NodeAddress backend, long sinceNanos, boolean sent, long sentNanos) {}

  /** An operator's word, good until then. */
  public record Decision(NodeAddress backend, long untilNanos) {}

  /**
   * An operator's change under way.
   *
   * @param then what is to follow it
   * @param replyTo who asked
   * @param epoch in which this voter stands for it, 0 before
   * @param untilNanos when it is dropped
   */
  public record PendingChange(
      Change change,
      ChangeRequest.@Nullable AddVoter then,
      long replyTo,
      long epoch,
      long untilNanos) {}

  /** Copies the lists. */
  public VoterState {
    strangers = List.copyOf(strangers);
    watches = List.copyOf(watches);
    peers = List.copyOf(peers);
    wrongs = List.copyOf(wrongs);
  }

  /**
   * A voter that starts.
   *
   * @param durable as read from disk
   */
  public static VoterState start(VoterConfig config, Durable durable, long nowNanos) {
    var watches = new ArrayList<NodeWatch>();
    for (NodeAddress backend : backends(config, durable)) {
      watches.add(NodeWatch.begin(backend, nowNanos));
    }
    List<PeerView> peers = Peers.of(config, durable.record(), nowNanos);
    long longest = durable.longestLeaseNanos();
    return new VoterState(
        durable,
        LeaseGrants.none(),
        longest == 0
            ? nowNanos
            : holdfast.backend.lease.LeaseClock.voterEndNanos(nowNanos, longest),
        watches,
        peers,
        new Stage.GivenUp(0, nowNanos, "just started"),
        null,
        0,
        false,
        nowNanos,
        nowNanos + longest + config.failover().patienceNanos(),
        0,
        0,
        durable.record() == null || durable.unfinished()
            ? LeaderLinks.of(0, List.of(), nowNanos)
            : LeaderLinks.of(durable.record().epoch(), backends(config, durable), nowNanos),
        List.of(),
        nowNanos,
        nowNanos,
        nowNanos - config.detect().pingNanos(),
        null,
        0,
        null,
        MaintenanceWatch.unsaid(nowNanos),
        null,
        List.of(),
        "");
  }

  /** The record's backends, else the configured ones. */
  public static List<NodeAddress> backends(VoterConfig config, Durable durable) {
    var entries =
        durable.record() == null ? config.failover().backends() : durable.record().backends();
    var addresses = new ArrayList<NodeAddress>(entries.size());
    entries.forEach(entry -> addresses.add(entry.address()));
    return addresses;
  }

  /** Whether the latest vote was for a planned switchover. */
  public boolean votedAsPlanned() {
    return plannedEpoch != 0 && plannedEpoch == durable.votedEpoch();
  }

  /** What is known of this backend. */
  public @Nullable NodeWatch watch(NodeAddress backend) {
    for (NodeWatch watch : watches) {
      if (watch.address().equals(backend)) {
        return watch;
      }
    }
    return null;
  }
}
