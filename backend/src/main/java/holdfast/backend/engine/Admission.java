package holdfast.backend.engine;

import holdfast.backend.command.CommandFacts;
import holdfast.backend.command.CommandFlag;
import org.jspecify.annotations.Nullable;

/**
 * Whether a command may run now: what server ({@link ServerGate}) and client are in the middle of.
 * The order of the questions is that of Redis {@code server.c}, processCommand, as a client sees
 * which answer comes first.
 */
final class Admission {
  private final ServerGate gate;
  private final PausedClients paused;

  Admission(ServerGate gate, PausedClients paused) {
    this.gate = gate;
    this.paused = paused;
  }

  /** Why the server or the client is in no state for this command, or null. */
  @Nullable CommandError refusal(Client client, CommandFacts facts) {
    if (!client.isAuthenticated() && !facts.has(CommandFlag.NO_AUTH)) {
      return Errors.NO_AUTH;
    }
    Transaction transaction = client.transaction();
    if (transaction.isOpen() && facts.has(CommandFlag.NO_MULTI)) {
      return Errors.NOT_IN_TRANSACTION;
    }
    boolean isExec = transaction.isOpen() && facts.name().equals("exec");
    if (facts.has(CommandFlag.WRITE) || (isExec && transaction.hasWrites())) {
      CommandError refusal = gate.refusalOfWrite();
      if (refusal != null) {
        return refusal;
      }
    }
    if (client.protocol() == 2
        && client.subscriptions().count() > 0
        && !isAllowedInSubscribedMode(facts)) {
      return new CommandError(
          "ERR Can't execute '"
              + facts.name()
              + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in"
              + " this context");
    }
    if (!facts.has(CommandFlag.STALE) || (isExec && !transaction.isAllStale())) {
      CommandError refusal = gate.refusalOfStale();
      if (refusal != null) {
        return refusal;
      }
    }
    if (gate.isLoading()
        && (!facts.has(CommandFlag.LOADING) || (isExec && !transaction.isAllLoading()))) {
      return Errors.LOADING;
    }
    return null;
  }

  private static boolean isAllowedInSubscribedMode(CommandFacts facts) {
    return switch (facts.name()) {
      case "ping",
          "subscribe",
          "ssubscribe",
          "psubscribe",
          "unsubscribe",
          "sunsubscribe",
          "punsubscribe",
          "quit",
          "reset" ->
          true;
      default -> false;
    };
  }

  /** Whether CLIENT PAUSE holds this command. */
  boolean isHeldByPause(Client client, CommandFacts facts) {
    if (!paused.isActive() || client.kind() == Client.Kind.REPLICA) {
      return false;
    }
    return paused.holdsAll()
        || mayReplicate(facts)
        || (facts.name().equals("exec") && client.transaction().mayReplicate());
  }

  /**
   * Whether a command may add to the replication stream. Redis keeps the flag of those that are no
   * writes, CMD_MAY_REPLICATE, to itself: COMMAND does not show it.
   */
  static boolean mayReplicate(CommandFacts facts) {
    return facts.has(CommandFlag.WRITE)
        || switch (facts.name()) {
          case "publish", "spublish", "pfcount", "eval", "evalsha", "fcall" -> true;
          default -> facts.has(CommandFlag.MAY_REPLICATE);
        };
  }

  /** Whether a command is executed at once inside MULTI instead of being queued. */
  static boolean isExecutedInMulti(CommandFacts facts) {
    return switch (facts.name()) {
      case "exec", "discard", "multi", "watch", "quit", "reset" -> true;
      default -> false;
    };
  }
}
