package holdfast.backend.server;

import holdfast.backend.engine.InfoReport;
import holdfast.backend.replication.MasterAddress;
import holdfast.backend.replication.MasterLink.State;
import holdfast.backend.server.ReplicaSession.Stage;

/** The section "replication" of INFO, with the fields of Redis 7.0. */
final class ReplicationInfo {
  private final ServerContext server;

  ReplicationInfo(ServerContext server) {
    this.server = server;
  }

  void write(InfoReport.Section section) {
    MasterAddress master = server.follower().master();
    section.put("role", master == null ? "master" : "slave");
    if (master != null) {
      replica(section, master);
    }
    int number = 0;
    section.put("connected_slaves", server.replicas().all().size());
    if (server.replicationConfig().minReplicas() > 0) {
      section.put(
          "min_slaves_good_slaves",
          server.replicas().goodWithin(server.replicationConfig().minReplicasMaxLag()));
    }
    for (ReplicaSession session : server.replicas().all()) {
      section.put(
          "slave" + number++,
          "ip="
              + session.address()
              + ",port="
              + session.listeningPort()
              + ",state="
              + stage(session.stage())
              + ",offset="
              + session.acknowledgedOffset()
              + ",lag="
              + (session.stage() == Stage.ONLINE ? server.replicas().lagSeconds(session) : 0));
    }
    var history = server.stream().history();
    var backlog = server.stream().backlog();
    boolean active = server.stream().keepsBacklog();
    section
        .put("master_failover_state", "no-failover")
        .put("master_replid", history.id())
        .put("master_replid2", history.id2())
        .put("master_repl_offset", history.offset())
        .put("second_repl_offset", history.secondOffset())
        .put("repl_backlog_active", active ? 1 : 0)
        .put("repl_backlog_size", backlog.size())
        .put("repl_backlog_first_byte_offset", active ? backlog.firstOffset() : 0)
        .put("repl_backlog_histlen", active ? backlog.held() : 0);
  }

  private void replica(InfoReport.Section section, MasterAddress master) {
    MasterFollower follower = server.follower();
    boolean transferring = follower.state() instanceof State.Transferring;
    boolean syncing = transferring || follower.state() instanceof State.Loading;
    section
        .put("master_host", master.host())
        .put("master_port", master.port())
        .put("master_link_status", follower.isLinkUp() ? "up" : "down")
        .put("master_last_io_seconds_ago", follower.lastReceivedSeconds())
        .put("master_sync_in_progress", syncing ? 1 : 0)
        .put("slave_read_repl_offset", follower.receivedOffset())
        .put("slave_repl_offset", server.stream().history().offset());
    MasterChannel channel = follower.channel();
    if (syncing && channel != null) {
      long missing = channel.snapshotMissing();
      section
          .put("master_sync_total_bytes", missing < 0 ? 0 : missing + channel.snapshotBytes())
          .put("master_sync_read_bytes", channel.snapshotBytes())
          .put("master_sync_left_bytes", missing)
          .put("master_sync_perc", missing < 0 ? "0.00" : percent(channel.snapshotBytes(), missing))
          .put("master_sync_last_io_seconds_ago", 0);
    }
    if (!follower.isLinkUp()) {
      section.put("master_link_down_since_seconds", follower.downSeconds());
    }
    section
        .put("slave_priority", server.replicationConfig().priority())
        .put("slave_read_only", 1)
        .put("replica_announced", 1);
  }

  private static String percent(long got, long missing) {
    return "%.2f".formatted(100.0 * got / Math.max(1, got + missing));
  }

  private static String stage(Stage stage) {
    return switch (stage) {
      case UNATTACHED, WAITING -> "wait_bgsave";
      case SENDING, LOADING -> "send_bulk";
      case ONLINE -> "online";
    };
  }
}
