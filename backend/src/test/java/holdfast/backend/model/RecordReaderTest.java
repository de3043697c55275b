package holdfast.backend.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class RecordReaderTest {
  private final RecordReader reader = new RecordReader();

  private static String text(long epoch) {
    return RecordText.write(record(epoch));
  }

  private static AcceptedRecord record(long epoch) {
    return new AcceptedRecord(
        epoch,
        0,
        new NodeAddress("10.0.0.1", 7000),
        new RunId("a".repeat(40)),
        0,
        List.of(new ReplicationId("b".repeat(40))),
        List.of(
            new AcceptedRecord.VoterEntry(
                new NodeId("v1"), "c".repeat(40), new NodeAddress("10.0.0.1", 26379))),
        List.of(new AcceptedRecord.BackendEntry(new NodeAddress("10.0.0.1", 7000), 100)),
        List.of(),
        0,
        1,
        1,
        null,
        List.of());
  }

  @Test
  void readsTheSameTextOnce() {
    AcceptedRecord first = reader.read(text(1));
    assertEquals(record(1), first);
    assertSame(first, reader.read(text(1)));
    assertEquals(first.fingerprint(), reader.fingerprint());
  }

  @Test
  void readsAnotherTextAnew() {
    reader.read(text(1));
    assertEquals(record(2), reader.read(text(2)));
    assertEquals(record(2).fingerprint(), reader.fingerprint());
  }

  @Test
  void whatIsNoRecordChangesNothing() {
    AcceptedRecord first = reader.read(text(1));
    assertThrows(IllegalArgumentException.class, () -> reader.read("epoch one"));
    assertSame(first, reader.read(text(1)));
    assertEquals(first.fingerprint(), reader.fingerprint());
  }
}
