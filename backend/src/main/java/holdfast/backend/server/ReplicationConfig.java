package holdfast.backend.server;

import holdfast.backend.engine.ConfigTable;
import java.util.Locale;

/** Parameters of replication that CONFIG GET shows and CONFIG SET changes. */
final class ReplicationConfig {
  private static final long SECOND = 1000;

  private final ServerContext server;
  private int priority = 100;
  private int minReplicas;
  private int minReplicasMaxLag = 10;

  ReplicationConfig(ServerContext server) {
    this.server = server;
  }

  /** Among replicas equally far the one with the smaller is promoted; 0: never. */
  int priority() {
    return priority;
  }

  int minReplicas() {
    return minReplicas;
  }

  /** Seconds. */
  int minReplicasMaxLag() {
    return minReplicasMaxLag;
  }

  void register(ConfigTable table) {
    table.add(
        "repl-backlog-size",
        () -> Integer.toString(server.stream().backlog().size()),
        text -> {
          server.stream().settle();
          server.stream().backlog().resize(bytes(text));
        });
    table.add(
        "repl-backlog-ttl",
        () -> Long.toString(settings().backlogTtlSeconds()),
        text ->
            server.replicationSettings(
                settings()
                    .withBacklog(settings().backlogBytes(), number(text, 0, Integer.MAX_VALUE))));
    table.add(
        "repl-timeout",
        () -> Long.toString((settings().timeoutMillis() + 999) / SECOND),
        text ->
            server.replicationSettings(
                settings()
                    .withTimes(
                        number(text, 1, Integer.MAX_VALUE) * SECOND,
                        settings().pingPeriodMillis())));
    both(
        table,
        "repl-ping-replica-period",
        "repl-ping-slave-period",
        () -> Long.toString((settings().pingPeriodMillis() + 999) / SECOND),
        text ->
            server.replicationSettings(
                settings()
                    .withTimes(
                        settings().timeoutMillis(), number(text, 1, Integer.MAX_VALUE) * SECOND)));
    both(
        table,
        "min-replicas-to-write",
        "min-slaves-to-write",
        () -> Integer.toString(minReplicas),
        text -> {
          minReplicas = (int) number(text, 0, Integer.MAX_VALUE);
          server.engine().gate().minReplicasToWrite(minReplicasMaxLag == 0 ? 0 : minReplicas);
        });
    both(
        table,
        "min-replicas-max-lag",
        "min-slaves-max-lag",
        () -> Integer.toString(minReplicasMaxLag),
        text -> {
          minReplicasMaxLag = (int) number(text, 0, Integer.MAX_VALUE);
          server.engine().gate().minReplicasToWrite(minReplicasMaxLag == 0 ? 0 : minReplicas);
        });
    both(
        table,
        "replica-priority",
        "slave-priority",
        () -> Integer.toString(priority),
        text -> priority = (int) number(text, 0, Integer.MAX_VALUE));
    both(
        table,
        "replica-serve-stale-data",
        "slave-serve-stale-data",
        () -> server.engine().gate().servesStaleData() ? "yes" : "no",
        text -> server.engine().gate().servesStaleData(yes(text)));
    table.add(
        "masterauth",
        () -> settings().masterPassword() == null ? "" : settings().masterPassword(),
        text ->
            server.replicationSettings(
                settings().withMasterAuth(settings().masterUser(), text.isEmpty() ? null : text)));
    table.add(
        "masteruser",
        () -> settings().masterUser() == null ? "" : settings().masterUser(),
        text ->
            server.replicationSettings(
                settings()
                    .withMasterAuth(text.isEmpty() ? null : text, settings().masterPassword())));
    table.constant("replica-read-only", "yes");
    table.constant("slave-read-only", "yes");
    table.constant("repl-diskless-sync", "yes");
    table.constant("repl-diskless-sync-delay", "0");
    table.constant("repl-diskless-load", "disabled");
    table.constant("repl-disable-tcp-nodelay", "no");
  }

  private static void both(
      ConfigTable table,
      String name,
      String oldName,
      java.util.function.Supplier<String> get,
      java.util.function.Consumer<String> set) {
    table.add(name, get, set);
    table.add(oldName, get, set);
  }

  private ReplicationSettings settings() {
    return server.replicationSettings();
  }

  static boolean yes(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "yes" -> true;
      case "no" -> false;
      default -> throw new IllegalArgumentException("argument must be 'yes' or 'no'");
    };
  }

  static long number(String text, long min, long max) {
    if (!text.matches("-?\\d{1,18}")) {
      throw new IllegalArgumentException("argument couldn't be parsed into an integer");
    }
    long value = Long.parseLong(text);
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "argument must be between " + min + " and " + max + " inclusive");
    }
    return value;
  }

  /** "1mb", "64k", "1000": kb and mb count in 1024, k and m in 1000. */
  static long bytes(String text) {
    var matcher =
        java.util.regex.Pattern.compile("(\\d{1,15})(b|k|kb|m|mb|g|gb)?")
            .matcher(text.toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new IllegalArgumentException("argument must be a memory value");
    }
    long unit =
        switch (String.valueOf(matcher.group(2))) {
          case "k" -> 1000;
          case "kb" -> 1024;
          case "m" -> 1_000_000;
          case "mb" -> 1024 * 1024;
          case "g" -> 1_000_000_000;
          case "gb" -> 1024 * 1024 * 1024;
          default -> 1;
        };
    return Math.multiplyExact(Long.parseLong(matcher.group(1)), unit);
  }
}
