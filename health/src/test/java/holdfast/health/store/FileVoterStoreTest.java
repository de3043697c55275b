package holdfast.health.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.Records;
import holdfast.health.vote.Durable;
import holdfast.health.vote.Maintenance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileVoterStoreTest {
  private static final NodeId V1 = new NodeId("v1");

  @TempDir private Path folder;

  @Test
  void readsWhatItSaved() {
    AcceptedRecord record = Records.of(3, 3);
    var durable =
        new Durable(
            V1,
            Records.hex(1),
            record.voters(),
            4,
            new NodeId("v2"),
            record,
            record.fingerprint(),
            EpochChain.empty().with(Records.of(2, 3)).with(record),
            500_000_000L,
            new Maintenance(7, true));
    try (var store = FileVoterStore.open(folder)) {
      assertNull(store.load());
      store.save(Durable.blank(V1, Records.hex(1)));
      assertEquals(Durable.blank(V1, Records.hex(1)), store.load());
      store.save(durable);
    }
    try (var store = FileVoterStore.open(folder)) {
      assertEquals(durable, store.load());
    }
  }

  @Test
  void refusesAFileWithAnyByteChanged() throws IOException {
    try (var store = FileVoterStore.open(folder)) {
      store.save(Durable.blank(V1, Records.hex(1)));
      Path file = folder.resolve("voter");
      byte[] good = Files.readAllBytes(file);
      for (int i = 0; i < good.length; i++) {
        byte[] bad = good.clone();
        bad[i] ^= 1;
        Files.write(file, bad);
        var refused = assertThrows(VoterStoreException.class, store::load);
        assertTrue(String.valueOf(refused.getMessage()).contains("is damaged"));
      }
    }
  }

  @Test
  void refusesAFileCutAtAnyByte() throws IOException {
    try (var store = FileVoterStore.open(folder)) {
      store.save(Durable.blank(V1, Records.hex(1)));
      Path file = folder.resolve("voter");
      byte[] good = Files.readAllBytes(file);
      for (int length = 0; length < good.length; length++) {
        Files.write(file, java.util.Arrays.copyOf(good, length));
        assertThrows(VoterStoreException.class, store::load);
      }
    }
  }

  @Test
  void isUsedByOneVoterAtATime() {
    try (var store = FileVoterStore.open(folder)) {
      assertNull(store.load());
      var refused =
          assertThrows(VoterStoreException.class, () -> FileVoterStore.open(folder).close());
      assertTrue(String.valueOf(refused.getMessage()).contains("in use by another voter"));
    }
  }

  @Test
  void saysWhatItCannotWrite() throws IOException {
    try (var store = FileVoterStore.open(folder)) {
      Files.createDirectory(folder.resolve("voter.new"));
      assertThrows(VoterStoreException.class, () -> store.save(Durable.blank(V1, Records.hex(1))));
    }
  }
}
