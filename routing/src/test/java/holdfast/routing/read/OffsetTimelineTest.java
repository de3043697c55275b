package holdfast.routing.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class OffsetTimelineTest {
  private final OffsetTimeline timeline = new OffsetTimeline();
  private final Freshness freshness = new Freshness();

  @Test
  void theHorizonIsTheLatestQuestionWhoseAnswerTheReplicaHas() {
    assertEquals(OffsetTimeline.NONE, timeline.horizonNanos(100));
    timeline.add(1000, 10);
    timeline.add(2000, 20);
    timeline.add(3000, 30);
    assertEquals(OffsetTimeline.NONE, timeline.horizonNanos(9));
    assertEquals(1000, timeline.horizonNanos(10));
    assertEquals(1000, timeline.horizonNanos(19));
    assertEquals(2000, timeline.horizonNanos(20));
    assertEquals(3000, timeline.horizonNanos(31));
  }

  @Test
  void aMasterThatStandsStillMakesAReplicaFresher() {
    timeline.add(1000, 10);
    timeline.add(2000, 10);
    assertEquals(2000, timeline.horizonNanos(10));
    assertEquals(OffsetTimeline.NONE, timeline.horizonNanos(9));
  }

  @Test
  void aMasterThatGoesBackIsNotBelieved() {
    timeline.add(1000, 10);
    timeline.add(2000, 5);
    assertEquals(OffsetTimeline.NONE, timeline.horizonNanos(5));
    assertEquals(1000, timeline.horizonNanos(10));
  }

  @Test
  void nothingOfAnEarlierMasterCounts() {
    timeline.add(1000, 10);
    timeline.clear();
    assertEquals(OffsetTimeline.NONE, timeline.horizonNanos(10));
    timeline.add(2000, 7);
    assertEquals(2000, timeline.horizonNanos(7));
  }

  @Test
  void whatIsForgottenMakesReplicasOlderNeverYounger() {
    for (int i = 0; i <= OffsetTimeline.CAPACITY; i++) {
      timeline.add(1000 + i, i);
    }
    assertEquals(OffsetTimeline.NONE, timeline.horizonNanos(0));
    assertEquals(1001, timeline.horizonNanos(1));
    assertEquals(1000 + OffsetTimeline.CAPACITY, timeline.horizonNanos(OffsetTimeline.CAPACITY));
  }

  /** Against all samples, kept in a list; times around the overflow of the clock. */
  @Test
  void isNeverLaterThanAListOfAllSamplesSays() {
    for (long seed = 0; seed < 200; seed++) {
      var random = new SplittableRandom(seed);
      timeline.clear();
      long now = Long.MAX_VALUE - 5000;
      long offset = 0;
      List<long[]> all = new ArrayList<>();
      for (int i = 0; i < 1500; i++) {
        now += random.nextInt(20);
        offset += random.nextBoolean() ? 0 : random.nextInt(5);
        timeline.add(now, offset);
        all.add(new long[] {now, offset});
        long has = Math.max(0, offset - random.nextInt(40));
        long horizon = timeline.horizonNanos(has);
        long expected = OffsetTimeline.NONE;
        for (long[] sample : all) {
          if (sample[1] <= has) {
            expected = sample[0];
          }
        }
        assertEquals(expected, horizon, "seed " + seed);
      }
    }
  }

  @Test
  void aReplicaIsFitAsLongAsItsHorizonIsWithinTheBound() {
    assertFalse(freshness.isWithin(0, within(Long.MAX_VALUE)), "nothing is known");
    assertEquals(-1, freshness.ageMillis(0));
    timeline.add(1000, 10);
    freshness.reported(10, timeline);
    assertTrue(freshness.isWithin(1200, within(200)));
    assertFalse(freshness.isWithin(1201, within(200)));
    timeline.add(2000, 10);
    assertFalse(
        freshness.isWithin(2200, within(200)), "the replica has not been told of the sample");
    freshness.sampled(timeline);
    assertTrue(freshness.isWithin(2200, within(200)));
    timeline.add(3000, 20);
    freshness.sampled(timeline);
    assertFalse(freshness.isWithin(3000, within(200)), "it has not said that it has 20");
    freshness.forget();
    freshness.sampled(timeline);
    assertFalse(freshness.isWithin(3000, within(Long.MAX_VALUE)), "what it said counts no more");
  }

  @Test
  void coversWhatWasAcknowledgedBeforeItsHorizon() {
    assertFalse(freshness.covers(0));
    timeline.add(1000, 10);
    freshness.reported(10, timeline);
    assertTrue(freshness.covers(1000));
    assertFalse(freshness.covers(1001));
  }

  private static ReadRule within(long nanos) {
    return ReadRule.STANDARD.withLagBound(Duration.ofNanos(nanos));
  }
}
