package holdfast.backend.server;

import holdfast.backend.server.LogHealth.Effect;
import holdfast.backend.server.LogHealth.Event;
import holdfast.backend.server.PersistenceSettings.Fsync;
import holdfast.backend.store.AppendLog;
import holdfast.backend.store.SnapshotFile;
import holdfast.backend.store.StreamPosition;
import java.io.IOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the stream to the log, forces it to disk when the settings say, and rewrites it. Performs
 * the effects of {@link LogHealth}. The loop's thread only.
 *
 * <p>A slow disk keeps the loop, and with it everybody who would bring more, waiting; a disk that
 * takes nothing is given what {@link AppendLog} keeps, which is bounded, and no more writes.
 */
final class LogWriter implements ReplicationStream.Taker {
  private static final Logger LOG = LoggerFactory.getLogger(LogWriter.class);
  private static final long SECOND_NANOS = 1_000_000_000L;

  private final ServerContext server;
  private final PersistenceSettings settings;
  private final AppendLog log;
  private final Supplier<Fsync> fsync;
  private final Runnable healthChanged;
  private LogHealth.State health;
  private boolean unforced;

  /** The stream has gained bytes that replies of this pass would acknowledge. */
  private boolean gained;

  private boolean forcing;
  private long lastForceNanos;
  private long lastRetryNanos;

  /**
   * @param fsync as it is now: CONFIG SET changes it
   * @param healthChanged run when {@link #problem} may have changed
   */
  LogWriter(
      ServerContext server,
      PersistenceSettings settings,
      AppendLog log,
      Supplier<Fsync> fsync,
      Runnable healthChanged) {
    this.server = server;
    this.settings = settings;
    this.log = log;
    this.healthChanged = healthChanged;
    this.fsync = fsync;
    this.health = LogHealth.State.healthy(server.nowNanos());
    this.lastRetryNanos = server.nowNanos();
  }

  AppendLog log() {
    return log;
  }

  /** Goes on behind what is there, or behind the data as it is now if that is in no log yet. */
  void open(StreamPosition position, boolean withBase) throws IOException {
    if (withBase) {
      // The first log must not be without its base for a moment: it would be read as everything.
      SnapshotFile file = log.newBase();
      StandingSnapshot.write(file, server.engine().keyspace(), position, true);
      log.replace(file, position);
    } else {
      log.begin(position);
    }
    log.retry(); // what is not on disk by now may be the whole log after a power failure
    server.stream().addTaker(this);
  }

  private void step(Event event) {
    var next = LogHealth.step(settings, health, server.nowNanos(), event);
    health = next.state();
    for (Effect effect : next.effects()) {
      switch (effect) {
        case Effect.Refuse() -> healthChanged.run();
        case Effect.Stall(String why) -> {
          if (!server.follower().isMaster()) {
            server.follower().stall(why);
          }
        }
        case Effect.Rewrite() -> server.submitSnapshot(BaseTarget::new, true);
        case Effect.Say(String text, boolean isError) -> say(text, isError);
      }
    }
  }

  private static void say(String text, boolean isError) {
    if (isError) {
      LOG.error("{}", text);
    } else {
      LOG.warn("{}", text);
    }
  }

  private void writeFails(IOException e) {
    step(new Event.WriteFailed(String.valueOf(e.getMessage()), log.isLacking()));
  }

  private void forceFails(IOException e) {
    step(new Event.ForceFailed(String.valueOf(e.getMessage())));
  }

  @Override
  public void take(byte[] bytes, int from, int length) {
    unforced = true;
    gained = true;
    try {
      log.append(bytes, from, length);
    } catch (IOException e) {
      writeFails(e);
    }
  }

  /** The stream goes on under another id. */
  void historyChanged() {
    unforced = true;
    gained = true;
    try {
      log.note(server.position());
    } catch (IOException e) {
      writeFails(e);
    }
  }

