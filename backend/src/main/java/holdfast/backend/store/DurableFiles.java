package holdfast.backend.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Steps after which a file is what it should be, whatever happens to the machine. Any thread. */
final class DurableFiles {
  private DurableFiles() {}

  /** Waits until a folder's entries are on disk: a file made or renamed in it. */
  static void syncFolder(Path folder) throws IOException {
    try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Makes a folder and those above it that are missing, so that a power failure leaves them. */
  static void createFolders(Path folder) throws IOException {
    Path absolute = folder.toAbsolutePath();
    if (Files.isDirectory(absolute)) {
      return;
    }
    Path parent = folderOf(absolute);
    createFolders(parent);
    Files.createDirectories(absolute);
    syncFolder(parent);
  }

  /** Waits until a file's bytes are on disk. */
  static void syncFile(Path file) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /** Puts {@code from}, which is synced already, in the place of {@code to}: all or nothing. */
  static void replace(Path from, Path to) throws IOException {
    rename(from, to);
    syncFolder(folderOf(to));
  }

  /** Writes a small file so that either the old or the new content is there. */
  static void write(Path file, byte[] content) throws IOException {
    replace(prepare(file, content), file);
  }

  /** The new content of a file, whole and on disk beside it, and not yet in its place. */
  static Path prepare(Path file, byte[] content) throws IOException {
    Path temporary = file.resolveSibling("temp-" + file.getFileName());
    try {
      Files.write(temporary, content);
      syncFile(temporary);
      return temporary;
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
  }

  /**
   * Puts {@code from} in the place of {@code to}: seen from now on, on disk after a folder sync.
   */
  static void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static Path folderOf(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IllegalArgumentException(file + " is in no folder");
    }
    return parent;
  }
}
