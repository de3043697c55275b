package holdfast.proxy.dispatch;

import holdfast.backend.model.NodeAddress;
import org.jspecify.annotations.Nullable;

/**
 * What {@code INFO replication} says of how far a node is. Pure. Source: Redis {@code server.c}
 * genRedisInfoString, 7.0.15.
 *
 * @param isMaster or a replica
 * @param master whom a replica follows; null for a master
 * @param inStep a replica whose link is up, and which is not taking a snapshot
 * @param replicationId the history of its data
 * @param offset of a master; of a replica what it has applied, or {@link #UNKNOWN} if it shows two
 *     different ones, as it does after a load that failed
 */
record ReplicationSample(
    boolean isMaster,
    @Nullable NodeAddress master,
    boolean inStep,
    String replicationId,
    long offset) {
  static final long UNKNOWN = -1;

  /**
   * Reads a reply's text.
   *
   * @throws IllegalArgumentException if it is none of a server that replicates
   */
  static ReplicationSample parse(String text) {
    String role = "";
    String host = "";
    String port = "";
    boolean linkUp = false;
    boolean syncing = false;
    String id = "";
    long masterOffset = UNKNOWN;
    long replicaOffset = UNKNOWN;
    for (String line : text.split("\r\n", -1)) {
      int colon = line.indexOf(':');
      if (colon < 0) {
        continue;
      }
      String value = line.substring(colon + 1);
      switch (line.substring(0, colon)) {
        case "role" -> role = value;
        case "master_host" -> host = value;
        case "master_port" -> port = value;
        case "master_link_status" -> linkUp = value.equals("up");
        case "master_sync_in_progress" -> syncing = !value.equals("0");
        case "master_replid" -> id = value;
        case "master_repl_offset" -> masterOffset = Long.parseLong(value);
        case "slave_repl_offset" -> replicaOffset = Long.parseLong(value);
        default -> {}
      }
    }
    if (role.equals("master")) {
      return new ReplicationSample(true, null, false, id, masterOffset);
    }
    if (!role.equals("slave")) {
      throw new IllegalArgumentException("INFO replication without a role");
    }
    return new ReplicationSample(
        false,
        new NodeAddress(host, Integer.parseInt(port)),
        linkUp && !syncing,
        id,
        replicaOffset > 1 && replicaOffset == masterOffset ? replicaOffset : UNKNOWN);
  }
}
