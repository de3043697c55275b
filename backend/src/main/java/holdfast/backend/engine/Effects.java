package holdfast.backend.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects what one command or transaction changed, and hands it on as a whole: more than one
 * effect goes between MULTI and EXEC, so that a replica never shows half of it. Source: Redis 7
 * {@code server.c}, propagatePendingCommands.
 */
final class Effects {
  private static final byte[][] MULTI = {Words.MULTI};
  private static final byte[][] EXEC = {Words.EXEC};

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Effect(int database, byte[][] command) {}

  private final Propagation propagation;
  private final ServerGate gate;
  private final List<Effect> pending = new ArrayList<>();
  private boolean muted;

  Effects(Propagation propagation, ServerGate gate) {
    this.gate = gate;
    this.propagation = propagation;
  }

  /**
   * A replica has no effects of its own. While it executes its master's stream, not even those of
   * the stream count: the shell passes it on.
   */
  void muted(boolean value) {
    muted = value;
  }

  void add(int database, byte[][] command) {
    if (!muted && !gate.isReplica()) {
      pending.add(new Effect(database, command));
    }
  }

  /** Hands on what has been collected. */
  void flush() {
    int count = pending.size();
    if (count == 0) {
      return;
    }
    boolean several = count > 1;
    int first = pending.getFirst().database;
    if (several) {
      propagation.propagate(first, MULTI);
    }
    int last = first;
    for (Effect effect : pending) {
      propagation.propagate(effect.database, effect.command);
      last = effect.database;
    }
    if (several) {
      propagation.propagate(last, EXEC);
    }
    pending.clear();
  }
}
