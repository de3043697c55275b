package holdfast.health.runtime;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Role;
import holdfast.backend.resp.RespWriter;
import holdfast.health.detect.NodeWatch;
import holdfast.health.failover.Stage;
import holdfast.health.report.Sight;
import holdfast.health.vote.PeerView;
import holdfast.health.vote.VoterState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Masters, replicas and Sentinels as a Sentinel describes them: the same fields in the same order.
 * Source: Redis {@code sentinel.c} addReplySentinelRedisInstance. Lives for one reply.
 */
final class SentinelFields {
  private final VoterSettings settings;
  private final VoterLoop voter;
  private final VoterState state;
  private final long nowNanos;
  private final List<String> fields = new ArrayList<>();

  private SentinelFields(VoterSettings settings, VoterLoop voter) {
    this.settings = settings;
    this.voter = voter;
    this.state = voter.state();
    this.nowNanos = voter.nowNanos();
  }

  static void master(
      RespWriter out, VoterSettings settings, VoterLoop voter, AcceptedRecord record) {
    new SentinelFields(settings, voter).master(record).write(out);
  }

  static void replica(RespWriter out, VoterSettings settings, VoterLoop voter, NodeWatch watch) {
    new SentinelFields(settings, voter).replica(watch).write(out);
  }

  static void peer(RespWriter out, VoterSettings settings, VoterLoop voter, PeerView peer) {
    new SentinelFields(settings, voter).peer(peer).write(out);
  }

  private SentinelFields master(AcceptedRecord record) {
    NodeWatch watch = state.watch(record.master());
    boolean down = Sight.isMasterDown(voter.config(), state, nowNanos);
    boolean objectively = down && Sight.isObjectivelyDown(voter.config(), state, nowNanos);
    var flags = new ArrayList<String>();
    if (down) {
      flags.add("s_down");
    }
    if (objectively) {
      flags.add("o_down");
    }
    flags.add("master");
    if (watch == null || watch.info() == null) {
      flags.add("disconnected");
    }
    String failover = failoverState();
    if (failover != null) {
      flags.add("failover_in_progress");
    }
    add("name", settings.masterName());
    node(record.master(), record.masterRunId().value(), flags, failover);
    pings(watch == null ? nowNanos : watch.lastValidNanos(), down, objectively);
    roles(watch, "master", state.acceptedNanos());
    add("config-epoch", record.epoch());
    add("num-slaves", Sight.replicas(state).size());
    add("num-other-sentinels", state.peers().size());
    add("quorum", settings.quorum());
    add("failover-timeout", 10 * settings.times().downAfter().toMillis());
    add("parallel-syncs", 1);
    return this;
  }

  private @Nullable String failoverState() {
    return switch (state.stage()) {
      case Stage.Voting _, Stage.Fencing _ -> "wait_start";
      case Stage.Consulting _ -> "select_slave";
      case Stage.Promoting _ -> "wait_promotion";
      case Stage.Activating _ -> "reconf_slaves";
      case Stage.Adopting _, Stage.GivenUp _ -> null;
    };
  }

  private SentinelFields replica(NodeWatch watch) {
    AcceptedRecord record = state.durable().record();
    NodeInfo info = watch.info();
    boolean down = Sight.isDown(voter.config().detect(), watch, nowNanos);
    var flags = new ArrayList<String>();
    if (down) {
      flags.add("s_down");
    }
    flags.add("slave");
    if (info == null) {
      flags.add("disconnected");
    }
    add("name", watch.address().toString());
    node(watch.address(), info == null ? "" : info.runId().value(), flags, null);
    pings(watch.lastValidNanos(), down, false);
    roles(
        watch,
        info != null && info.role() == Role.MASTER ? "master" : "slave",
        watch.replicaSinceNanos());
    boolean follows = info != null && record != null && info.isReplicaOf(record.master());
    NodeAddress followed = info == null ? null : info.masterAddress();
    add(
        "master-link-down-time",
        follows && info != null && info.linkUp() ? 0 : millis(watch.infoNanos()));
    add("master-link-status", follows && info != null && info.linkUp() ? "ok" : "err");
    add("master-host", followed == null ? "?" : followed.host());
    add("master-port", followed == null ? 0 : followed.port());
    add("slave-priority", info == null ? 100 : info.priority());
    add("slave-repl-offset", info == null ? 0 : Math.max(0, info.dataOffset()));
    add("replica-announced", 1);
    return this;
  }

  private SentinelFields peer(PeerView peer) {
    NodeAddress address = Sight.address(voter.config(), state, peer.id());
    String runId = Sight.incarnation(state, peer.id());
    boolean down = Sight.isDown(voter.config().detect(), peer, nowNanos);
    var flags = new ArrayList<String>();
    if (down) {
      flags.add("s_down");
    }
    flags.add("sentinel");
    if (peer.hello() == null) {
      flags.add("disconnected");
    }
    add("name", runId.isEmpty() ? peer.id().value() : runId);
    node(address == null ? settings.announced() : address, runId, flags, null);
    pings(peer.heardNanos(), down, false);
    add("last-hello-message", millis(peer.heardNanos()));
    add("voted-leader", "?");
    add("voted-leader-epoch", peer.hello() == null ? 0 : peer.hello().votedEpoch());
    return this;
  }

  private void node(
      NodeAddress address, String runId, List<String> flags, @Nullable String failover) {
    add("ip", address.host());
    add("port", address.port());
    add("runid", runId);
    add("flags", String.join(",", flags));
    add("link-pending-commands", 0);
    add("link-refcount", 1);
    if (failover != null) {
      add("failover-state", failover);
    }
  }

  private void pings(long lastValidNanos, boolean down, boolean objectively) {
    long silentMillis = millis(lastValidNanos);
    long downAfterMillis = settings.times().downAfter().toMillis();
    add("last-ping-sent", down ? silentMillis : 0);
    add("last-ok-ping-reply", silentMillis);
    add("last-ping-reply", silentMillis);
    if (down) {
      add("s-down-time", Math.max(0, silentMillis - downAfterMillis));
    }
    if (objectively) {
      add("o-down-time", Math.max(0, silentMillis - downAfterMillis));
    }
    add("down-after-milliseconds", downAfterMillis);
  }

  private void roles(@Nullable NodeWatch watch, String role, long sinceNanos) {
    add("info-refresh", watch == null ? 0 : millis(watch.infoNanos()));
    add("role-reported", role);
    add("role-reported-time", millis(sinceNanos));
  }

  private long millis(long sinceNanos) {
    return Math.max(0, nowNanos - sinceNanos) / 1_000_000;
  }

  private void add(String name, Object value) {
    fields.add(name);
    fields.add(value.toString());
  }

  private void write(RespWriter out) {
    out.map(fields.size() / 2);
    fields.forEach(out::bulk);
  }
}
