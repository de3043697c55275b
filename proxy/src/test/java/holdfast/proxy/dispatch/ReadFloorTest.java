package holdfast.proxy.dispatch;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.routing.read.Freshness;
import holdfast.routing.read.OffsetTimeline;
import org.junit.jupiter.api.Test;

class ReadFloorTest {
  private final ReadFloor floor = new ReadFloor();
  private final OffsetTimeline timeline = new OffsetTimeline();
  private final Freshness replica = new Freshness();

  private void replicaIsAsOf(long nanos) {
    timeline.add(nanos, nanos);
    replica.reported(nanos, timeline);
  }

  @Test
  void whoHasWrittenNothingReadsAnywhere() {
    assertTrue(floor.allowsReplica(true, 1000));
    assertTrue(floor.isCoveredBy(replica));
  }

  @Test
  void whatIsUnderWayKeepsReadsAtTheMaster() {
    floor.wrote();
    assertFalse(floor.allowsReplica(true, 1000));
    assertFalse(floor.allowsReplica(true, 1001), "it still is");
    assertTrue(floor.allowsReplica(false, 1002));
  }

  @Test
  void aReplicaHasToHaveAllThatWasAcknowledgedToTheClient() {
    replicaIsAsOf(999);
    floor.wrote();
    assertTrue(floor.allowsReplica(false, 1000));
    assertFalse(floor.isCoveredBy(replica));
    replicaIsAsOf(1000);
    assertTrue(floor.isCoveredBy(replica));
    assertTrue(floor.allowsReplica(true, 2000), "reads alone move nothing");
    assertTrue(floor.isCoveredBy(replica));
    floor.wrote();
    assertTrue(floor.allowsReplica(false, 3000));
    assertFalse(floor.isCoveredBy(replica));
  }
}
