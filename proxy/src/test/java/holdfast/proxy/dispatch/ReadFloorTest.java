package holdfast.proxy.dispatch;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.routing.read.Freshness;
import holdfast.routing.read.OffsetTimeline;
import holdfast.routing.read.ReadRule;
import org.junit.jupiter.api.Test;

class ReadFloorTest {
  private static final ReadRule RULE = ReadRule.STANDARD;
  private static final ReadRule NOT_ITS_OWN = RULE.withReadYourWrites(false);

  private final ReadFloor floor = new ReadFloor();
  private final OffsetTimeline timeline = new OffsetTimeline();
  private final Freshness replica = new Freshness();

  private void replicaIsAsOf(long nanos) {
    timeline.add(nanos, nanos);
    replica.reported(nanos, timeline);
  }

  @Test
  void whoHasWrittenNothingReadsAnywhere() {
    assertTrue(floor.allowsReplica(RULE, true, 1000));
    assertTrue(floor.isCoveredBy(RULE, replica));
  }

  @Test
  void whatIsUnderWayKeepsReadsAtTheMaster() {
    floor.wrote();
    assertFalse(floor.allowsReplica(RULE, true, 1000));
    assertFalse(floor.allowsReplica(RULE, true, 1001), "it still is");
    assertTrue(floor.allowsReplica(RULE, false, 1002));
  }

  @Test
  void aReplicaHasToHaveAllThatWasAcknowledgedToTheClient() {
    replicaIsAsOf(999);
    floor.wrote();
    assertTrue(floor.allowsReplica(RULE, false, 1000));
    assertFalse(floor.isCoveredBy(RULE, replica));
    replicaIsAsOf(1000);
    assertTrue(floor.isCoveredBy(RULE, replica));
    assertTrue(floor.allowsReplica(RULE, true, 2000), "reads alone move nothing");
    assertTrue(floor.isCoveredBy(RULE, replica));
    floor.wrote();
    assertTrue(floor.allowsReplica(RULE, false, 3000));
    assertFalse(floor.isCoveredBy(RULE, replica));
  }

  /** The rule of a connection may change: what was written before counts then. */
  @Test
  void whoNeedNotSeeItsOwnWritesReadsAnywhereUntilItsRuleIsAnother() {
    replicaIsAsOf(999);
    floor.wrote();
    assertTrue(floor.allowsReplica(NOT_ITS_OWN, true, 1000), "though it is under way");
    assertTrue(floor.isCoveredBy(NOT_ITS_OWN, replica));
    assertFalse(floor.allowsReplica(RULE, true, 1001));
    assertTrue(floor.allowsReplica(NOT_ITS_OWN, false, 1002));
    assertFalse(floor.isCoveredBy(RULE, replica));
  }

  /** Not when it is first read after it, or that read could never be a replica's. */
  @Test
  void whatIsAcknowledgedCountsFromThen() {
    floor.wrote();
    floor.acknowledged(1000);
    assertFalse(floor.hasWritten());
    replicaIsAsOf(1000);
    assertTrue(floor.allowsReplica(RULE, false, 2000));
    assertTrue(floor.isCoveredBy(RULE, replica));
  }
}
