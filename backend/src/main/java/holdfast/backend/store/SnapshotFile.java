package holdfast.backend.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A snapshot while it is being written or received: a temporary file that takes its name only when
 * it is whole and on disk, so a crash at any time leaves the one before. One thread at a time.
 */
public final class SnapshotFile {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotFile.class);

  private final Path path;
  private final FileChannel channel;
  private long size;

  private SnapshotFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /** A new empty file "temp-..." in this folder. */
  public static SnapshotFile create(Path folder) throws IOException {
    Path path = Files.createTempFile(folder, "temp-", ".rdb");
    return new SnapshotFile(path, FileChannel.open(path, StandardOpenOption.WRITE));
  }

  /** Removes what a crash left in this folder. */
  public static void deleteLeftovers(Path folder) throws IOException {
    try (var files = Files.newDirectoryStream(folder, "temp-*")) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Why one could not be made, without its name, which is another each time. */
  public static String reason(IOException e) {
    return e instanceof FileSystemException of && of.getReason() != null
        ? String.valueOf(of.getReason())
        : String.valueOf(e.getMessage());
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /** Bytes it has. */
  public long size() {
    return size;
  }

  /** Adds bytes at its end. */
  public void write(byte[] bytes) throws IOException {
    write(ByteBuffer.wrap(bytes));
  }

  /** Adds what remains in the buffer at its end. */
  public void write(ByteBuffer bytes) throws IOException {
    size += bytes.remaining();
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Takes bytes back from its end. */
  public void cut(long bytes) throws IOException {
    size -= bytes;
    channel.truncate(size);
    channel.position(size);
  }

  /** Nothing more is written; returns when all is on disk. */
  public void finish() throws IOException {
    channel.force(true);
    channel.close();
  }

  /** Puts it in the place of {@code target}, all or nothing; after {@link #finish}. */
  public void moveTo(Path target) throws IOException {
    DurableFiles.replace(path, target);
  }

  /** Deletes it. */
  public void discard() {
    try {
      channel.close();
      Files.deleteIfExists(path);
    } catch (IOException e) {
      LOG.warn("cannot delete {}: {}", path, e.getMessage());
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
