package holdfast.backend.server;

import holdfast.backend.store.SnapshotFile;
import holdfast.backend.store.SnapshotLoader;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Reads a master's snapshot beside the loop. One at a time: what is read is as large as the data
 * that is served, so a node that is told again and again whom to follow must not hold it many times
 * over. One that nobody wants any more ends at its next read, and its file is deleted.
 *
 * <p>The loop's thread only, except where said.
 */
final class SnapshotLoads {
  private static final int BUFFER_BYTES = 1 << 18;

  /** What became of one; on the loop, and not if it was cancelled. */
  interface Outcome {
    /** One of the two is there; the file is the outcome's to move or discard. */
    void loaded(SnapshotLoader.@Nullable Loaded result, @Nullable String problem);
  }

  private final ServerContext server;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("holdfast-load").daemon().factory());
  private @Nullable Load current;

  SnapshotLoads(ServerContext server) {
    this.server = server;
  }

  /** Reads this file, when the one before has ended, which is cancelled. */
  void start(SnapshotFile file, int databases, Outcome outcome) {
    cancel();
    var load = new Load(file, databases, outcome);
    current = load;
    thread.execute(load);
  }

  /** Nobody waits for the one under way. */
  void cancel() {
    Load load = current;
    current = null;
    if (load != null) {
      load.cancel();
    }
  }

  /** The end: nothing more is started. */
  void close() {
    cancel();
    thread.shutdown();
  }

  private final class Load implements Runnable {
    private final SnapshotFile file;
    private final int databases;
    private final Outcome outcome;
    private final AtomicBoolean begun = new AtomicBoolean();
    private volatile boolean cancelled;

    Load(SnapshotFile file, int databases, Outcome outcome) {
      this.file = file;
      this.databases = databases;
      this.outcome = outcome;
    }

    /** Behind a slow one files must not pile up, so that of one not begun is deleted here. */
    void cancel() {
      cancelled = true;
      if (begun.compareAndSet(false, true)) {
        file.discard();
      }
    }

    /** On the thread of the loads. */
    @Override
    public void run() {
      if (!begun.compareAndSet(false, true)) {
        return;
      }
      SnapshotLoader.Loaded loaded = null;
      String problem = null;
      try {
        file.finish();
        loaded = read();
      } catch (IOException e) {
        problem = SnapshotFile.reason(e);
      } catch (RuntimeException | Error e) {
        problem = String.valueOf(e);
      }
      if (cancelled) {
        file.discard();
        return;
      }
      SnapshotLoader.Loaded result = loaded;
      String why = problem;
      try {
        server.loop().execute(() -> end(result, why));
      } catch (RejectedExecutionException e) {
        file.discard(); // the node has ended meanwhile
      }
    }

    private SnapshotLoader.Loaded read() throws IOException {
      try (InputStream in =
          new BufferedInputStream(
              new WhileWanted(Files.newInputStream(file.path())), BUFFER_BYTES)) {
        return SnapshotLoader.load(in, databases, server.nowMillis());
      }
    }

    private void end(SnapshotLoader.@Nullable Loaded result, @Nullable String problem) {
      if (cancelled) {
        file.discard();
        return;
      }
      current = null;
      outcome.loaded(result, problem);
    }

    private final class WhileWanted extends FilterInputStream {
      WhileWanted(InputStream in) {
        super(in);
      }

      @Override
      public int read(byte[] to, int from, int length) throws IOException {
        if (cancelled) {
          throw new IOException("nobody wants it any more");
        }
        return super.read(to, from, length);
      }
    }
  }
}
