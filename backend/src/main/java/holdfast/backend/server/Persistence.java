package holdfast.backend.server;

import holdfast.backend.engine.CommandError;
import holdfast.backend.engine.Engine;
import holdfast.backend.replication.Backlog;
import holdfast.backend.resp.RespWriter;
import holdfast.backend.server.PersistenceSettings.Fsync;
import holdfast.backend.server.PersistenceSettings.SaveRule;
import holdfast.backend.store.AppendLog;
import holdfast.backend.store.DataFolder;
import holdfast.backend.store.SnapshotFile;
import holdfast.backend.store.SnapshotLoader;
import holdfast.backend.store.SnapshotWriter;
import holdfast.backend.store.StreamPosition;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What outlives the process: the log of the stream, snapshots, and what happens when the disk
 * refuses. The log is written before replies go out, so a killed process loses nothing it
 * acknowledged; when it reaches the disk is the setting's affair.
 *
 * <p>Disk full: what could not be written is kept and tried again, and meanwhile clients' writes
 * are refused with MISCONF and a replica lets go of its master, so what is kept stays small. The
 * loop's thread only.
 */
final class Persistence implements ReplicationStream.Taker {
  private static final Logger LOG = LoggerFactory.getLogger(Persistence.class);
  private static final long SECOND_NANOS = 1_000_000_000L;

  /** So many restarts without a rewrite and the log is rewritten. */
  private static final int INCREMENTS_MAX = 8;

  private static final long RETRY_NANOS = 5 * SECOND_NANOS;

  /** So many commands, or bytes of them, of a log are applied before the loop turns. */
  private static final int LOAD_COMMANDS = 1000;

  private static final int LOAD_BYTES = 1 << 20;

  /** Something that is to be done on the loop. */
  interface Work {
    void run() throws IOException;
  }

  /** Does something on the loop and waits until it is done. */
  interface OnLoop {
    void run(Work work) throws IOException;
  }

  private final ServerContext server;
  private final Engine engine;
  private final PersistenceSettings settings;
  private final @Nullable DataFolder folder;
  private final @Nullable AppendLog log;
  private Fsync fsync;
  private boolean unforced;

  /** The stream has gained bytes that replies of this pass would acknowledge. */
  private boolean gained;

  private boolean forcing;
  private long lastForceNanos;
  private @Nullable String logProblem;
  private @Nullable String saveProblem;
  private boolean rewriting;
  private boolean saving;
  private boolean rewriteFailed;

  /** What is on disk has been read: from now on it may be changed. */
  private boolean loaded;

  /**
   * The log on disk may lack something, because forcing it has failed or too much could not be
   * written: only a base begun after that makes it whole.
   */
  private boolean needsBase;

  /** How often that has happened: a base begun before does not mend what came later. */
  private long holes;

  /** How often all data was replaced: a snapshot begun before is of data that is gone. */
  private long replacements;

  /** Commands of the stream that the last snapshot has. */
  private long savedCommands;

  private long lastSaveMillis;
  private long lastSaveNanos;
  private long lastTryNanos;
  private long retryRewriteNanos;
  private @Nullable Backlog recent;

  /**
   * Takes the folder; {@link #load} must follow.
   *
   * @throws IOException if it is in use, or its log's list of files is damaged
   */
  Persistence(ServerContext server, PersistenceSettings settings) throws IOException {
    this.server = server;
    this.engine = server.engine();
    this.settings = settings;
    this.fsync = settings.fsync();
    this.lastSaveMillis = server.nowMillis();
    this.lastSaveNanos = server.nowNanos();
    this.lastTryNanos = server.nowNanos();
    this.retryRewriteNanos = server.nowNanos();
    var path = settings.folder();
    if (path == null) {
      folder = null;
      log = null;
      return;
    }
    folder = DataFolder.open(path);
    try {
      log = settings.appendOnly() ? AppendLog.open(path) : null;
    } catch (IOException e) {
      folder.close();
      throw e;
    }
  }

