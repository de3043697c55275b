package holdfast.backend.server;

import holdfast.backend.server.PersistenceSettings.SaveRule;
import holdfast.backend.store.DataFolder;
import holdfast.backend.store.SnapshotFile;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshot in the data folder: saved by SAVE, BGSAVE, rules, and at the end. One that fails
 * leaves the one before. The loop's thread only.
 */
final class SnapshotSaves {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotSaves.class);
  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final long RETRY_NANOS = 5 * SECOND_NANOS;

  private final ServerContext server;
  private final List<SaveRule> rules;
  private final @Nullable DataFolder folder;
  private final Runnable healthChanged;
  private boolean saving;
  private @Nullable String problem;

  /** How often all data was replaced: a snapshot begun before is of data that is gone. */
  private long replacements;

  /** Commands of the stream that the last snapshot has. */
  private long savedCommands;

  private long lastSaveMillis;
  private long lastSaveNanos;
  private long lastTryNanos;

  /**
   * @param folder null for none, then nothing is ever saved
   * @param healthChanged run when {@link #problem} may have changed
   */
  SnapshotSaves(
      ServerContext server,
      List<SaveRule> rules,
      @Nullable DataFolder folder,
      Runnable healthChanged) {
    this.server = server;
    this.rules = rules;
    this.folder = folder;
    this.healthChanged = healthChanged;
    this.lastSaveMillis = server.nowMillis();
    this.lastSaveNanos = server.nowNanos();
    this.lastTryNanos = server.nowNanos();
  }

  /** Some ten times a second. */
  void tick() {
    long now = server.nowNanos();
    long savedSeconds = (now - lastSaveNanos) / SECOND_NANOS;
    if (isDue(rules, savedSeconds, changes(), problem != null, now - lastTryNanos)) {
      lastTryNanos = now;
      saveBeside();
    }
  }

  /**
   * Whether a rule wants a snapshot now.
   *
   * @param savedSeconds since the last one
   * @param changes since the last one
   * @param failing whether the last attempt failed: while writes are refused because of that, one
   *     is always due, but not at once
   */
  static boolean isDue(
      List<SaveRule> rules, long savedSeconds, long changes, boolean failing, long sinceTryNanos) {
    if (failing) {
      return !rules.isEmpty() && sinceTryNanos >= RETRY_NANOS;
    }
    return rules.stream()
        .anyMatch(rule -> savedSeconds >= rule.seconds() && changes >= Math.max(1, rule.changes()));
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
      problem = why;
      LOG.error("no snapshot was saved: {}", why);
      healthChanged.run();
    }
  }

  private void saved(long changesThen) {
    savedCommands = changesThen;
    lastSaveMillis = server.nowMillis();
    lastSaveNanos = server.nowNanos();
    problem = null;
    healthChanged.run();
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
    StandingSnapshot.write(file, server.engine().keyspace(), server.position(), false);
    file.moveTo(to.snapshot());
    saved(server.stream().commands());
  }

  /** All data was replaced. */
  void dataReplaced() {
    replacements++;
  }

  boolean isSaving() {
    return saving;
  }

  /** Why the last one failed; null if it did not. */
  @Nullable String problem() {
    return problem;
  }

  /** Commands since the last snapshot. */
  long changes() {
    return server.stream().commands() - savedCommands;
  }

  long lastSaveMillis() {
    return lastSaveMillis;
  }
}
