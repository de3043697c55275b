package holdfast.backend.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord.Adopted;
import holdfast.backend.model.AcceptedRecord.BackendEntry;
import holdfast.backend.model.AcceptedRecord.Former;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The set before a change, and when it stops to count. */
class FormerSetTest {
  private final AcceptedRecord changed = changed(1);

  private static AcceptedRecord changed(int k) {
    AcceptedRecord r = Records.of(3, 3);
    return new AcceptedRecord(
        r.epoch(),
        r.baseEpoch(),
        r.master(),
        r.masterRunId(),
        r.startOffset(),
        r.replicationIds(),
        r.voters(),
        List.of(
            new BackendEntry(Records.at(7001), 100),
            new BackendEntry(Records.at(7002), 100),
            new BackendEntry(Records.at(7003), 0)),
        r.adopted(),
        k,
        r.leaseNanos(),
        r.engineLeaseNanos(),
        new Former(3, r.backends(), 1),
        r.voters().subList(0, 2));
  }

  @Test
  void countsUntilKOfTheNewSetHaveAllData() {
    assertNotNull(changed.unsettled());
    assertNotNull(changed.withAdopted(adopted(7001, 3)).unsettled(), "the master itself");
    assertNotNull(changed.withAdopted(adopted(7003, 3)).unsettled(), "priority 0");
    assertNotNull(changed.withAdopted(adopted(7002, 2)).unsettled(), "of an earlier epoch");
    assertNull(changed.withAdopted(adopted(7002, 3)).unsettled());
    assertNull(changed(0).unsettled(), "K = 0 waits for nobody");
  }

  @Test
  void hasSettledForWhoeverMergesWhatSettledIt() {
    AcceptedRecord settled = changed.withAdopted(adopted(7002, 3));
    assertNull(changed.merged(settled).unsettled());
    assertNull(settled.merged(changed).unsettled());
  }

  @Test
  void isWrittenAndReadAndAbsentIsNone() {
    assertEquals(changed, RecordText.read(RecordText.write(changed)));
    assertNull(Records.of(3, 3).former());
    assertFalse(RecordText.write(Records.of(3, 3)).contains("former"));
  }

  @Test
  void survivesAVoterThatPassesTheRecordOnWithoutIt() {
    AcceptedRecord cut =
        RecordText.read(RecordText.write(changed).replaceAll("(?m)^former-.*\\n", ""));
    assertNull(cut.former());
    assertTrue(cut.sameDecision(changed));
    assertEquals(changed, cut.merged(changed));
    assertEquals(changed, changed.merged(cut));
  }

  private static Adopted adopted(int port, long epoch) {
    return new Adopted(Records.at(port), Records.run(port), epoch);
  }
}
