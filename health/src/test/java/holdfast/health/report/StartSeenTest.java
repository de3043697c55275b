package holdfast.health.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Records;
import org.junit.jupiter.api.Test;

class StartSeenTest {
  private static final NodeInfo BEFORE = Story.replica(11, Story.A, 1, 100);

  @Test
  void tellsByTheFirstRoleOfAProcess() {
    assertEquals(
        StartSeen.FENCED, StartSeen.UNSEEN.next(null, Story.replica(11, Records.at(1), 1, 0)));
    assertEquals(StartSeen.UNFENCED, StartSeen.FENCED.next(BEFORE, Story.master(12, 2, 0, 0)));
  }

  @Test
  void doesNotBlameAMasterWhoseStartWasNotSeenNorAPromotedReplica() {
    assertEquals(StartSeen.UNSEEN, StartSeen.UNSEEN.next(null, Story.master(11, 1, 100, 0)));
    assertEquals(StartSeen.FENCED, StartSeen.FENCED.next(BEFORE, Story.master(11, 2, 100, 1)));
    assertEquals(StartSeen.UNSEEN, StartSeen.FENCED.next(BEFORE, Story.master(12, 2, 100, 1)));
  }
}
