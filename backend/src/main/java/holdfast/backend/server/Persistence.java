package holdfast.backend.server;

import holdfast.backend.engine.CommandError;
import holdfast.backend.replication.Backlog;
import holdfast.backend.server.PersistenceSettings.Fsync;
import holdfast.backend.store.AppendLog;
import holdfast.backend.store.DataFolder;
import holdfast.backend.store.SnapshotFile;
import holdfast.backend.store.StreamPosition;
import java.io.IOException;
import java.nio.file.Files;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What outlives the process: the log of the stream, snapshots, and what clients are told when the
 * disk refuses. The log is written before replies go out, so a killed process loses nothing it
 * acknowledged (but for the replies of the one pass in which the disk begins to refuse, unless each
 * pass is synced); when it reaches the disk is the setting's affair.
 *
 * <p>Disk full: what could not be written is kept and tried again, and meanwhile clients' writes
 * are refused with MISCONF and a replica lets go of its master, so what is kept stays small. The
 * loop's thread only.
 */
final class Persistence {
  private static final Logger LOG = LoggerFactory.getLogger(Persistence.class);

  private static final String SAVES_FAIL =
      "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to"
          + " disk. Commands that may modify the data set are disabled, because this instance is"
          + " configured to report errors during writes if RDB snapshotting fails"
          + " (stop-writes-on-bgsave-error option). Please check the Redis logs for details about"
          + " the RDB error.";

  private final ServerContext server;
  private final PersistenceSettings settings;
  private final @Nullable DataFolder folder;
  private final @Nullable LogWriter log;
  private final SnapshotSaves saves;

  /** What is on disk has been read: from now on it may be changed. */
  private boolean loaded;

  private @Nullable Backlog recent;
  private Fsync fsync;

  /**
   * Takes the folder; {@link #load} must follow.
   *
   * @throws IOException if it is in use, or its log's list of files is damaged
   */
  Persistence(ServerContext server, PersistenceSettings settings) throws IOException {
    this.server = server;
    this.settings = settings;
    this.fsync = settings.fsync();
    var path = settings.folder();
    folder = path == null ? null : DataFolder.open(path);
    saves = new SnapshotSaves(server, settings.saveRules(), folder, this::healthChanged);
    try {
      log =
          path != null && settings.appendOnly()
              ? new LogWriter(
                  server, settings, AppendLog.open(path), this::fsync, this::healthChanged)
              : null;
    } catch (IOException e) {
      closeFolder();
      throw e;
    }
  }

  /**
   * Reads what is on disk into the engine: the log if there is one, else the snapshot. Not on the
   * loop, which turns meanwhile.
   *
   * @return where in which stream the data is; null if that is not known
   */
  @Nullable StreamPosition load(DataLoading.OnLoop onLoop) throws IOException {
    DataFolder in = folder;
    if (in == null) {
      return null;
    }
    var loading = new DataLoading(server, onLoop);
    StreamPosition position = loading.load(in, log());
    recent = loading.recent();
    return position;
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

  /** Goes on with the log from here; after {@link #load}. */
  void open(StreamPosition position) throws IOException {
    loaded = true;
    LogWriter to = log;
    DataFolder in = folder;
    if (to != null && in != null) {
      to.open(position, to.log().isEmpty() && Files.exists(in.snapshot()));
    }
  }

  /** The stream goes on under another id. */
  void historyChanged() {
    LogWriter to = log;
    if (to != null) {
      to.historyChanged();
    }
  }

  /** Before replies go out. False if what they would acknowledge is not as safe as promised. */
  boolean settled() {
    LogWriter to = log;
    return to == null || to.settled();
  }

  private void healthChanged() {
    LogWriter of = log;
    String logProblem = of == null ? null : of.problem();
    CommandError refusal = null;
    if (logProblem != null) {
      refusal = new CommandError("MISCONF Errors writing to the AOF file: " + logProblem);
    } else if (saves.problem() != null && !settings.saveRules().isEmpty()) {
      refusal = new CommandError(SAVES_FAIL);
    }
    server.engine().gate().writeRefusal(refusal);
  }

  /** Some ten times a second. */
  void tick() {
    LogWriter to = log;
    if (to != null) {
      to.tick();
    }
    saves.tick();
  }

  /** The data is about to be replaced by this snapshot of a master, whole and on disk. */
  void replaceBase(SnapshotFile file, StreamPosition position) throws IOException {
    LogWriter to = log;
    DataFolder in = folder;
    if (to != null) {
      to.replace(file, position);
    } else if (in != null) {
      file.moveTo(in.snapshot());
    } else {
      file.discard();
    }
    saves.dataReplaced();
  }

  /** The end: what the settings promise is on disk afterwards. */
  void close() {
    if (!loaded) {
      closeFolder(); // half a data set must not replace the whole one
      return;
    }
    LogWriter to = log;
    try {
      if (to != null) {
        to.finish();
      }
      // With a log a snapshot adds nothing, unless somebody wants one.
      if (folder != null && (to == null || !settings.saveRules().isEmpty())) {
        saves.saveNow();
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

  /** When the log is forced to disk. */
  Fsync fsync() {
    return fsync;
  }

  void fsync(Fsync value) {
    fsync = value;
  }

  SnapshotSaves saves() {
    return saves;
  }

  /** Null if there is no log. */
  @Nullable LogWriter logWriter() {
    return log;
  }

  /** Null if there is no log. */
  @Nullable AppendLog log() {
    LogWriter of = log;
    return of == null ? null : of.log();
  }

  boolean isLogHealthy() {
    LogWriter of = log;
    return of == null || of.problem() == null;
  }
}
