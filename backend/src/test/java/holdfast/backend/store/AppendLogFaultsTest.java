package holdfast.backend.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.FaultyDisk;
import holdfast.backend.testing.FaultyDisk.Operation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that fails in the middle: what is on it is at every moment what the log believes. */
class AppendLogFaultsTest {
  private static final String ID = "a".repeat(40);
  private static final String OTHER = "b".repeat(40);
  private static final String SET = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n";
  private static final int UNWRITTEN_MAX = 10 * SET.length();

  @TempDir Path folder;
  private FaultyDisk disk;
  private AppendLog log;

  @BeforeEach
  void open() throws IOException {
    disk = FaultyDisk.over(folder);
    log = AppendLog.open(disk.at(folder), UNWRITTEN_MAX);
  }

  @AfterEach
  void close() throws IOException {
    log.close();
  }

  private void set() throws IOException {
    byte[] bytes = SET.getBytes(StandardCharsets.US_ASCII);
    log.append(bytes, 0, bytes.length);
  }

  private static StreamPosition at(String id, int sets) {
    return new StreamPosition(id, (long) sets * SET.length(), 0);
  }

  private SnapshotFile base() throws IOException {
    SnapshotFile file = log.newBase();
    var out = new ByteArrayOutputStream();
    var writer = new RdbWriter(out);
    writer.begin();
    writer.database(0, 1, 0);
    writer.text(new byte[] {'k'}, -1, new byte[] {1});
    writer.end();
    file.write(ByteBuffer.wrap(out.toByteArray()));
    file.finish();
    return file;
  }

  private record Found(String id, long sets, List<String> events) {}

  /** What a process finds that starts now, as if this one were killed. */
  private Found found() throws IOException {
    try (AppendLog started = AppendLog.open(folder)) {
      var events = new ArrayList<String>();
      StreamPosition position =
          started.load(
              1,
              0,
              new AppendLog.Reader() {
                @Override
                public void base(SnapshotLoader.Loaded snapshot) {
                  events.add("base");
                }

                @Override
                public void command(byte[][] arguments) {
                  events.add(new String(arguments[0], StandardCharsets.US_ASCII));
                }
              });
      events.removeIf("SELECT"::equals);
      return new Found(position.id(), position.offset() / SET.length(), events);
    }
  }

  private TreeSet<String> files() throws IOException {
    try (var files = Files.list(folder.resolve("appendonlydir"))) {
      var names = new TreeSet<String>();
      files.forEach(file -> names.add(file.getFileName().toString()));
      return names;
    }
  }

  @Test
  void anIncrementWhoseNameMayNotBeOnDiskIsTheOneThatIsWrittenTo() throws Exception {
    log.begin(at(ID, 0));
    set();
    disk.fail(Operation.FORCE_FOLDER);
    log.begin(at(ID, 1));
    assertFalse(log.isWritten(), "a power failure could bring the old manifest back");
    assertThrows(IOException.class, log::retry);
    set();
    set();
    assertEquals(new Found(ID, 3, List.of("SET", "SET", "SET")), found());
    disk.heal();
    log.retry();
    assertTrue(log.isWritten());
    assertEquals(new Found(ID, 3, List.of("SET", "SET", "SET")), found());
  }

  @Test
  void aSnapshotThatReplacesAllIsTheDataEvenIfItsNameMayNotBeOnDisk() throws Exception {
    log.begin(at(ID, 0));
    set();
    disk.faults(
        (operation, file) -> {
          // That of the manifest, not that of the base before it.
          if (operation == Operation.FORCE_FOLDER
              && Files.readString(file.resolve("appendonly.aof.manifest")).contains("base")) {
            throw new IOException("Input/output error");
          }
        });
    log.replace(base(), at(OTHER, 70));
    assertFalse(log.isWritten());
    set();
    assertEquals(new Found(OTHER, 71, List.of("base", "SET")), found());
    assertTrue(files().contains("appendonly.aof.1.incr.aof"), "the old manifest may come back");
    disk.heal();
    log.retry();
    assertTrue(log.isWritten());
    assertFalse(files().contains("appendonly.aof.1.incr.aof"));
    assertEquals(new Found(OTHER, 71, List.of("base", "SET")), found());
  }