  /**
   * Reads what is on disk into the engine: the log if there is one, else the snapshot. Not on the
   * loop, which turns meanwhile.
   *
   * @return where in which stream the data is; null if that is not known
   */
  @Nullable StreamPosition load(OnLoop onLoop) throws IOException {
    DataFolder in = folder;
    if (in == null) {
      return null;
    }
    AppendLog from = log;
    long now = server.nowMillis();
    int databases = engine.settings().databases();
    if (from != null && !from.isEmpty()) {
      var applier = new Applier(onLoop);
      StreamPosition position = from.load(databases, now, applier);
      applier.flush();
      recent = applier.recent;
      return position;
    }
    if (!Files.exists(in.snapshot())) {
      return null;
    }
    SnapshotLoader.Loaded loaded = SnapshotLoader.load(in.snapshot(), databases, now);
    onLoop.run(() -> take(loaded));
    LOG.info("loaded {} keys from {}", loaded.contents().size(), in.snapshot());
    return loaded.position();
  }

  /** Once after {@link #load}: hands over the log's last bytes, for replicas that come back. */
  void fillBacklog(Backlog backlog) {
    Backlog from = recent;
    recent = null;
    if (from != null && from.held() > 0) {
      long next = backlog.nextOffset();
      backlog.clear(next - from.held());
      from.from(from.firstOffset(), backlog::append);
    }
  }

  private void take(SnapshotLoader.Loaded loaded) {
    engine.keyspace().replace(loaded.contents());
    engine.resetApply(Math.max(0, loaded.streamDatabase()));
  }

  /** Applies the log, and keeps its last bytes as if they had just gone by. */
  private final class Applier implements AppendLog.Reader {
    private final Backlog recent = new Backlog(server.stream().backlog().size(), 1);
    private final OnLoop onLoop;
    private final List<byte[][]> batch = new ArrayList<>();
    private long batchBytes;

    Applier(OnLoop onLoop) {
      this.onLoop = onLoop;
    }

    @Override
    public void base(SnapshotLoader.Loaded snapshot) throws IOException {
      onLoop.run(() -> take(snapshot));
      gap();
    }

    @Override
    public void gap() {
      recent.clear(1);
    }

    @Override
    public void command(byte[][] arguments, long bytes) throws IOException {
      ByteBuf encoded = Unpooled.buffer((int) Math.min(bytes, 1 << 16));
      new RespWriter(encoded, 2).command(arguments);
      if (encoded.readableBytes() == bytes) {
        recent.append(encoded.array(), encoded.arrayOffset(), encoded.readableBytes());
      } else {
        gap(); // written otherwise by somebody else: these are not the stream's bytes
      }
      command(arguments);
    }

    @Override
    public void command(byte[][] arguments) throws IOException {
      batch.add(arguments);
      for (byte[] argument : arguments) {
        batchBytes += argument.length;
      }
      if (batch.size() >= LOAD_COMMANDS || batchBytes >= LOAD_BYTES) {
        flush();
      }
    }

    void flush() throws IOException {
      onLoop.run(() -> batch.forEach(this::apply));
      batch.clear();
      batchBytes = 0;
    }

    private void apply(byte[][] arguments) {
      String error = engine.apply(arguments, server.nowMillis());
      if (error != null) {
        LOG.error("a command of the log failed: {}", error);
      }
    }
  }

  /** Goes on with the log from here; after {@link #load}. */
  void open(StreamPosition position) throws IOException {
    loaded = true;
    AppendLog to = log;
    DataFolder in = folder;
    if (to == null || in == null) {
      return;
    }
    if (to.isEmpty() && Files.exists(in.snapshot())) {
      // The first log must not be without its base for a moment: it would be read as everything.
      SnapshotFile file = to.newBase();
      writeNow(file, position, true);
      to.replace(file, position);
    } else {
      to.begin(position);
    }
    to.retry(); // what is not on disk by now may be the whole log after a power failure
    server.stream().addTaker(this);
  }

