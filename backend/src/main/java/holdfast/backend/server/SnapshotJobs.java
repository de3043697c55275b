package holdfast.backend.server;

import holdfast.backend.engine.Engine;
import holdfast.backend.store.SnapshotWriter;
import holdfast.backend.store.StreamPosition;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes snapshots, one after the other, beside the commands: a slice of some milliseconds of work,
 * then the loop turns, then the next slice. A value is written as a whole, so the longest stop is
 * that of the largest value. The loop's thread only.
 */
final class SnapshotJobs {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotJobs.class);

  /** Work per slice; a client's command waits for no more than this. */
  private static final long SLICE_NANOS = 2_000_000;

  /** After a slice at most half of the time goes to snapshots. */
  private static final long PAUSE_MILLIS = 2;

  /** Pause while the target cannot take more. */
  private static final long WAIT_MILLIS = 10;

  /** What the snapshot is taken of; asked when its turn has come. */
  interface Source {
    StreamPosition position();
  }

  private record Job(Supplier<SnapshotTarget> target, boolean isBase) {}

  private final ServerContext server;
  private final EventLoop loop;
  private final Engine engine;
  private final Source source;
  private final ArrayDeque<Job> jobs = new ArrayDeque<>();
  private @Nullable SnapshotTarget target;
  private @Nullable SnapshotWriter writer;
  private boolean scheduled;

  SnapshotJobs(ServerContext server, Engine engine, Source source) {
    this.server = server;
    this.loop = server.loop();
    this.engine = engine;
    this.source = source;
  }

  /** Whether one is being made. */
  boolean isRunning() {
    return writer != null;
  }

  /**
   * Asks for one.
   *
   * @param made its target, when its turn has come
   * @param isBase whether a log will follow it
   */
  void submit(Supplier<SnapshotTarget> made, boolean isBase) {
    jobs.add(new Job(made, isBase));
    schedule(0);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the task handles its failures
  private void schedule(long delayMillis) {
    if (!scheduled) {
      scheduled = true;
      loop.schedule(this::slice, delayMillis, TimeUnit.MILLISECONDS);
    }
  }

  private void slice() {
    scheduled = false;
    try {
      work();
    } catch (RuntimeException | Error e) {
      LOG.error("a defect while a snapshot is made", e);
      fail(new IOException(e));
    }
    if (writer == null && !jobs.isEmpty()) {
      schedule(0);
    }
  }

  private void work() {
    if (writer == null && !begin()) {
      return;
    }
    SnapshotTarget to = target;
    if (to != null && !to.isReady() && !to.isAbandoned()) {
      schedule(WAIT_MILLIS);
      return;
    }
    run(server.nowNanos() + SLICE_NANOS);
    if (writer != null) {
      schedule(PAUSE_MILLIS);
    }
  }

  /** Takes the next job's moment; false if there is none. */
  private boolean begin() {
    Job job = jobs.poll();
    if (job == null) {
      return false;
    }
    SnapshotTarget to = job.target.get();
    if (to.isAbandoned()) {
      to.failed("nobody wants it any more");
      return true;
    }
    // What is collected belongs before the moment.
    server.stream().settle();
    server.stream().forgetDatabase();
    to.begin();
    try {
      target = to;
      writer = new SnapshotWriter(engine.keyspace(), to.out(), source.position(), job.isBase);
    } catch (IOException e) {
      fail(e);
    }
    return true;
  }

  private void run(long untilNanos) {
    SnapshotWriter of = writer;
    SnapshotTarget to = target;
    if (of == null || to == null) {
      return;
    }
    if (to.isAbandoned()) {
      fail(new IOException("nobody wants it any more"));
      return;
    }
    try {
      boolean more = of.step();
      for (int i = 1; more && (i % 64 != 0 || to.isReady()); i++) {
        if (server.nowNanos() - untilNanos >= 0) {
          break;
        }
        more = of.step();
      }
      if (!more) {
        target = null;
        writer = null;
        to.complete();
      }
    } catch (IOException e) {
      fail(e);
    }
  }

  private void fail(IOException e) {
    SnapshotWriter of = writer;
    SnapshotTarget to = target;
    writer = null;
    target = null;
    if (of != null) {
      of.end();
    }
    if (to != null) {
      LOG.warn("snapshot given up: {}", e.getMessage());
      to.failed(String.valueOf(e.getMessage()));
    }
  }

  /** Gives up the one under way: its data is no longer ours. */
  void abort(String why) {
    if (writer != null) {
      fail(new IOException(why));
      if (!jobs.isEmpty()) {
        schedule(0);
      }
    }
  }
}
