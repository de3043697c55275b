package holdfast.backend.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord.Adopted;
import org.junit.jupiter.api.Test;

class AcceptedRecordTest {
  private final AcceptedRecord record = Records.of(3, 3);

  @Test
  void readsWhatItWrote() {
    AcceptedRecord full =
        record
            .withReplicationId(Records.replid(9))
            .withAdopted(new Adopted(Records.at(7002), Records.run(8), 3));
    assertEquals(full, RecordText.read(RecordText.write(full)));
    assertEquals(full.fingerprint(), RecordText.read(RecordText.write(full)).fingerprint());
    assertNotEquals(full.fingerprint(), record.fingerprint());
  }

  @Test
  void skipsLinesThatANewerVersionWrote() {
    assertEquals(record, RecordText.read(RecordText.write(record) + "colour blue sky\n"));
  }

  @Test
  void refusesTextThatIsNoRecord() {
    String text = RecordText.write(record);
    assertThrows(IllegalArgumentException.class, () -> RecordText.read(""));
    assertThrows(
        IllegalArgumentException.class,
        () -> RecordText.read(text.replace("epoch 3", "epoch three")));
    assertThrows(
        IllegalArgumentException.class, () -> RecordText.read(text.replace("run 0", "run x")));
    assertThrows(
        IllegalArgumentException.class,
        () -> RecordText.read(text + "#".repeat(RecordText.CHARS_MAX)));
  }

  @Test
  void mergesToTheUnionOfWhatGrew() {
    AcceptedRecord one = record.withReplicationId(Records.replid(9));
    AcceptedRecord other = record.withAdopted(new Adopted(Records.at(7002), Records.run(8), 3));
    AcceptedRecord merged = one.merged(other);
    assertEquals(merged, other.merged(one));
    assertTrue(merged.replicationIds().contains(Records.replid(9)));
    assertTrue(merged.knowsProcess(Records.at(7002), Records.run(8)));
    assertTrue(merged.knowsProcess(Records.at(7001), record.masterRunId()));
    assertFalse(merged.knowsProcess(Records.at(7003), Records.run(8)));
  }

  @Test
  void keepsTheLatestEpochOfAProcess() {
    var early = new Adopted(Records.at(7002), Records.run(8), 1);
    var late = new Adopted(Records.at(7002), Records.run(8), 3);
    assertEquals(record.withAdopted(late), record.withAdopted(early).withAdopted(late));
    assertEquals(record.withAdopted(late), record.withAdopted(late).withAdopted(early));
    assertEquals(
        record.withAdopted(late), record.withAdopted(early).merged(record.withAdopted(late)));
  }

  @Test
  void neverMergesTwoDecisionsOfOneEpoch() {
    AcceptedRecord text =
        RecordText.read(RecordText.write(record).replace("master 127.0.0.1:7001", "master h:1"));
    assertThrows(IllegalStateException.class, () -> record.merged(text));
  }

  @Test
  void boundsWhatGrowsAndKeepsTheFirst() {
    AcceptedRecord grown = record;
    for (int i = 0; i < 2 * AcceptedRecord.ENTRIES_MAX; i++) {
      grown = grown.withReplicationId(Records.replid(1000 + i));
    }
    assertEquals(AcceptedRecord.ENTRIES_MAX, grown.replicationIds().size());
    assertEquals(record.replicationIds().getFirst(), grown.replicationIds().getFirst());
    assertTrue(grown.sameDecision(record));
  }

  @Test
  void countsMajoritiesOfAllVoters() {
    assertEquals(1, Records.of(1, 1).majority());
    assertEquals(2, Records.of(1, 3).majority());
    assertEquals(3, Records.of(1, 5).majority());
  }

  @Test
  void readsAddressesAsTheyAreWritten() {
    assertEquals(new NodeAddress("::1", 6379), NodeAddress.parse("[::1]:6379"));
    assertEquals("[::1]:6379", NodeAddress.parse("[::1]:6379").toString());
    assertEquals("redis-0.redis:6379", NodeAddress.parse("redis-0.redis:6379").toString());
    for (String wrong : new String[] {"", "a", "a:", ":1", "a:0", "a:65536", "::1:1", "a b:1"}) {
      assertThrows(IllegalArgumentException.class, () -> NodeAddress.parse(wrong), wrong);
    }
  }
}