  /** Writes a whole snapshot while everything stands still. */
  private void writeNow(SnapshotFile file, StreamPosition position, boolean isBase)
      throws IOException {
    SnapshotWriter writer =
        new SnapshotWriter(engine.keyspace(), new FileOut(file), position, isBase);
    try {
      while (writer.step()) {
        // On to the end.
      }
      file.finish();
    } catch (IOException e) {
      file.discard();
      throw e;
    } finally {
      writer.end();
    }
  }

  private static final class FileOut extends OutputStream {
    private final SnapshotFile file;

    FileOut(SnapshotFile file) {
      this.file = file;
    }

    @Override
    public void write(int b) throws IOException {
      file.write(new byte[] {(byte) b});
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      file.write(java.nio.ByteBuffer.wrap(bytes, from, length));
    }
  }

  @Override
  public void take(byte[] bytes, int from, int length) {
    AppendLog to = log;
    if (to == null) {
      return;
    }
    unforced = true;
    gained = true;
    try {
      to.append(bytes, from, length);
    } catch (IOException e) {
      logFails(e);
    }
  }

  /** The stream goes on under another id. */
  void historyChanged() {
    AppendLog to = log;
    if (to != null) {
      unforced = true;
      gained = true;
      try {
        to.note(server.position());
      } catch (IOException e) {
        logFails(e);
      }
    }
  }

  /** Before replies go out. False if what they would acknowledge is not as safe as promised. */
  boolean settled() {
    AppendLog to = log;
    boolean any = gained;
    gained = false;
    if (to == null || fsync != Fsync.ALWAYS || !any) {
      return true;
    }
    if (logProblem != null) {
      return false;
    }
    try {
      to.force();
      unforced = false;
      return true;
    } catch (IOException e) {
      forceFails(e);
      return false;
    }
  }

  /** The kernel may have dropped what it could not write, and says so only once. */
  private void forceFails(IOException e) {
    needsBase = true;
    holes++;
    logFails(e);
    rewrite();
  }

  private void logFails(IOException e) {
    if (logProblem == null) {
      LOG.error("the append-only file cannot be written, writes are refused: {}", e.getMessage());
    }
    logProblem = String.valueOf(e.getMessage());
    if (log != null && log.isLacking()) {
      needsBase = true;
      holes++;
    }
    refuse();
    if (!server.follower().isMaster()) {
      server.follower().stall("the append-only file cannot be written: " + logProblem);
    }
  }

  private void refuse() {
    if (logProblem != null) {
      engine
          .gate()
          .writeRefusal(new CommandError("MISCONF Errors writing to the AOF file: " + logProblem));
    } else if (saveProblem != null && !settings.saveRules().isEmpty()) {
      engine
          .gate()
          .writeRefusal(
              new CommandError(
                  "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to"
                      + " persist to disk. Commands that may modify the data set are disabled,"
                      + " because this instance is configured to report errors during writes if RDB"
                      + " snapshotting fails (stop-writes-on-bgsave-error option). Please check the"
                      + " Redis logs for details about the RDB error."));
    } else {
      engine.gate().writeRefusal(null);
    }
  }

  /** Some ten times a second. */
  void tick() {
    long now = server.nowNanos();
    AppendLog to = log;
    if (to != null) {
      if (logProblem != null && now - lastTryNanos >= SECOND_NANOS) {
        lastTryNanos = now;
        retry(to);
      }
      if (fsync == Fsync.EVERYSEC && now - lastForceNanos >= SECOND_NANOS) {
        forceBeside(to, now);
      }
      rewriteIfDue(to, now);
    }
    saveIfDue(now);
  }

