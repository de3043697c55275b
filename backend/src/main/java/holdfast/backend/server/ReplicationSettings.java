package holdfast.backend.server;

import holdfast.backend.replication.Backlog;
import org.jspecify.annotations.Nullable;

/**
 * Replication, from both ends.
 *
 * @param masterUser for AUTH to a master, null for the default user (masteruser)
 * @param masterPassword for AUTH to a master, null for none (masterauth)
 * @param announcedAddress what a master should show instead of the address it sees, or null
 * @param announcedPort what a master should show instead of our port; 0 for our port
 * @param timeoutMillis silence after which either end gives the link up (repl-timeout)
 * @param pingPeriodMillis how often a master says PING to its replicas (repl-ping-replica-period)
 * @param backlogBytes how much of the stream is kept for replicas that come back
 *     (repl-backlog-size)
 * @param backlogTtlSeconds how long it is kept without any replica; 0 for always (repl-backlog-ttl)
 * @param output limit of what waits for a replica; over it the replica is disconnected
 */
public record ReplicationSettings(
    @Nullable String masterUser,
    @Nullable String masterPassword,
    @Nullable String announcedAddress,
    int announcedPort,
    long timeoutMillis,
    long pingPeriodMillis,
    long backlogBytes,
    long backlogTtlSeconds,
    OutputLimit output) {
  private static final long MB = 1024 * 1024;

  /** Redis's. */
  public static final ReplicationSettings STANDARD =
      new ReplicationSettings(
          null, null, null, 0, 60_000, 10_000, MB, 3600, new OutputLimit(256 * MB, 64 * MB, 60));

  /** Checks each. */
  public ReplicationSettings {
    if (timeoutMillis < 1 || pingPeriodMillis < 1) {
      throw new IllegalArgumentException(
          "timeoutMillis "
              + timeoutMillis
              + ", pingPeriodMillis "
              + pingPeriodMillis
              + ", expected 1 or more");
    }
    if (backlogBytes < Backlog.SIZE_MIN || backlogBytes > Backlog.SIZE_MAX) {
      throw new IllegalArgumentException(
          "backlogBytes "
              + backlogBytes
              + ", expected "
              + Backlog.SIZE_MIN
              + " to "
              + Backlog.SIZE_MAX);
    }
    if (backlogTtlSeconds < 0 || announcedPort < 0 || announcedPort > 65_535) {
      throw new IllegalArgumentException(
          "backlogTtlSeconds " + backlogTtlSeconds + ", announcedPort " + announcedPort);
    }
  }

  /** The same with credentials for the master. */
  public ReplicationSettings withMasterAuth(@Nullable String user, @Nullable String password) {
    return new ReplicationSettings(
        user,
        password,
        announcedAddress,
        announcedPort,
        timeoutMillis,
        pingPeriodMillis,
        backlogBytes,
        backlogTtlSeconds,
        output);
  }

  /** The same, shown elsewhere by the master. */
  public ReplicationSettings withAnnounced(@Nullable String address, int port) {
    return new ReplicationSettings(
        masterUser,
        masterPassword,
        address,
        port,
        timeoutMillis,
        pingPeriodMillis,
        backlogBytes,
        backlogTtlSeconds,
        output);
  }

  /** The same with other times. */
  public ReplicationSettings withTimes(long timeoutMillis, long pingPeriodMillis) {
    return new ReplicationSettings(
        masterUser,
        masterPassword,
        announcedAddress,
        announcedPort,
        timeoutMillis,
        pingPeriodMillis,
        backlogBytes,
        backlogTtlSeconds,
        output);
  }

  /** The same with another backlog. */
  public ReplicationSettings withBacklog(long bytes, long ttlSeconds) {
    return new ReplicationSettings(
        masterUser,
        masterPassword,
        announcedAddress,
        announcedPort,
        timeoutMillis,
        pingPeriodMillis,
        bytes,
        ttlSeconds,
        output);
  }

  /** The same with another limit of what waits for a replica. */
  public ReplicationSettings withOutput(OutputLimit value) {
    return new ReplicationSettings(
        masterUser,
        masterPassword,
        announcedAddress,
        announcedPort,
        timeoutMillis,
        pingPeriodMillis,
        backlogBytes,
        backlogTtlSeconds,
        value);
  }

  /** Without the password: settings reach logs. */
  @Override
  public String toString() {
    return "ReplicationSettings[masterUser="
        + masterUser
        + ", masterPassword="
        + (masterPassword == null ? "none" : "set")
        + ", announced="
        + announcedAddress
        + ":"
        + announcedPort
        + ", timeoutMillis="
        + timeoutMillis
        + ", pingPeriodMillis="
        + pingPeriodMillis
        + ", backlogBytes="
        + backlogBytes
        + ", backlogTtlSeconds="
        + backlogTtlSeconds
        + ", output="
        + output
        + "]";
  }
}
