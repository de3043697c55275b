package holdfast.proxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {
  @TempDir Path folder;

  @Test
  void keepsItsPorts() throws IOException {
    DataFolder first = DataFolder.open(folder.resolve("a"));
    first.close();
    try (var second = DataFolder.open(folder.resolve("a"))) {
      assertEquals(first.engines(), second.engines());
      assertEquals(first.voters(), second.voters());
      var all = new HashSet<>(second.engines());
      all.addAll(second.voters());
      assertEquals(6, all.size());
    }
  }

  @Test
  void isForOneProcessAtATime() throws IOException {
    try (var _ = DataFolder.open(folder)) {
      var refusal = assertThrows(UsageException.class, () -> DataFolder.open(folder));
      assertTrue(String.valueOf(refusal.getMessage()).contains("another holdfast"));
    }
  }

  @Test
  void refusesPortsThatAreNone() throws IOException {
    DataFolder.open(folder).close();
    Files.writeString(folder.resolve("ports"), "engines=1,2,x\nvoters=4,5,6\n");

    var refusal = assertThrows(UsageException.class, () -> DataFolder.open(folder));
    assertTrue(String.valueOf(refusal.getMessage()).contains("expected 3 ports"));
  }

  @Test
  void refusesAFileInPlaceOfAFolder() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));

    assertThrows(UsageException.class, () -> DataFolder.open(file));
  }
}
