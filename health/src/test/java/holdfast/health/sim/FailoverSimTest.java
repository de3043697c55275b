package holdfast.health.sim;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fifty thousand schedules of faults. {@code -Dholdfast.sim.seed=N -Dholdfast.sim.schedules=1}
 * repeats one; a failure prints its seed and the end of its trace.
 */
class FailoverSimTest {
  private static final Logger LOG = LoggerFactory.getLogger(FailoverSimTest.class);
  private static final int SCHEDULES = Integer.getInteger("holdfast.sim.schedules", 50_000);
  private static final long FIRST_SEED = Long.getLong("holdfast.sim.seed", 1);
  private static final int TRACE_LINES = 150;

  /** A schedule of each kind in turn. */
  private static SimOptions options(long seed) {
    SimOptions any = SimOptions.ALL_GUARDS;
    return switch (Math.floorMod(seed, 5)) {
      case 0 -> any;
      case 1 -> any.atK1();
      case 2 -> any.atK1().withChanges();
      case 3 -> any.withEngines();
      default -> any.atK1().withLyingClocks();
    };
  }

  @Test
  void keepsItsPromisesInEverySchedule() throws InterruptedException {
    long begin = System.nanoTime();
    var tally = new Tally();
    var failed = new AtomicReference<String>();
    var next = new AtomicLong(FIRST_SEED);
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    var mine = new Tally();
                    long seed = next.getAndIncrement();
                    while (seed < FIRST_SEED + SCHEDULES && failed.get() == null) {
                      String violation = violation(seed, options(seed), mine);
                      if (violation != null) {
                        failed.compareAndSet(null, violation + "\n" + trace(seed, options(seed)));
                      }
                      seed = next.getAndIncrement();
                    }
                    synchronized (tally) {
                      tally.add(mine);
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    if (failed.get() != null) {
      fail(failed.get());
    }
    LOG.info("{}\nin {} s", tally, (System.nanoTime() - begin) / 1_000_000_000);
    if (SCHEDULES >= 10_000) {
      assertTrue(tally.eventsPerSchedule() >= 500, tally::toString);
      assertTrue(tally.switchesPerSchedule() >= 1, tally::toString);
      for (Tally.Seen seen : Tally.Seen.values()) {
        assertTrue(tally.of(seen) > 0, () -> seen + " never happened\n" + tally);
      }
    }
  }

  @Test
  void startsAlthoughAVoterLostItsDiskBeforeThereWasARecord() {
    var tally = new Tally();
    assertNothingFound(1, 1_000, SimOptions.ALL_GUARDS.withDisksLost(1), tally);
    assertTrue(tally.of(Tally.Seen.DISK_LOST_BEFORE_A_RECORD) > 0, tally::toString);
    assertTrue(tally.of(Tally.Seen.FOUNDED_WITH_ANOTHER) > 0, tally::toString);
  }

  @Test
  void startsNoSecondTimeAlthoughMostVotersLoseTheirDisks() {
    assertNothingFound(1, 1_000, SimOptions.ALL_GUARDS.withDisksLost(2), new Tally());
  }

  @Test
  void findsTheSecondFirstStartWhenAnyNumberOfVotersMayBeReplaced() {
    assertFound(
        SimOptions.without(Guard.FOUNDERS).withDisksLost(2), 1_000, "decided a first start");
  }

  // ---- without a guard the violation shows within so many seeds

  private static final String TWO_WRITERS = "acknowledged a write in epoch";
  private static final String LOST = "lost ";
  private static final String ENGINE_WROTE = "executed a write in epoch";

  @Test
  void findsTheViolationWhenHoldersDoNotCheckTheirLease() {
    assertFound(SimOptions.without(Guard.LEASE_CHECK), 400, TWO_WRITERS);
  }

  @Test
  void findsTheViolationWhenLeadersDoNotWaitForLeases() {
    assertFound(SimOptions.without(Guard.FENCE_WAIT), 400, TWO_WRITERS);
  }

  @Test
  void findsTheViolationWhenVotersForgetTheirVotes() {
    assertFound(SimOptions.without(Guard.DURABLE_VOTES), 400, "");
  }

  @Test
  void findsTheLossWhenLeadersDoNotConsultEnough() {
    assertFound(SimOptions.without(Guard.CONSULT_ENOUGH).atK1(), 1_000, LOST);
  }

  @Test
  void findsTheLossWhenRestartedBackendsCount() {
    assertFound(SimOptions.without(Guard.RUN_ID).atK1(), 1_000, LOST);
  }

  @Test
  void findsTheLossWhenBackendsDoNotStartFenced() {
    assertFound(SimOptions.without(Guard.FENCED_START).atK1(), 1_000, LOST);
  }

  @Test
  void findsThatEarlierLeadersAreStillObeyed() {
    assertFound(SimOptions.without(Guard.STALE_LEADERS).atK1(), 1_000, "obeyed a leader of epoch");
  }

  @Test
  void findsTheLossOfWhatAReadHasShown() {
    assertFound(SimOptions.without(Guard.READ_COMMIT).atK1(), 1_000, LOST);
  }

  @Test
  void findsTheLossWhenHoldersWaitForFewerReplicasThanTheRecordSays() {
    assertFound(SimOptions.without(Guard.K_OF_RECORD).atK1(), 1_000, LOST);
  }

  @Test
  void findsTheLossWhenTheSetBeforeAChangeIsNotConsulted() {
    assertFound(SimOptions.without(Guard.OLD_SET).atK1().withChanges(), 1_000, LOST);
  }

  @Test
  void findsTheLossWhenAChangeSettlesAtOnce() {
    assertFound(SimOptions.without(Guard.SETTLED).atK1().withChanges(), 1_000, LOST);
  }

  @Test
  void findsTheLossWhenDataCountsByTheIdItShows() {
    assertFound(SimOptions.without(Guard.START_OFFSET).atK1().withChanges(), 12_000, LOST);
  }

  @Test
  void findsTheLossWhenHoldersCountWhoeverIsAttached() {
    assertFound(SimOptions.without(Guard.ADOPTED_ONLY).atK1().withChanges(), 20_000, LOST);
  }

  @Test
  void findsTheLossWhenDataOfUnknownHistoryCounts() {
    assertFound(SimOptions.without(Guard.UNKNOWN_HISTORY).atK1().withChanges(), 3_000, LOST);
  }

  @Test
  void cutsBackendsSoThatNothingIsLostEvenWhereClocksLie() {
    assertNothingFound(1, 5_000, SimOptions.ALL_GUARDS.atK1().withLyingClocks(), new Tally());
    assertFound(SimOptions.without(Guard.CUT).atK1().withLyingClocks(), 10_000, LOST);
  }

  @Test
  void findsTheWriteOfAnEngineThatDoesNotLookAtItsLease() {
    assertFound(SimOptions.without(Guard.ENGINE_LEASE).withEngines(), 400, ENGINE_WROTE);
  }

  @Test
  void findsThatLeadersDoNotWaitForTheLeasesOfEngines() {
    assertFound(
        SimOptions.without(Guard.ENGINE_FENCE).withEngines(), 1_000, "holds the lease of epoch");
  }

  @Test
  void findsTheWriteOfAnEngineThatOnlySaysThatItGaveItsLeaseUp() {
    assertFound(SimOptions.without(Guard.ENGINE_GIVES_UP).withEngines(), 1_000, ENGINE_WROTE);
  }

  private static void assertNothingFound(
      long firstSeed, int seeds, SimOptions options, Tally tally) {
    for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
      String violation = violation(seed, options, tally);
      if (violation != null) {
        fail(violation + "\n" + trace(seed, options));
      }
    }
  }

  private static void assertFound(SimOptions options, int seeds, String text) {
    var tally = new Tally();
    for (long seed = 1; seed <= seeds; seed++) {
      String violation = violation(seed, options, tally);
      if (violation != null && violation.contains(text)) {
        LOG.info("without {}: {}", options.off(), violation);
        return;
      }
    }
    fail("nothing found in " + seeds + " seeds without " + options.off());
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
  private static String trace(long seed, SimOptions options) {
    var simulation = new Simulation(seed, options, new Tally(), true);
    try {
      simulation.run();
    } catch (RuntimeException e) {
      simulation.world.log(e::toString);
    }
    List<String> lines = simulation.world.trace;
    return String.join("\n", lines.subList(Math.max(0, lines.size() - TRACE_LINES), lines.size()));
  }
}