  @Test
  void aBaseWhoseNameMayNotBeOnDiskLeavesTheFilesBeforeIt() throws Exception {
    log.begin(at(ID, 0));
    set();
    long begun = log.begin(at(ID, 1));
    set();
    var before = files();
    disk.faults(
        (operation, file) -> {
          if (operation == Operation.FORCE_FOLDER
              && Files.readString(file.resolve("appendonly.aof.manifest")).contains("base")) {
            throw new IOException("Input/output error");
          }
        });
    log.complete(base(), begun);
    assertFalse(log.isWritten());
    assertTrue(files().containsAll(before));
    disk.heal();
    // A later rewrite settles it as well.
    log.complete(base(), log.begin(at(ID, 2)));
    assertTrue(log.isWritten());
    set();
    assertEquals(new Found(ID, 3, List.of("base", "SET")), found());
    assertEquals(3, files().size(), files()::toString);
  }

  @Test
  void whateverFailsWhileItIsRewrittenLeavesALogThatLoadsAndNoStrayFile() throws Exception {
    log.begin(at(ID, 0));
    int sets = 0;
    for (Operation failing : Operation.values()) {
      for (int after = 0; after < 8; after++) {
        int[] left = {after};
        set();
        sets++;
        disk.faults(
            (operation, _) -> {
              if (operation == failing && left[0]-- <= 0) {
                throw new IOException("Input/output error");
              }
            });
        try {
          log.complete(base(), log.begin(at(ID, sets)));
        } catch (IOException planted) {
          // What was there before is.
        }
        String when = failing + " after " + after;
        assertEquals(sets, found().sets, when);
        disk.heal();
        set();
        sets++;
        assertEquals(sets, found().sets, when);
        log.retry();
        log.complete(base(), log.begin(at(ID, sets)));
        assertEquals(new Found(ID, sets, List.of("base")), found(), when);
        assertEquals(3, strayless().size(), () -> when + strayless());
      }
    }
  }

  /** Without temporary files: the one that failed is the test's own. */
  private TreeSet<String> strayless() {
    try {
      var names = files();
      names.removeIf(name -> name.startsWith("temp-"));
      return names;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void whatTheDiskDoesNotTakeIsKeptUpToTheBoundAndWrittenLater() throws Exception {
    log.begin(at(ID, 0));
    disk.fail(Operation.WRITE);
    for (int i = 0; i < 10; i++) {
      assertThrows(IOException.class, this::set);
    }
    assertEquals(UNWRITTEN_MAX, log.unwrittenBytes());
    disk.heal();
    log.retry();
    assertEquals(0, log.unwrittenBytes());
    assertEquals(10, found().sets);
  }

  @Test
  void beyondTheBoundItIsGivenUpAndOnlyABaseMakesTheLogWhole() throws Exception {
    log.begin(at(ID, 0));
    set();
    disk.fail(Operation.WRITE);
    for (int i = 0; i < 1000; i++) {
      assertThrows(IOException.class, this::set);
      assertTrue(log.unwrittenBytes() <= UNWRITTEN_MAX, "held " + log.unwrittenBytes());
    }
    assertTrue(log.isLacking());
    disk.heal();
    // Behind a hole nothing may be written, room or not.
    assertThrows(IOException.class, log::retry);
    assertThrows(IOException.class, this::set);
    assertFalse(log.isWritten());
    assertEquals(new Found(ID, 1, List.of("SET")), found());
    long begun = log.begin(at(ID, 1002));
    set();
    assertFalse(log.isWritten(), "its base is still to come");
    assertEquals(1, found().sets, "a new increment is not read behind the hole");
    log.complete(base(), begun);
    assertTrue(log.isWritten());
    set();
    assertEquals(new Found(ID, 1004, List.of("base", "SET", "SET")), found());
    assertEquals(3, files().size(), files()::toString);
  }

  @Test
  void aRewriteThatFailsOverAHoleIsBegunAnewAndNotReadBehindIt() throws Exception {
    log.begin(at(ID, 0));
    disk.fail(Operation.WRITE);
    for (int i = 0; i < 11; i++) {
      assertThrows(IOException.class, this::set);
    }
    disk.heal();
    log.begin(at(ID, 11));
    set(); // and its base fails
    long begun = log.begin(at(ID, 12));
    disk.fail(Operation.FORCE);
    assertThrows(IOException.class, () -> log.begin(at(ID, 12)));
    disk.heal();
    set();
    assertEquals(0, found().sets);
    log.complete(base(), begun);
    assertTrue(log.isWritten());
    assertEquals(new Found(ID, 13, List.of("base", "SET")), found());
    assertEquals(3, files().size(), files()::toString);
  }
}