  /** Before replies go out. False if what they would acknowledge is not as safe as promised. */
  boolean settled() {
    boolean any = gained;
    gained = false;
    if (fsync.get() != Fsync.ALWAYS || !any) {
      return true;
    }
    if (health.problem() != null) {
      return false;
    }
    try {
      log.force();
      unforced = false;
      return true;
    } catch (IOException e) {
      forceFails(e);
      return false;
    }
  }

  /** Some ten times a second. */
  void tick() {
    long now = server.nowNanos();
    if (health.problem() != null && now - lastRetryNanos >= SECOND_NANOS) {
      lastRetryNanos = now;
      retry();
    }
    if (fsync.get() == Fsync.EVERYSEC && now - lastForceNanos >= SECOND_NANOS) {
      forceBeside(now);
    }
    step(
        new Event.Tick(
            new LogHealth.Sizes(log.baseBytes(), log.incrementBytes(), log.incrementCount())));
  }

  private void retry() {
    try {
      log.retry();
    } catch (IOException e) {
      step(new Event.RetryFailed(String.valueOf(e.getMessage())));
      return;
    }
    try {
      log.force();
      step(new Event.RetrySucceeded());
    } catch (IOException e) {
      forceFails(e);
    }
  }

  private void forceBeside(long now) {
    if (!unforced || forcing) {
      return;
    }
    forcing = true;
    unforced = false;
    lastForceNanos = now;
    server
        .disk()
        .execute(
            () -> {
              IOException problem = null;
              try {
                log.force();
              } catch (IOException e) {
                problem = e;
              }
              IOException failed = problem;
              server.loop().execute(() -> forced(failed));
            });
  }

  private void forced(@Nullable IOException problem) {
    forcing = false;
    if (problem != null) {
      forceFails(problem);
    }
  }

  /** Begins to write a new base; false if that is under way. */
  boolean rewrite() {
    boolean free = !health.rewriting();
    step(new Event.RewriteAsked());
    return free;
  }

  /** A base of the log: where it begins, a new increment begins. */
  private final class BaseTarget extends DelegatingTarget {
    @Override
    SnapshotTarget make() throws IOException {
      long holesBefore = health.holes();
      long begun = log.begin(server.position());
      requireOnDisk();
      return new FileSnapshot(
          server,
          log.newBase(),
          new FileSnapshot.Outcome() {
            @Override
            public void written(SnapshotFile file) {
              baseWritten(file, begun, holesBefore);
            }

            @Override
            public void failed(String why) {
              step(new Event.RewriteFailed(why));
            }
          });
    }

    @Override
    void notMade(String why) {
      step(new Event.RewriteFailed(why));
    }
  }

  private void baseWritten(SnapshotFile base, long begun, long holesBefore) {
    try {
      log.complete(base, begun);
    } catch (IOException e) {
      step(new Event.RewriteFailed(String.valueOf(e.getMessage())));
      return;
    }
    LOG.info("the log has a new base of {} bytes", base.size());
    step(new Event.BaseWritten(holesBefore, log.isWhole(), log.isWritten()));
    requireOnDisk();
  }

  /** All data is about to be this snapshot of a master, whole and on disk. */
  void replace(SnapshotFile base, StreamPosition position) throws IOException {
    log.replace(base, position);
    step(new Event.Replaced());
    requireOnDisk();
  }

  /** Which files are the log has changed: nothing is acknowledged until that is on disk. */
  private void requireOnDisk() {
    if (!log.isWritten()) {
      try {
        log.retry();
      } catch (IOException e) {
        writeFails(e);
      }
    }
  }

  /** The end: what can be on disk is afterwards. */
  void finish() throws IOException {
    try (log) {
      if (!log.isWritten()) {
        log.retry();
      }
      log.force();
    }
  }

  /** Why clients' writes are refused; null if they are not. */
  @Nullable String problem() {
    return health.problem();
  }

  boolean isRewriting() {
    return health.rewriting();
  }

  boolean isRewriteHealthy() {
    return !health.rewriteFailed();
  }
}
