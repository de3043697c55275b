package holdfast.health.runtime;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.resp.RespWriter;
import holdfast.health.detect.DownReason;
import holdfast.health.detect.NodeWatch;
import holdfast.health.vote.PeerView;
import holdfast.health.vote.VoterState;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Sentinel's questions, answered from the record and from what this voter sees, so that Sentinel
 * clients and tools find the master. Source: Redis {@code sentinel.c}, fields of its replies.
 */
final class SentinelCommands {
  private final VoterSettings settings;
  private final VoterLoop voter;

  SentinelCommands(VoterSettings settings, VoterLoop voter) {
    this.settings = settings;
    this.voter = voter;
  }

  void execute(List<String> arguments, RespWriter out) {
    String sub = arguments.size() > 1 ? arguments.get(1).toLowerCase(Locale.ROOT) : "";
    switch (sub) {
      case "myid" -> out.bulk(voter.state().durable().incarnation());
      case "masters" -> {
        out.array(1);
        fields(out, master());
      }
      case "get-master-addr-by-name" -> masterAddress(arguments, out);
      case "master", "replicas", "slaves", "sentinels", "ckquorum" -> {
        if (arguments.size() != 3) {
          out.error("ERR wrong number of arguments for 'sentinel|" + sub + "' command");
        } else if (!arguments.get(2).equals(settings.masterName())) {
          out.error("ERR No such master with that name");
        } else {
          ofMaster(sub, out);
        }
      }
      default ->
          out.error(
              "ERR SENTINEL "
                  + VoterCommands.shown(sub)
                  + " is not supported by this voter: masters are recorded by the voters"
                  + " themselves");
    }
  }

  private void masterAddress(List<String> arguments, RespWriter out) {
    AcceptedRecord record = voter.state().durable().record();
    if (arguments.size() != 3) {
      out.error("ERR wrong number of arguments for 'sentinel|get-master-addr-by-name' command");
    } else if (record == null || !arguments.get(2).equals(settings.masterName())) {
      out.nilArray();
    } else {
      out.array(2).bulk(record.master().host()).bulk(record.master().port());
    }
  }

  private void ofMaster(String sub, RespWriter out) {
    switch (sub) {
      case "master" -> fields(out, master());
      case "sentinels" -> {
        List<PeerView> peers = voter.state().peers();
        out.array(peers.size());
        peers.forEach(peer -> fields(out, peer(peer)));
      }
      case "ckquorum" -> quorum(out);
      default -> {
        List<NodeWatch> replicas = replicas();
        out.array(replicas.size());
        replicas.forEach(watch -> fields(out, replica(watch)));
      }
    }
  }

  private void quorum(RespWriter out) {
    int usable = 1 + alivePeers();
    int voters = 1 + voter.state().peers().size();
    int needed = Math.max(settings.quorum(), voters / 2 + 1);
    if (usable >= needed) {
      out.simple(
          "OK " + usable + " usable Sentinels. Quorum and failover authorization can be reached");
    } else {
      out.error(
          "NOQUORUM "
              + usable
              + " usable Sentinels. Not enough available Sentinels to reach the"
              + " majority and authorize a failover");
    }
  }

  private int alivePeers() {
    long now = voter.nowNanos();
    int alive = 0;
    for (PeerView peer : voter.state().peers()) {
      if (peer.hello() != null
          && now - peer.heardNanos() < settings.times().downAfter().toNanos()) {
        alive++;
      }
    }
    return alive;
  }

  private List<NodeWatch> replicas() {
    AcceptedRecord record = voter.state().durable().record();
    var replicas = new ArrayList<NodeWatch>();
    for (NodeWatch watch : voter.state().watches()) {
      if (record != null && !watch.address().equals(record.master())) {
        replicas.add(watch);
      }
    }
    return replicas;
  }

  private List<String> master() {
    VoterState state = voter.state();
    AcceptedRecord record = state.durable().record();
    if (record == null) {
      return List.of(
          "name",
          settings.masterName(),
          "ip",
          "",
          "port",
          "0",
          "flags",
          "master,s_down",
          "num-slaves",
          "0",
          "num-other-sentinels",
          Integer.toString(state.peers().size()),
          "quorum",
          Integer.toString(settings.quorum()));
    }
    DownReason down = StatusText.down(voter, state, record, voter.nowNanos());
    NodeWatch watch = state.watch(record.master());
    List<String> fields = new ArrayList<>();
    node(
        fields,
        settings.masterName(),
        record.master(),
        record.masterRunId().value(),
        down == DownReason.UP ? "master" : "master,s_down",
        watch);
    add(fields, "role-reported", "master");
    add(fields, "config-epoch", record.epoch());
    add(fields, "num-slaves", replicas().size());
    add(fields, "num-other-sentinels", state.peers().size());
    add(fields, "quorum", settings.quorum());
    add(fields, "failover-timeout", 10 * settings.times().downAfter().toMillis());
    add(fields, "parallel-syncs", 1);
    return fields;
  }

