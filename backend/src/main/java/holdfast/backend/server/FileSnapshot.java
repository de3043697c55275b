package holdfast.backend.server;

import holdfast.backend.store.SnapshotFile;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot that goes to a file, written and forced to disk by another thread. What happens at the
 * end comes back to the loop. The loop's thread only, except where said.
 */
class FileSnapshot extends OutputStream implements SnapshotTarget {
  /** Bytes on their way to the disk above which the snapshot pauses. */
  private static final long PENDING_BYTES_MAX = 8 << 20;

  /** What becomes of it; on the loop. */
  interface Outcome {
    /** It is whole and on disk. */
    void written(SnapshotFile file);

    /** It is not, and what there was of it is deleted. */
    void failed(String why);
  }

  private final ServerContext server;
  private final Executor disk;
  private final SnapshotFile file;
  private final Outcome outcome;
  private long pendingBytes;
  private @Nullable String failure;

  FileSnapshot(ServerContext server, SnapshotFile file, Outcome outcome) {
    this.server = server;
    this.disk = server.disk();
    this.file = file;
    this.outcome = outcome;
  }

  @Override
  public void begin() {}

  @Override
  public OutputStream out() {
    return this;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    if (failure != null) {
      throw new IOException(failure);
    }
    byte[] copy = Arrays.copyOfRange(bytes, from, from + length);
    pendingBytes += length;
    disk.execute(
        () -> {
          String problem = null;
          try {
            file.write(copy);
          } catch (IOException e) {
            problem = file + ": " + e.getMessage();
          }
          written(length, problem);
        });
  }

  /** On the disk's thread. */
  private void written(int length, @Nullable String problem) {
    server
        .loop()
        .execute(
            () -> {
              pendingBytes -= length;
              if (problem != null && failure == null) {
                failure = problem;
              }
            });
  }

  @Override
  public boolean isReady() {
    // A failure is met at the next write.
    return pendingBytes < PENDING_BYTES_MAX || failure != null;
  }

  @Override
  public boolean isAbandoned() {
    return false;
  }

  @Override
  public void complete() {
    disk.execute(
        () -> {
          String problem = null;
          try {
            file.finish();
          } catch (IOException e) {
            problem = file + ": " + e.getMessage();
          }
          String why = problem;
          server
              .loop()
              .execute(
                  () -> {
                    if (why == null && failure == null) {
                      outcome.written(file);
                    } else {
                      disk.execute(file::discard);
                      outcome.failed(why == null ? String.valueOf(failure) : why);
                    }
                  });
        });
  }

  @Override
  public void failed(String why) {
    disk.execute(file::discard);
    outcome.failed(failure == null ? why : failure);
  }
}
