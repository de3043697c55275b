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
 * @param pace how long it may say nothing, and how much at a time
 */
public record ClientLimits(
    int clientsMax,
    long outputBytesMax,
    Duration stallMax,
    int streamBytes,
    int transactionBytesMax,
    int subscriptionsMax,
    int loginsMax,
    int databases,
    Pace pace) {
  private static final int MB = 1024 * 1024;

  /**
   * How long a client may say nothing, and how fast it may go on.
   *
   * @param idleMax a client that says nothing and waits for nothing so long is closed; zero for
   *     never
   * @param commandsPerSecondMax further commands wait, a second's worth at once goes through; 0 for
   *     as many as it likes
   */
  public record Pace(Duration idleMax, int commandsPerSecondMax) {
    /** Whatever it likes. */
    public static final Pace FREE = new Pace(Duration.ZERO, 0);

    /** Refuses what is below zero. */
    public Pace {
      if (idleMax.isNegative()) {
        throw new IllegalArgumentException("idle " + idleMax + ", expected 0 or more");
      }
      atLeast("commands per second", commandsPerSecondMax, 0);
    }
  }

  /** 10,000 clients; 64 MB of output; pieces above 1 MB; 16 databases as Redis has. */
  public static final ClientLimits STANDARD =
      new ClientLimits(
          10_000, 64L * MB, Duration.ofMillis(500), MB, MB, 10_000, 256, 16, Pace.FREE);

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

  /** The same at another pace. */
  public ClientLimits withPace(Pace other) {
    return new ClientLimits(
        clientsMax,
        outputBytesMax,
        stallMax,
        streamBytes,
        transactionBytesMax,
        subscriptionsMax,
        loginsMax,
        databases,
        other);
  }
}
