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
 */
record SimOptions(
    Set<Guard> off, boolean clocksLie, boolean durable, boolean changes, int disksLost) {
  static final SimOptions ALL_GUARDS =
      new SimOptions(EnumSet.noneOf(Guard.class), false, false, false, 0);

  static SimOptions without(Guard guard) {
    return new SimOptions(EnumSet.of(guard), false, false, false, 0);
  }

  SimOptions atK1() {
    return new SimOptions(off, clocksLie, true, changes, disksLost);
  }

  SimOptions withChanges() {
    return new SimOptions(off, clocksLie, durable, true, disksLost);
  }

  SimOptions withLyingClocks() {
    return new SimOptions(off, true, durable, changes, disksLost);
  }

  SimOptions withDisksLost(int count) {
    return new SimOptions(off, clocksLie, durable, changes, count);
  }

  boolean has(Guard guard) {
    return !off.contains(guard);
  }
}