  private void retry(AppendLog to) {
    try {
      to.retry();
    } catch (IOException e) {
      logProblem = String.valueOf(e.getMessage());
      refuse();
      return;
    }
    try {
      to.force();
      if (!needsBase) {
        LOG.warn("the append-only file can be written again");
        logProblem = null;
        refuse();
      }
    } catch (IOException e) {
      forceFails(e);
    }
  }

  private void forceBeside(AppendLog to, long now) {
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
                to.force();
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

  private void rewriteIfDue(AppendLog to, long now) {
    long limit = to.baseBytes() + to.baseBytes() / 100 * settings.rewritePercent();
    boolean grown =
        settings.rewritePercent() > 0
            && to.incrementBytes() > Math.max(settings.rewriteMinBytes(), limit);
    boolean scattered = to.incrementCount() > INCREMENTS_MAX;
    if ((grown || scattered || needsBase) && now - retryRewriteNanos >= 0) {
      rewrite();
    }
  }

  /** Begins to write a new base; false if that is under way, or there is no log. */
  boolean rewrite() {
    AppendLog to = log;
    if (to == null || rewriting) {
      return false;
    }
    rewriting = true;
    server.submitSnapshot(() -> new BaseTarget(to), true);
    return true;
  }

  /** A base of the log: where it begins, a new increment begins. */
  private final class BaseTarget extends DelegatingTarget {
    private final AppendLog to;

    BaseTarget(AppendLog to) {
      this.to = to;
    }

    @Override
    SnapshotTarget make() throws IOException {
      long holesBefore = holes;
      long sequence = to.begin(server.position());
      requireOnDisk(to);
      return new FileSnapshot(
          server,
          to.newBase(),
          new FileSnapshot.Outcome() {
            @Override
            public void written(SnapshotFile file) {
              try {
                to.complete(file, sequence);
                rewriting = false;
                rewriteFailed = false;
                if (needsBase && holesBefore == holes && to.isWhole()) {
                  needsBase = false;
                  logProblem = to.isWritten() ? null : logProblem;
                  refuse();
                }
                LOG.info("the log has a new base of {} bytes", file.size());
                requireOnDisk(to);
              } catch (IOException e) {
                rewriteFails(String.valueOf(e.getMessage()));
              }
            }

            @Override
            public void failed(String why) {
              rewriteFails(why);
            }
          });
    }

    @Override
    void notMade(String why) {
      rewriteFails(why);
    }
  }

  /** Which files are the log has changed: nothing is acknowledged until that is on disk. */
  private void requireOnDisk(AppendLog to) {
    if (!to.isWritten()) {
      try {
        to.retry();
      } catch (IOException e) {
        logFails(e);
      }
    }
  }

  private void rewriteFails(String why) {
    rewriting = false;
    rewriteFailed = true;
    retryRewriteNanos = server.nowNanos() + RETRY_NANOS;
    LOG.error("the log keeps its old base: {}", why);
  }

  private void saveIfDue(long now) {
    long seconds = (now - lastSaveNanos) / SECOND_NANOS;
    for (SaveRule rule : settings.saveRules()) {
      boolean due = seconds >= rule.seconds() && changes() >= Math.max(1, rule.changes());
      // While writes are refused because of it, a snapshot is always due.
      if ((due || saveProblem != null)
          && (saveProblem == null || now - lastTryNanos >= RETRY_NANOS)) {
        lastTryNanos = now;
        saveBeside();
        return;
      }
    }
  }

  /** BGSAVE; false if one is under way. */
  boolean saveBeside() {
    DataFolder to = folder;
    if (saving || to == null) {
      return false;
    }
    saving = true;
    long changesThen = server.stream().commands();
    server.submitSnapshot(
        () ->
            new DelegatingTarget() {
              @Override
              SnapshotTarget make() throws IOException {
                return new FileSnapshot(
                    server, SnapshotFile.create(to.path()), new Saved(to, changesThen));
              }

              @Override
              void notMade(String why) {
                new Saved(to, changesThen).failed(why);
              }
            },
        false);
    return true;
  }

  private final class Saved implements FileSnapshot.Outcome {
    private final DataFolder to;
    private final long changesThen;
    private final long replacementsThen = replacements;

    Saved(DataFolder to, long changesThen) {
      this.to = to;
      this.changesThen = changesThen;
    }

    @Override
    public void written(SnapshotFile file) {
      saving = false;
      if (replacementsThen != replacements) {
        // The master's snapshot is there already.
        server.disk().execute(file::discard);
        return;
      }
      try {
        file.moveTo(to.snapshot());
        saved(changesThen);
        LOG.info("snapshot of {} bytes saved", file.size());
      } catch (IOException e) {
        failed(String.valueOf(e.getMessage()));
      }
    }

    @Override
    public void failed(String why) {
      saving = false;
      saveProblem = why;
      LOG.error("no snapshot was saved: {}", why);
      refuse();
    }
  }

  private void saved(long changesThen) {
    savedCommands = changesThen;
    lastSaveMillis = server.nowMillis();
    lastSaveNanos = server.nowNanos();
    saveProblem = null;
    refuse();
  }

  /**
   * SAVE: everything waits for it.
   *
   * @throws IOException if it failed; the snapshot before is still there
   */
  void saveNow() throws IOException {
    DataFolder to = folder;
    if (to == null) {
      throw new IOException("no data folder is set");
    }
    server.stream().settle();
    // Whoever goes on from this snapshot does not know which database was selected.
    server.stream().forgetDatabase();
    SnapshotFile file = SnapshotFile.create(to.path());
    writeNow(file, server.position(), false);
    file.moveTo(to.snapshot());
    saved(server.stream().commands());
  }

  /** The data is about to be replaced by this snapshot of a master, whole and on disk. */
  void replaceBase(SnapshotFile file, StreamPosition position) throws IOException {
    AppendLog to = log;
    DataFolder in = folder;
    if (to != null) {
      to.replace(file, position);
      needsBase = false;
      logProblem = null;
      refuse();
      requireOnDisk(to);
    } else if (in != null) {
      file.moveTo(in.snapshot());
    } else {
      file.discard();
    }
    replacements++;
  }

  /** The end: what the settings promise is on disk afterwards. */
  void close() {
    if (!loaded) {
      closeFolder(); // half a data set must not replace the whole one
      return;
    }
    AppendLog to = log;
    try (to) {
      if (to != null) {
        if (!to.isWritten()) {
          to.retry();
        }
        to.force();
      }
      // With a log a snapshot adds nothing, unless somebody wants one.
      if (folder != null && (to == null || !settings.saveRules().isEmpty())) {
        saveNow();
      }
    } catch (IOException e) {
      LOG.error("not everything could be saved at the end: {}", e.getMessage());
    } finally {
      closeFolder();
    }
  }

  private void closeFolder() {
    DataFolder held = folder;
    if (held != null) {
      try {
        held.close();
      } catch (IOException e) {
        LOG.warn("{}: {}", held.path(), e.getMessage());
      }
    }
  }

  /** Whether what is on disk has been read. */
  boolean isLoaded() {
    return loaded;
  }

  PersistenceSettings settings() {
    return settings;
  }

  Fsync fsync() {
    return fsync;
  }

  void fsync(Fsync value) {
    fsync = value;
  }

  @Nullable AppendLog log() {
    return log;
  }

  boolean isSaving() {
    return saving;
  }

  boolean isRewriting() {
    return rewriting;
  }

  boolean isLogHealthy() {
    return logProblem == null;
  }

  boolean isSaveHealthy() {
    return saveProblem == null;
  }

  boolean isRewriteHealthy() {
    return !rewriteFailed;
  }

  /** Commands since the last snapshot. */
  long changes() {
    return server.stream().commands() - savedCommands;
  }

  long lastSaveMillis() {
    return lastSaveMillis;
  }
}
