package holdfast.health.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Planned switchovers without faults, over seeds that vary delays, clocks and numbers: each ends
 * with another master, and every write is acknowledged once, none lost and none in doubt.
 */
class SwitchoverSimTest {
  private static final int SEEDS = 100;
  private static final int SWITCHES = 5;
  private static final int TRACE_LINES = 150;

  @Test
  void losesNothingAndLeavesNothingInDoubt() {
    var tally = new Tally();
    for (long seed = 1; seed <= SEEDS; seed++) {
      try {
        new Simulation(seed, SimOptions.ALL_GUARDS, tally, false).runWithoutFaults(SWITCHES);
      } catch (RuntimeException e) {
        fail("seed " + seed + ": " + e + "\n" + trace(seed), e);
      }
    }
    assertEquals(SEEDS * SWITCHES, tally.of(Tally.Seen.SWITCHOVER_DONE));
    assertTrue(tally.of(Tally.Seen.DRAIN_DONE) >= SEEDS * SWITCHES);
  }

  private static String trace(long seed) {
    var simulation = new Simulation(seed, SimOptions.ALL_GUARDS, new Tally(), true);
    try {
      simulation.runWithoutFaults(SWITCHES);
    } catch (RuntimeException e) {
      simulation.world.log(e::toString);
    }
    List<String> lines = simulation.world.trace;
    return String.join("\n", lines.subList(Math.max(0, lines.size() - TRACE_LINES), lines.size()));
  }
}
