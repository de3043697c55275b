package holdfast.proxy.session;

import java.time.Duration;

/**
 * What one client may cost.
 *
 * @param clientsMax connections at a time; one more gets an error and is closed
 * @param outputBytesMax bytes of replies that may wait for a client that does not read; beyond it
 *     the client is closed
 * @param stallMax how long a reply that is larger than what may wait is held back for a client that
 *     does not read, while others wait behind it on the same link
 * @param streamBytes a command longer than this flows through on a link of its own, in pieces
 * @param transactionBytesMax bytes of a MULTI that are kept for a switch; a longer one is not moved
 * @param subscriptionsMax channels and patterns of one client
 * @param loginsMax users of the backends that are logged in at a time, on each loop
 * @param databases how many databases SELECT may name
 */
public record ClientLimits(
    int clientsMax,
    long outputBytesMax,
    Duration stallMax,
    int streamBytes,
    int transactionBytesMax,
    int subscriptionsMax,
    int loginsMax,
    int databases) {
  private static final int MB = 1024 * 1024;

  /** 10,000 clients; 64 MB of output; pieces above 1 MB; 16 databases as Redis has. */
  public static final ClientLimits STANDARD =
      new ClientLimits(10_000, 64L * MB, Duration.ofMillis(500), MB, MB, 10_000, 256, 16);

  /** Checks each limit. */
  public ClientLimits {
    atLeast("clients", clientsMax, 1);
    atLeast("output bytes", outputBytesMax, 64 * 1024);
    atLeast("streamed from bytes", streamBytes, 64 * 1024);
    atLeast("transaction bytes", transactionBytesMax, 1024);
    atLeast("subscriptions", subscriptionsMax, 1);
    atLeast("logins", loginsMax, 1);
    atLeast("databases", databases, 1);
    if (stallMax.isNegative()) {
      throw new IllegalArgumentException("stall " + stallMax + ", expected 0 or more");
    }
    if (databases > 1024) {
      // A loop keeps a place for a link per database.
      throw new IllegalArgumentException("databases " + databases + ", expected 1 to 1024");
    }
  }

  private static void atLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " " + value + ", expected at least " + least);
    }
  }
}
