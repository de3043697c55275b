package holdfast.health.sim;

import java.util.EnumSet;
import java.util.Set;

/**
 * How schedules are drawn.
 *
 * @param off guards that are taken away
 * @param clocksLie holders' clocks stand still at times: leases are worth nothing, and only what is
 *     acknowledged at K >= 1 is judged
 * @param durable K is at least 1
 * @param changes the sets and K are changed in each schedule
 * @param disksLost so many voters lose their disks around the first start; of more than one it is
 *     only judged that nothing is broken, as the rest may have to wait for an operator
 * @param engines all backends are engines, which applications write to directly all the time
 */
record SimOptions(
    Set<Guard> off,
    boolean clocksLie,
    boolean durable,
    boolean changes,
    int disksLost,
    boolean engines) {
  static final SimOptions ALL_GUARDS =
      new SimOptions(EnumSet.noneOf(Guard.class), false, false, false, 0, false);

  static SimOptions without(Guard guard) {
    return new SimOptions(EnumSet.of(guard), false, false, false, 0, false);
  }

  SimOptions atK1() {
    return new SimOptions(off, clocksLie, true, changes, disksLost, engines);
  }

  SimOptions withChanges() {
    return new SimOptions(off, clocksLie, durable, true, disksLost, engines);
  }

  SimOptions withLyingClocks() {
    return new SimOptions(off, true, durable, changes, disksLost, engines);
  }

  SimOptions withDisksLost(int count) {
    return new SimOptions(off, clocksLie, durable, changes, count, engines);
  }

  SimOptions withEngines() {
    return new SimOptions(off, clocksLie, durable, changes, disksLost, true);
  }

  boolean has(Guard guard) {
    return !off.contains(guard);
  }
}
