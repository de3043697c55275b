package holdfast.health.sim;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ten thousand schedules of faults. {@code -Dholdfast.sim.seed=N -Dholdfast.sim.schedules=1}
 * repeats one; a failure prints its seed and the end of its trace.
 */
class FailoverSimTest {
  private static final Logger LOG = LoggerFactory.getLogger(FailoverSimTest.class);
  private static final int SCHEDULES = Integer.getInteger("holdfast.sim.schedules", 10_000);
  private static final long FIRST_SEED = Long.getLong("holdfast.sim.seed", 1);
  private static final int TRACE_LINES = 120;

  /** Without the guard the violation shows within so many seeds. */
  private static final int SEEDS_TO_FIND = 400;

  @Test
  void keepsItsPromisesInEverySchedule() {
    var tally = new Tally();
    long begin = System.nanoTime();
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
      String violation = violation(seed, SimOptions.ALL_GUARDS, tally);
      if (violation != null) {
        fail(violation + "\n" + trace(seed));
      }
    }
    LOG.info("{}\nin {} s", tally, (System.nanoTime() - begin) / 1_000_000_000);
    if (SCHEDULES >= 1_000) {
      assertTrue(tally.eventsPerSchedule() >= 500, tally::toString);
      assertTrue(tally.switchesPerSchedule() >= 1, tally::toString);
      for (Tally.Seen seen : Tally.Seen.values()) {
        assertTrue(tally.of(seen) > 0, () -> seen + " never happened\n" + tally);
      }
    }
  }

  @Test
  void findsTheViolationWhenHoldersDoNotCheckTheirLease() {
    assertFound(new SimOptions(false, true, true), "acknowledged a write in epoch");
  }

  @Test
  void findsTheViolationWhenLeadersDoNotWaitForLeases() {
    assertFound(new SimOptions(true, false, true), "acknowledged a write in epoch");
  }

  @Test
  void findsTheViolationWhenVotersForgetTheirVotes() {
    assertFound(new SimOptions(true, true, false), "");
  }

  private static void assertFound(SimOptions options, String text) {
    var tally = new Tally();
    for (long seed = 1; seed <= SEEDS_TO_FIND; seed++) {
      String violation = violation(seed, options, tally);
      if (violation != null && violation.contains(text)) {
        LOG.info("found: {}", violation);
        return;
      }
    }
    fail("nothing found in " + SEEDS_TO_FIND + " seeds");
  }

  private static @Nullable String violation(long seed, SimOptions options, Tally tally) {
    try {
      new Simulation(seed, options, tally, false).run();
      return null;
    } catch (Violation e) {
      return "seed " + seed + ": " + e.getMessage();
    } catch (RuntimeException e) {
      // A broken invariant that the production code itself has found.
      return "seed " + seed + ": " + e + " at " + e.getStackTrace()[0];
    }
  }

  /** The same schedule again, told. */
  private static String trace(long seed) {
    var simulation = new Simulation(seed, SimOptions.ALL_GUARDS, new Tally(), true);
    try {
      simulation.run();
    } catch (RuntimeException e) {
      simulation.world.log(e::toString);
    }
    List<String> lines = simulation.world.trace;
    return String.join("\n", lines.subList(Math.max(0, lines.size() - TRACE_LINES), lines.size()));
  }
}