  private List<String> replica(NodeWatch watch) {
    AcceptedRecord record = voter.state().durable().record();
    NodeInfo info = watch.info();
    boolean down =
        info == null
            || voter.nowNanos() - watch.lastValidNanos() >= settings.times().downAfter().toNanos();
    List<String> fields = new ArrayList<>();
    node(
        fields,
        watch.address().toString(),
        watch.address(),
        info == null ? "" : info.runId().value(),
        down ? "slave,s_down" : "slave",
        watch);
    add(fields, "role-reported", "slave");
    boolean follows = info != null && record != null && info.isReplicaOf(record.master());
    add(fields, "master-link-status", follows && info != null && info.linkUp() ? "ok" : "err");
    add(fields, "master-host", record == null ? "?" : record.master().host());
    add(fields, "master-port", record == null ? 0 : record.master().port());
    add(fields, "slave-priority", info == null ? 100 : info.priority());
    add(fields, "slave-repl-offset", info == null ? 0 : Math.max(0, info.dataOffset()));
    add(fields, "replica-announced", 1);
    return fields;
  }

  private List<String> peer(PeerView peer) {
    NodeAddress address = settings.announced();
    for (NodeAddress candidate : settings.peers()) {
      if (holdfast.backend.model.NodeId.of(candidate).equals(peer.id())) {
        address = candidate;
      }
    }
    List<String> fields = new ArrayList<>();
    long heardMillis = (voter.nowNanos() - peer.heardNanos()) / 1_000_000;
    boolean down = peer.hello() == null || heardMillis >= settings.times().downAfter().toMillis();
    node(
        fields,
        peer.id().value(),
        address,
        peer.hello() == null ? "" : peer.hello().incarnation(),
        down ? "sentinel,s_down" : "sentinel",
        null);
    add(fields, "last-hello-message", heardMillis);
    add(fields, "voted-leader", "?");
    add(fields, "voted-leader-epoch", peer.hello() == null ? 0 : peer.hello().votedEpoch());
    return fields;
  }

  private void node(
      List<String> fields,
      String name,
      NodeAddress address,
      String runId,
      String flags,
      @Nullable NodeWatch watch) {
    long silentMillis = watch == null ? 0 : (voter.nowNanos() - watch.lastValidNanos()) / 1_000_000;
    add(fields, "name", name);
    add(fields, "ip", address.host());
    add(fields, "port", address.port());
    add(fields, "runid", runId);
    add(fields, "flags", flags);
    add(fields, "link-pending-commands", 0);
    add(fields, "link-refcount", 1);
    add(fields, "last-ping-sent", 0);
    add(fields, "last-ok-ping-reply", silentMillis);
    add(fields, "last-ping-reply", silentMillis);
    add(fields, "down-after-milliseconds", settings.times().downAfter().toMillis());
  }

  private static void add(List<String> fields, String name, Object value) {
    fields.add(name);
    fields.add(value.toString());
  }

  private static void fields(RespWriter out, List<String> fields) {
    out.map(fields.size() / 2);
    fields.forEach(out::bulk);
  }

  /** INFO, as far as a Sentinel's has a meaning here. */
  String info() {
    AcceptedRecord record = voter.state().durable().record();
    String status =
        record == null
            ? "sdown"
            : StatusText.down(voter, voter.state(), record, voter.nowNanos()) == DownReason.UP
                ? "ok"
                : "sdown";
    String address = record == null ? "?" : record.master().toString();
    return String.join(
        "\r\n",
        "# Server",
        "redis_version:7.0.15",
        "redis_mode:sentinel",
        "run_id:" + voter.state().durable().incarnation(),
        "tcp_port:" + settings.listen().port(),
        "# Sentinel",
        "sentinel_masters:1",
        "sentinel_tilt:0",
        "sentinel_running_scripts:0",
        "holdfast_maintenance:" + (voter.state().durable().maintenance().on() ? 1 : 0),
        "master0:name="
            + settings.masterName()
            + ",status="
            + status
            + ",address="
            + address
            + ",slaves="
            + replicas().size()
            + ",sentinels="
            + (1 + voter.state().peers().size()),
        "");
  }
}
