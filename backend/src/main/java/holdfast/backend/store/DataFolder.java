package holdfast.backend.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The folder in which one engine keeps its data, held by a lock so that a second one cannot write
 * there too. Any one thread.
 */
public final class DataFolder implements AutoCloseable {
  private final Path folder;
  private final FileChannel lockFile;

  private DataFolder(Path folder, FileChannel lockFile) {
    this.folder = folder;
    this.lockFile = lockFile;
  }

  /**
   * Makes the folder if need be, takes it, and removes what a crash left half-written.
   *
   * @throws IOException if another process has it, or it cannot be written
   */
  public static DataFolder open(Path folder) throws IOException {
    DurableFiles.createFolders(folder);
    FileChannel lockFile =
        FileChannel.open(
            folder.resolve("holdfast.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (lock(lockFile) == null) {
        throw new IOException("the data folder " + folder + " is in use by another process");
      }
      SnapshotFile.deleteLeftovers(folder);
      return new DataFolder(folder, lockFile);
    } catch (IOException e) {
      lockFile.close();
      throw e;
    }
  }

  private static @Nullable FileLock lock(FileChannel file) throws IOException {
    try {
      return file.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // by this very process
    }
  }

  /** Its path. */
  public Path path() {
    return folder;
  }

  /** The snapshot that SAVE and BGSAVE write. */
  public Path snapshot() {
    return folder.resolve("dump.rdb");
  }

  @Override
  public void close() throws IOException {
    lockFile.close();
  }
}
