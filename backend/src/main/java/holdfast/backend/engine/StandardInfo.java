package holdfast.backend.engine;

/**
 * The sections of INFO that the engine itself can fill. "replication" and "persistence" come from
 * the server around it; until then "replication" says what the gate knows.
 */
final class StandardInfo {
  private StandardInfo() {}

  static void register(Engine engine) {
    InfoReport info = engine.info();
    info.section("server", section -> server(engine, section));
    info.section("clients", section -> clients(engine, section));
    info.section("memory", section -> memory(engine, section));
    info.section("stats", section -> stats(engine, section));
    info.section(
        "replication",
        section -> {
          section.put("role", engine.gate().isReplica() ? "slave" : "master");
          section.put("connected_slaves", 0);
        });
    info.section("cpu", section -> cpu(engine, section));
    info.section(
        "errorstats",
        section ->
            engine
                .stats()
                .errors()
                .forEach((code, count) -> section.put("errorstat_" + code, "count=" + count)));
    info.section("cluster", section -> section.put("cluster_enabled", 0));
    info.section("keyspace", section -> keyspace(engine, section));
  }

  private static void server(Engine engine, InfoReport.Section section) {
    EngineSettings settings = engine.settings();
    long now = engine.keyspace().nowMillis();
    long upSeconds = Math.max(0, now - settings.startedAtMillis()) / 1000;
    section
        .put("redis_version", ConnectionCommands.REDIS_VERSION)
        .put("redis_git_sha1", "00000000")
        .put("redis_git_dirty", 0)
        .put("redis_build_id", "holdfast")
        .put("redis_mode", "standalone")
        .put("os", System.getProperty("os.name", "") + " " + System.getProperty("os.arch", ""))
        .put("arch_bits", 64)
        .put("process_id", engine.host().processId())
        .put("run_id", settings.runId())
        .put("tcp_port", engine.host().port())
        .put("server_time_usec", now * 1000)
        .put("uptime_in_seconds", upSeconds)
        .put("uptime_in_days", upSeconds / 86_400)
        .put("hz", 10)
        .put("configured_hz", 10)
        .put("executable", "holdfast")
        .put("config_file", "");
  }

  private static void clients(Engine engine, InfoReport.Section section) {
    int replicas = 0;
    int pubSub = 0;
    for (Client client : engine.clients()) {
      replicas += client.kind() == Client.Kind.REPLICA ? 1 : 0;
      pubSub += client.kind() == Client.Kind.PUBSUB ? 1 : 0;
    }
    section
        .put("connected_clients", engine.clients().size() - replicas)
        .put("maxclients", engine.host().clientsMax())
        .put("blocked_clients", engine.blocked().size())
        .put("pubsub_clients", pubSub)
        .put("tracking_clients", 0);
  }

  private static void memory(Engine engine, InfoReport.Section section) {
    long used = engine.host().usedMemoryBytes();
    section
        .put("used_memory", used)
        .put("used_memory_human", human(used))
        .put("used_memory_rss", used)
        .put("maxmemory", 0)
        .put("maxmemory_human", "0B")
        .put("maxmemory_policy", "noeviction");
  }

  private static String human(long bytes) {
    long hundredths = Math.round(bytes / 1024.0 / 1024.0 * 100);
    return hundredths / 100 + (hundredths % 100 < 10 ? ".0" : ".") + hundredths % 100 + "M";
  }

  private static void stats(Engine engine, InfoReport.Section section) {
    Stats stats = engine.stats();
    section
        .put("total_connections_received", stats.connections())
        .put("total_commands_processed", stats.commands())
        .put("expired_keys", engine.keyspace().expiredKeys())
        .put("evicted_keys", 0)
        .put("keyspace_hits", stats.hits())
        .put("keyspace_misses", stats.misses())
        .put("pubsub_channels", engine.pubSub().channels().size())
        .put("pubsub_patterns", engine.pubSub().patterns().size())
        .put("total_error_replies", stats.errorReplies());
  }

  private static void cpu(Engine engine, InfoReport.Section section) {
    long micros = engine.host().cpuNanos() / 1000;
    String fraction = Long.toString(1_000_000 + micros % 1_000_000).substring(1);
    section.put("used_cpu_user", micros / 1_000_000 + "." + fraction);
  }

  private static void keyspace(Engine engine, InfoReport.Section section) {
    for (Database database : engine.keyspace().databases()) {
      if (database.size() > 0) {
        section.put(
            "db" + database.index(),
            "keys=" + database.size() + ",expires=" + database.expiringSize() + ",avg_ttl=0");
      }
    }
  }
}
