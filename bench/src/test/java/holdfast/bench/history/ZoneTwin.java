package holdfast.bench.history;

import holdfast.bench.history.Operation.Outcome;
import holdfast.bench.history.Operation.Read;
import holdfast.bench.history.Operation.Write;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Another way to the same verdict on registers, without any search: each value's zone reaches from
 * the first end to the last beginning among its write and its reads. Forward zones (the end comes
 * first) must not overlap, and no backward zone may lie within a forward one (Gibbons and Korach
 * 1997). Every pair is looked at, so it is for short histories.
 */
final class ZoneTwin {
  private static final class Zone {
    long firstEnd = Long.MAX_VALUE;
    long lastBegin = Long.MIN_VALUE;
    boolean written;
    boolean seen;
    boolean never;

    boolean forward() {
      return firstEnd < lastBegin;
    }

    long low() {
      return Math.min(firstEnd, lastBegin);
    }

    long high() {
      return Math.max(firstEnd, lastBegin);
    }
  }

  private ZoneTwin() {}

  /** Whether the history of one register is linearizable. */
  static boolean accepts(List<Operation> history) {
    Map<String, Zone> zones = new HashMap<>();
    var initial = new Zone();
    initial.written = true;
    initial.firstEnd = Long.MIN_VALUE;
    zones.put("", initial);
    for (Operation operation : history) {
      if (operation.action() instanceof Read(var _, var value)
          && operation.outcome() == Outcome.OK) {
        Zone zone = zones.computeIfAbsent(value == null ? "" : value, _ -> new Zone());
        zone.seen = true;
        zone.firstEnd = Math.min(zone.firstEnd, operation.completedNanos());
        zone.lastBegin = Math.max(zone.lastBegin, operation.invokedNanos());
      }
    }
    for (Operation operation : history) {
      if (operation.action() instanceof Write(var _, var value)) {
        Zone zone = zones.computeIfAbsent(value, _ -> new Zone());
        zone.written = true;
        zone.never = operation.outcome() == Outcome.NEVER;
        if (zone.seen && zone.firstEnd < operation.invokedNanos()) {
          return false;
        }
        if (operation.outcome() == Outcome.OK) {
          zone.firstEnd = Math.min(zone.firstEnd, operation.completedNanos());
          zone.seen = true;
        }
        zone.lastBegin = Math.max(zone.lastBegin, operation.invokedNanos());
      }
    }
    var counted = new ArrayList<Zone>();
    for (Zone zone : zones.values()) {
      if (zone.seen && (!zone.written || zone.never)) {
        return false;
      }
      if (zone.seen) {
        counted.add(zone);
      }
    }
    return fit(counted);
  }

  private static boolean fit(List<Zone> zones) {
    for (Zone one : zones) {
      for (Zone other : zones) {
        if (one == other || !one.forward()) {
          continue;
        }
        boolean clash =
            other.forward()
                ? one.low() < other.high() && other.low() < one.high()
                : one.low() < other.low() && other.high() < one.high();
        if (clash) {
          return false;
        }
      }
    }
    return true;
  }
}
