package holdfast.backend.store;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.replication.Backlog;
import holdfast.backend.replication.DivergentTail;
import holdfast.backend.testing.FaultyDisk;
import holdfast.backend.testing.FaultyDisk.Operation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RollbackFilesTest {
  @TempDir Path folder;

  @Test
  void aFileWhoseNameMayNotBeOnDiskIsNotTakenForKept() throws Exception {
    byte[] set = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n".getBytes(StandardCharsets.US_ASCII);
    var backlog = new Backlog(Backlog.SIZE_MIN, 1);
    backlog.append(set, 0, set.length);
    DivergentTail tail = DivergentTail.of(backlog, 0, set.length);
    String name = RollbackFiles.name(7, tail);
    FaultyDisk disk = FaultyDisk.over(folder);
    var files = new RollbackFiles(disk.at(folder));
    disk.fail(Operation.FORCE_FOLDER);
    assertThrows(IOException.class, () -> files.write(name, tail, 0));
    assertFalse(files.has(name));
    disk.heal();
    files.write(name, tail, 0);
    assertTrue(files.has(name));
  }
}
