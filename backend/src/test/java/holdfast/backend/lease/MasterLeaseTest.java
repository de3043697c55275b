package holdfast.backend.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.lease.MasterLease.Drain;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.Records;
import holdfast.backend.model.RunId;
import org.junit.jupiter.api.Test;

class MasterLeaseTest {
  private static final long END = 1_000;

  private final AcceptedRecord record = Records.of(1, 3);
  private final MasterLease lease = new MasterLease(record.masterRunId());

  private LeaseView view(boolean draining) {
    return new LeaseView(record, END, draining);
  }

  @Test
  void isNotNeededByWhoeverNobodyLeads() {
    assertFalse(lease.isNeeded());
    assertTrue(lease.allows(0));
    lease.deposed(false);
    assertTrue(lease.allows(0));
  }

  @Test
  void allowsWritesUntilItEnds() {
    lease.begin(1);
    assertFalse(lease.allows(0));
    lease.shown(view(false));
    assertTrue(lease.allows(END - 1));
    assertFalse(lease.allows(END));
    assertEquals(1, lease.remainingNanos(END - 1));
  }

  @Test
  void isOfOneEpochAndOneProcess() {
    lease.begin(2);
    lease.shown(view(false));
    assertFalse(lease.allows(0));
    var other = new MasterLease(new RunId("f".repeat(40)));
    other.begin(1);
    other.shown(view(false));
    assertFalse(other.allows(0));
  }

  @Test
  void aDeposedMasterWritesWithLeaveOnlyUntilItIsAReplica() {
    lease.deposed(true);
    assertTrue(lease.isNeeded());
    assertFalse(lease.allows(0));
    lease.over();
    assertFalse(lease.allows(0));
    lease.notNeeded();
    assertTrue(lease.allows(0));
  }

  @Test
  void itIsGivenUpOnceFourLooksInARowHaveSeenNoWrite() {
    lease.begin(1);
    assertTrue(lease.shown(view(true)));
    assertFalse(lease.shown(view(true)), "once");
    assertEquals(Drain.GOES_ON, lease.look(1));
    assertEquals(Drain.GOES_ON, lease.look(1));
    lease.allows(0);
    for (int i = 0; i < 5; i++) {
      assertEquals(Drain.GOES_ON, lease.look(1));
    }
    assertEquals(Drain.QUIET, lease.look(1));
    lease.over();
    assertEquals(Drain.OVER, lease.look(1));
  }

  @Test
  void whoOnlyLooksIsNoWriter() {
    lease.begin(1);
    lease.shown(view(true));
    for (int i = 0; i < 4; i++) {
      assertTrue(lease.runs(0));
      assertEquals(Drain.GOES_ON, lease.look(1));
    }
    assertTrue(lease.runs(0));
    assertEquals(Drain.QUIET, lease.look(1));
  }
}
