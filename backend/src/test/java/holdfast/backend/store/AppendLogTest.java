package holdfast.backend.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppendLogTest {
  private static final String ID = "a".repeat(40);
  private static final String OTHER = "b".repeat(40);
  private static final String SET = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n";

  @TempDir Path folder;

  private static void set(AppendLog log) throws IOException {
    byte[] bytes = SET.getBytes(StandardCharsets.US_ASCII);
    log.append(bytes, 0, bytes.length);
  }

  private static SnapshotFile base(AppendLog log, String key) throws IOException {
    SnapshotFile file = log.newBase();
    var out = new java.io.ByteArrayOutputStream();
    var writer = new RdbWriter(out);
    writer.begin();
    writer.database(0, 1, 0);
    writer.text(key.getBytes(StandardCharsets.US_ASCII), -1, new byte[] {1});
    writer.end();
    file.write(ByteBuffer.wrap(out.toByteArray()));
    file.finish();
    return file;
  }

  private record Found(StreamPosition position, List<String> events) {}

  private Found load() throws IOException {
    try (AppendLog log = AppendLog.open(folder)) {
      var events = new ArrayList<String>();
      StreamPosition position =
          log.load(
              1,
              0,
              new AppendLog.Reader() {
                @Override
                public void base(SnapshotLoader.Loaded snapshot) {
                  events.add("base of " + snapshot.contents().size());
                }

                @Override
                public void command(byte[][] arguments) {
                  events.add(new String(arguments[0], StandardCharsets.US_ASCII));
                }
              });
      return new Found(position, events);
    }
  }

  @Test
  void knowsToTheByteWhereInTheStreamItEnds() throws Exception {
    try (AppendLog log = AppendLog.open(folder)) {
      assertTrue(log.isEmpty());
      log.begin(new StreamPosition(ID, 1000, 3));
      set(log);
      set(log);
    }
    Found found = load();
    assertEquals(new StreamPosition(ID, 1000 + 2L * SET.length(), -1), found.position);
    assertEquals(List.of("SELECT", "SET", "SET"), found.events);
    // The process died in the middle of a write.
    Path file = folder.resolve("appendonlydir/appendonly.aof.1.incr.aof");
    Files.writeString(file, SET.substring(0, 20), java.nio.file.StandardOpenOption.APPEND);
    assertEquals(found, load());
    assertEquals(found, load());
  }

  @Test
  void aNoteMovesTheStreamToAnotherId() throws Exception {
    try (AppendLog log = AppendLog.open(folder)) {
      log.begin(new StreamPosition(ID, 0, 0));
      set(log);
      log.note(new StreamPosition(OTHER, SET.length(), -1));
      set(log);
    }
    assertEquals(new StreamPosition(OTHER, 2L * SET.length(), -1), load().position);
  }

  @Test
  void aRewriteDropsWhatItsBaseHasAndKeepsWhatCameMeanwhile() throws Exception {
    try (AppendLog log = AppendLog.open(folder)) {
      log.begin(new StreamPosition(ID, 0, 0));
      set(log);
      set(log);
      long sequence = log.begin(new StreamPosition(ID, 2L * SET.length(), 0));
      set(log);
      // Until the base is there, everything is.
      assertEquals(List.of("SELECT", "SET", "SET", "SELECT", "SET"), load().events);
      log.complete(base(log, "k"), sequence);
      set(log);
    }
    Found found = load();
    assertEquals(List.of("base of 1", "SELECT", "SET", "SET"), found.events);
    assertEquals(4L * SET.length(), found.position.offset());
    try (var files = Files.list(folder.resolve("appendonlydir"))) {
      assertEquals(3, files.count());
    }
  }

  @Test
  void aBaseThatComesAfterAllDataWasReplacedIsDropped() throws Exception {
    try (AppendLog log = AppendLog.open(folder)) {
      long sequence = log.begin(new StreamPosition(ID, 0, 0));
      SnapshotFile late = base(log, "late");
      log.replace(base(log, "new"), new StreamPosition(OTHER, 77, 0));
      set(log);
      log.complete(late, sequence);
    }
    Found found = load();
    assertEquals(List.of("base of 1", "SELECT", "SET"), found.events);
    assertEquals(new StreamPosition(OTHER, 77L + SET.length(), -1), found.position);
  }

  @Test
  void aLogWithoutNotesHasNoPosition() throws Exception {
    Path files = Files.createDirectories(folder.resolve("appendonlydir"));
    Files.writeString(files.resolve("appendonly.aof.1.incr.aof"), "#TS:1700000000\r\n" + SET);
    Files.writeString(
        files.resolve("appendonly.aof.manifest"), "file appendonly.aof.1.incr.aof seq 1 type i\n");
    Found found = load();
    assertNull(found.position);
    assertEquals(List.of("SET"), found.events);
  }

  @Test
  void refusesAManifestThatIsDamagedOrNamesWhatIsNotThere() throws Exception {
    Path files = Files.createDirectories(folder.resolve("appendonlydir"));
    Path manifest = files.resolve("appendonly.aof.manifest");
    Files.writeString(manifest, "file appendonly.aof.1.incr.aof seq 1 type i\n");
    var e = assertThrows(CorruptSnapshotException.class, () -> AppendLog.open(folder));
    assertTrue(e.getMessage().contains("names appendonly.aof.1.incr.aof, which is not there"));
    Files.writeString(manifest, "nonsense\n");
    e = assertThrows(CorruptSnapshotException.class, () -> AppendLog.open(folder));
    assertTrue(e.getMessage().contains("manifest line 1"), e.getMessage());
    Files.writeString(manifest, "file ../../etc/passwd seq 1 type i\n");
    e = assertThrows(CorruptSnapshotException.class, () -> AppendLog.open(folder));
    assertTrue(e.getMessage().contains("manifest line 1"), e.getMessage());
    assertEquals("file ../../etc/passwd seq 1 type i\n", Files.readString(manifest));
  }

  @Test
  void aTornFileInTheMiddleIsDamage() throws Exception {
    try (AppendLog log = AppendLog.open(folder)) {
      log.begin(new StreamPosition(ID, 0, 0));
      set(log);
      log.begin(new StreamPosition(ID, SET.length(), 0));
    }
    Path first = folder.resolve("appendonlydir/appendonly.aof.1.incr.aof");
    byte[] content = Files.readAllBytes(first);
    Files.write(first, java.util.Arrays.copyOf(content, content.length - 1));
    var e = assertThrows(CorruptSnapshotException.class, this::load);
    assertTrue(e.getMessage().contains("but another file follows it"), e.getMessage());
    assertEquals(content.length - 1, Files.size(first));
  }
}
