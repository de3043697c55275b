package holdfast.backend.server;

import holdfast.backend.engine.DebugCommand;
import holdfast.backend.resp.RespLimits;

/**
 * What clients may do to the server.
 *
 * @param countMax connections at a time (maxclients)
 * @param idleTimeoutSeconds a connection silent for longer is closed; 0 for never (timeout)
 * @param limits bounds of what they send
 * @param normal output limit of ordinary clients, who besides are not read from while they owe us
 *     reading
 * @param pubsub output limit of subscribers
 * @param debug who may use DEBUG, whose SLEEP stops the server for everybody (enable-debug-command)
 */
public record ClientSettings(
    int countMax,
    int idleTimeoutSeconds,
    RespLimits limits,
    OutputLimit normal,
    OutputLimit pubsub,
    DebugCommand.Access debug) {
  private static final long MB = 1024 * 1024;

  /** Redis's, except that an ordinary client too may not make us keep more than 1 GB. */
  public static final ClientSettings STANDARD =
      new ClientSettings(
          10_000,
          0,
          RespLimits.STANDARD,
          new OutputLimit(1024 * MB, 0, 0),
          new OutputLimit(32 * MB, 8 * MB, 60),
          DebugCommand.Access.NO);

  /** Checks each. */
  public ClientSettings {
    if (countMax < 1) {
      throw new IllegalArgumentException("countMax " + countMax + ", expected 1 or more");
    }
    if (idleTimeoutSeconds < 0) {
      throw new IllegalArgumentException(
          "idleTimeoutSeconds " + idleTimeoutSeconds + ", expected 0 or more");
    }
  }

  /** The same with room for another number of connections. */
  public ClientSettings withCountMax(int value) {
    return new ClientSettings(value, idleTimeoutSeconds, limits, normal, pubsub, debug);
  }

  /** The same with other output limits. */
  public ClientSettings withOutput(OutputLimit normal, OutputLimit pubsub) {
    return new ClientSettings(countMax, idleTimeoutSeconds, limits, normal, pubsub, debug);
  }

  /** The same with other bounds of what they send. */
  public ClientSettings withLimits(RespLimits value) {
    return new ClientSettings(countMax, idleTimeoutSeconds, value, normal, pubsub, debug);
  }

  /** The same with DEBUG for these. */
  public ClientSettings withDebug(DebugCommand.Access value) {
    return new ClientSettings(countMax, idleTimeoutSeconds, limits, normal, pubsub, value);
  }
}
