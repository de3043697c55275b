package holdfast.routing.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LatencyTest {
  private static final long MS = 1_000_000;

  private final Latency latency = new Latency();

  @Test
  void theFirstAnswerIsTheAverage() {
    latency.answered(5 * MS);
    assertEquals(5 * MS, latency.nanos());
    latency.forget();
    assertEquals(Latency.UNKNOWN_NANOS, latency.nanos());
    latency.answered(0);
    assertEquals(1, latency.nanos(), "never nothing: it is multiplied with");
  }

  @Test
  void risesSoonerThanItFalls() {
    latency.answered(MS);
    latency.answered(9 * MS);
    assertEquals(5 * MS, latency.nanos());
    latency.answered(MS);
    assertEquals(4_500_000, latency.nanos());
  }

  @Test
  void aQuestionThatIsOpenCountsOnceItTakesLonger() {
    latency.answered(4 * MS);
    latency.open(3 * MS);
    assertEquals(4 * MS, latency.nanos());
    latency.open(8 * MS);
    assertEquals(6 * MS, latency.nanos());
  }

  @Test
  void slowIsWhoIsSlowInItselfAndBesideTheFastest() {
    assertTrue(Latency.isSlow(101 * MS, MS, 100 * MS));
    assertFalse(Latency.isSlow(100 * MS, MS, 100 * MS), "not in itself");
    assertFalse(Latency.isSlow(200 * MS, 150 * MS, 100 * MS), "all are");
  }
}
