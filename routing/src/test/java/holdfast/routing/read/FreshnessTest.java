package holdfast.routing.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FreshnessTest {
  private static final ReadRule RULE = ReadRule.STANDARD.withLagBound(Duration.ofNanos(100));

  private final OffsetTimeline timeline = new OffsetTimeline();
  private final Freshness replica = new Freshness();

  @Test
  void bothBoundsCount() {
    timeline.add(1000, 500);
    replica.reported(500, timeline);
    assertTrue(replica.isWithin(1100, RULE));
    assertFalse(replica.isWithin(1101, RULE), "older than the bound");
    timeline.add(1050, 530);
    replica.sampled(timeline);
    assertEquals(30, replica.lagBytes());
    assertTrue(replica.isWithin(1100, RULE.withLagBytesMax(30)));
    assertFalse(replica.isWithin(1100, RULE.withLagBytesMax(29)), "lacks more");
  }

  @Test
  void whoHasToldNothingIsWithinNothing() {
    timeline.add(1000, 500);
    assertFalse(replica.isWithin(1000, RULE));
    assertEquals(-1, replica.lagBytes());
    replica.reported(500, timeline);
    replica.forget();
    assertFalse(replica.isWithin(1000, RULE));
    assertEquals(-1, replica.lagBytes());
  }

  @Test
  void aReplicaAheadOfTheLastSampleLacksNothing() {
    timeline.add(1000, 500);
    replica.reported(700, timeline);
    assertEquals(0, replica.lagBytes());
  }

  @Test
  void replicaOnlyNeverMeansTheMaster() {
    assertEquals(Otherwise.MASTER, RULE.otherwise(ReadPolicy.REPLICA_PREFERRED));
    assertEquals(Otherwise.WAIT, RULE.otherwise(ReadPolicy.REPLICA_ONLY));
    var error = RULE.withOtherwise(Otherwise.ERROR);
    assertEquals(Otherwise.ERROR, error.otherwise(ReadPolicy.REPLICA_ONLY));
  }
}
