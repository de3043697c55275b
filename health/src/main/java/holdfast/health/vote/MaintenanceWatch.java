package holdfast.health.vote;

import holdfast.backend.model.AcceptedRecord;
import holdfast.health.detect.DownReason;
import holdfast.health.failover.Stage;

/** Maintenance: taken up, passed on, and said aloud, so that nobody forgets that it is on. */
final class MaintenanceWatch {
  private static final long SAY_AGAIN_NANOS = 60_000_000_000L;

  private MaintenanceWatch() {}

  /** A voter that starts says what it finds at the first tick. */
  static Maintenance.Said unsaid(long nowNanos) {
    return new Maintenance.Said(nowNanos - SAY_AGAIN_NANOS, false);
  }

  static void asked(Turn turn, boolean on) {
    if (turn.durable.maintenance().on() != on) {
      take(turn, turn.durable.maintenance().next(on));
      turn.sendAll(Messages.hello(turn));
    }
  }

  static void told(Turn turn, Maintenance told) {
    if (turn.durable.maintenance().isOverruledBy(told)) {
      take(turn, told);
    }
  }

  private static void take(Turn turn, Maintenance next) {
    boolean before = turn.durable.maintenance().on();
    turn.persist(turn.durable.maintained(next));
    if (next.on() != before) {
      turn.warn(
          next.on()
              ? "maintenance begins: a master that fails is NOT replaced"
              : "maintenance ends: a master that fails is replaced again");
      turn.maintenanceSaid = new Maintenance.Said(turn.nowNanos, false);
    }
  }

  static void tick(Turn turn) {
    if (!turn.durable.maintenance().on()) {
      return;
    }
    Maintenance.Said said = turn.maintenanceSaid;
    AcceptedRecord record = turn.durable.record();
    DownReason down =
        record == null || turn.unfinished() || turn.stage instanceof Stage.Running
            ? DownReason.UP
            : Elections.masterDown(turn);
    if (down != DownReason.UP && record != null) {
      if (!said.wouldHave()) {
        turn.warn(
            "maintenance: master "
                + record.master()
                + " is down ("
                + down
                + ") and would be replaced now; HOLDFAST MAINTENANCE OFF lets that happen");
      }
    }
    boolean again = turn.nowNanos - said.saidNanos() >= SAY_AGAIN_NANOS;
    if (again) {
      turn.warn("maintenance is on: a master that fails is NOT replaced");
    }
    turn.maintenanceSaid =
        new Maintenance.Said(again ? turn.nowNanos : said.saidNanos(), down != DownReason.UP);
  }
}
