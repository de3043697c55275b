package holdfast.health.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.NodeId;
import org.junit.jupiter.api.Test;

class LeaseGrantsTest {
  private static final NodeId P1 = new NodeId("p1");
  private static final NodeId P2 = new NodeId("p2");
  private static final long LEASE = 500;

  @Test
  void waitsForTheLatestGrantAndTheMargin() {
    LeaseGrants grants = LeaseGrants.none().granted(P1, 1, LEASE, 0).granted(P2, 1, LEASE, 100);
    assertEquals(506, grants.remainingNanos(100));
    assertEquals(1, grants.remainingNanos(605));
    assertEquals(0, grants.remainingNanos(606));
    assertEquals(2, grants.holders(0));
  }

  @Test
  void aShorterLaterGrantDoesNotShortenAnEarlierOne() {
    LeaseGrants grants = LeaseGrants.none().granted(P1, 1, LEASE, 0).granted(P1, 2, 10, 1);
    assertEquals(505, grants.remainingNanos(1));
  }

  @Test
  void needNotWaitForWhoGaveUp() {
    LeaseGrants grants =
        LeaseGrants.none().granted(P1, 1, LEASE, 0).granted(P2, 1, LEASE, 0).givenUp(P1, 2);
    assertTrue(grants.remainingNanos(0) > 0);
    grants = grants.givenUp(P2, 2);
    assertEquals(0, grants.remainingNanos(0));
    assertTrue(grants.gaveUp(P1, 1));
    assertFalse(grants.gaveUp(P1, 2));
  }

  @Test
  void givingUpAnEarlierEpochDoesNotEndALaterOne() {
    LeaseGrants grants = LeaseGrants.none().granted(P1, 2, LEASE, 0).givenUp(P1, 2);
    assertTrue(grants.remainingNanos(0) > 0);
  }

  @Test
  void forgetsEndedLeasesAndHasABound() {
    LeaseGrants grants = LeaseGrants.none();
    for (int i = 0; i < LeaseGrants.HOLDERS_MAX; i++) {
      grants = grants.granted(new NodeId("h" + i), 1, LEASE, 0);
    }
    assertFalse(grants.hasRoomFor(P1, 0));
    assertTrue(grants.hasRoomFor(new NodeId("h7"), 0));
    assertTrue(grants.hasRoomFor(P1, 10_000));
    assertEquals(1, grants.granted(P1, 1, LEASE, 10_000).holders(10_000));
  }
}
