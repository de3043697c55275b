package holdfast.backend.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a backend's INFO says that decides about it. Source: Redis {@code server.c}
 * genRedisInfoString, fields measured on 7.0.15.
 *
 * @param runId the process
 * @param role master or replica
 * @param masterAddress where a replica is pointed, null for a master
 * @param linkUp a replica's link to its master
 * @param syncing a replica that is loading a snapshot of its master
 * @param loading the process is loading its own data; other values may not be final
 * @param replicationId the history its data belongs to, as it says
 * @param secondReplicationId the history before the last promotion, null for none
 * @param secondOffset first offset at which the two histories differ, -1 for none
 * @param masterOffset {@code master_repl_offset}
 * @param replicaOffset {@code slave_repl_offset}, applied by a replica; -1 for a master
 * @param keys keys in all databases
 * @param priority {@code slave_priority}; 0 is never promoted; 100 for a master, which does not say
 * @param replicas a master's attached replicas
 * @param engine what only an engine of ours says, which takes orders by epoch; null for any other
 *     server
 */
public record NodeInfo(
    RunId runId,
    Role role,
    @Nullable NodeAddress masterAddress,
    boolean linkUp,
    boolean syncing,
    boolean loading,
    ReplicationId replicationId,
    @Nullable ReplicationId secondReplicationId,
    long secondOffset,
    long masterOffset,
    long replicaOffset,
    long keys,
    int priority,
    List<Attached> replicas,
    @Nullable EngineState engine) {
  private static final String NO_REPLICATION_ID = "0".repeat(40);
  private static final int REPLICAS_MAX = 1024;

  /** A replica as its master sees it; the offset is that of its last acknowledgement. */
  public record Attached(NodeAddress address, boolean online, long offset) {}

  /**
   * What an engine of ours says.
   *
   * @param epoch the latest it has heard of, 0 for none
   * @param refusedHistory of the master it was told to follow, as the last order did not name it;
   *     null if it refused none
   * @param mayWrite false for a master that lacks the lease which it needs
   */
  public record EngineState(long epoch, @Nullable ReplicationId refusedHistory, boolean mayWrite) {}

  /** Copies the list. */
  public NodeInfo {
    replicas = List.copyOf(replicas);
  }

  /** Of a server that is no engine of ours. */
  public NodeInfo(
      RunId runId,
      Role role,
      @Nullable NodeAddress masterAddress,
      boolean linkUp,
      boolean syncing,
      boolean loading,
      ReplicationId replicationId,
      @Nullable ReplicationId secondReplicationId,
      long secondOffset,
      long masterOffset,
      long replicaOffset,
      long keys,
      int priority,
      List<Attached> replicas) {
    this(
        runId,
        role,
        masterAddress,
        linkUp,
        syncing,
        loading,
        replicationId,
        secondReplicationId,
        secondOffset,
        masterOffset,
        replicaOffset,
        keys,
        priority,
        replicas,
        null);
  }

  /**
   * Reads INFO's text.
   *
   * @throws IllegalArgumentException if a field that is needed is missing or of another form
   */
  public static NodeInfo parse(String info) {
    Map<String, String> fields = new HashMap<>();
    long keys = 0;
    List<Attached> replicas = new ArrayList<>();
    int end;
    for (int start = 0; start < info.length(); start = end + 1) {
      int feed = info.indexOf('\n', start);
      end = feed < 0 ? info.length() : feed;
      int colon = info.indexOf(':', start);
      if (colon <= start || colon >= end || info.charAt(start) == '#') {
        continue;
      }
      String key = info.substring(start, colon);
      boolean returned = info.charAt(end - 1) == '\r';
      String value = info.substring(colon + 1, returned ? end - 1 : end);
      fields.put(key, value);
      if (numbered(key, "db")) {
        keys += number("keys", part(value, "keys"));
      } else if (numbered(key, "slave") && replicas.size() < REPLICAS_MAX) {
        replicas.add(attached(value));
      }
    }
    return of(fields, keys, replicas);
  }

  private static NodeInfo of(Map<String, String> fields, long keys, List<Attached> replicas) {
    boolean master =
        switch (needed(fields, "role")) {
          case "master" -> true;
          case "slave" -> false;
          default -> throw new IllegalArgumentException("INFO with role " + fields.get("role"));
        };
    String second = fields.getOrDefault("master_replid2", NO_REPLICATION_ID);
    return new NodeInfo(
        new RunId(needed(fields, "run_id")),
        master ? Role.MASTER : Role.REPLICA,
        master
            ? null
            : new NodeAddress(
                needed(fields, "master_host"),
                Math.toIntExact(number("master_port", needed(fields, "master_port")))),
        "up".equals(fields.get("master_link_status")),
        "1".equals(fields.get("master_sync_in_progress")),
        "1".equals(fields.get("loading")),
        new ReplicationId(needed(fields, "master_replid")),
        second.equals(NO_REPLICATION_ID) ? null : new ReplicationId(second),
        optional(fields, "second_repl_offset", -1),
        number("master_repl_offset", needed(fields, "master_repl_offset")),
        master ? -1 : optional(fields, "slave_repl_offset", -1),
        keys,
        Math.toIntExact(optional(fields, "slave_priority", 100)),
        replicas,
        engine(fields));
  }

  private static @Nullable EngineState engine(Map<String, String> fields) {
    if (!fields.containsKey("holdfast_version")) {
      return null;
    }
    String refused = fields.getOrDefault("holdfast_refused_history", "-");
    return new EngineState(
        optional(fields, "holdfast_epoch", 0),
        refused.equals("-") ? null : new ReplicationId(refused),
        !"not held".equals(fields.get("holdfast_lease")));
  }

  private static boolean numbered(String key, String prefix) {
    int length = prefix.length();
    if (key.length() <= length || !key.startsWith(prefix)) {
      return false;
    }
    for (int i = length; i < key.length(); i++) {
      if (key.charAt(i) < '0' || key.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  private static Attached attached(String value) {
    return new Attached(
        new NodeAddress(part(value, "ip"), Math.toIntExact(number("port", part(value, "port")))),
        part(value, "state").equals("online"),
        number("offset", part(value, "offset")));
  }

  /** The value of {@code name} in {@code a=1,b=2}. */
  private static String part(String value, String name) {
    for (String pair : value.split(",", -1)) {
      if (pair.startsWith(name)
          && pair.length() > name.length()
          && pair.charAt(name.length()) == '=') {
        return pair.substring(name.length() + 1);
      }
    }
    throw new IllegalArgumentException(
        "INFO with \"" + Shown.of(value) + "\", expected " + name + "=");
  }

  private static String needed(Map<String, String> fields, String key) {
    String value = fields.get(key);
    if (value == null) {
      throw new IllegalArgumentException("INFO without " + key);
    }
    return value;
  }

  private static long optional(Map<String, String> fields, String key, long otherwise) {
    String value = fields.get(key);
    return value == null ? otherwise : number(key, value);
  }

  private static long number(String key, String value) {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "INFO with " + key + " \"" + Shown.of(value) + "\", expected a number", e);
    }
  }

  /** Whether it is an engine of ours. */
  public boolean isEngine() {
    return engine != null;
  }

  /** Whether it is a replica of the node at {@code address}. */
  public boolean isReplicaOf(NodeAddress address) {
    return role == Role.REPLICA && address.equals(masterAddress);
  }

  /**
   * How far its data goes: a master's own offset, a replica's applied one. {@code -1} where it says
   * nothing certain: while it loads, a value of at most 1, or two that differ (after a failed load
   * INFO still shows old values).
   */
  public long dataOffset() {
    if (loading || syncing) {
      return -1;
    }
    if (role == Role.MASTER) {
      return masterOffset;
    }
    return replicaOffset <= 1 || replicaOffset != masterOffset ? -1 : replicaOffset;
  }
}
