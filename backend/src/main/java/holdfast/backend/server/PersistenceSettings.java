package holdfast.backend.server;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is kept on disk.
 *
 * @param folder where; null for nowhere, then the rest has no meaning
 * @param appendOnly whether each command is logged (appendonly)
 * @param fsync when the log is forced to disk (appendfsync)
 * @param saveRules when a snapshot is written by itself (save)
 * @param rewritePercent the log is rewritten when it has grown by this much since its base; 0 for
 *     never (auto-aof-rewrite-percentage)
 * @param rewriteMinBytes but not while it is smaller than this (auto-aof-rewrite-min-size)
 */
public record PersistenceSettings(
    @Nullable Path folder,
    boolean appendOnly,
    Fsync fsync,
    List<SaveRule> saveRules,
    int rewritePercent,
    long rewriteMinBytes) {
  private static final long MB = 1024 * 1024;

  /** When the log is forced to disk. It is written before a reply goes out in any case. */
  public enum Fsync {
    /** Before each reply: a power failure loses nothing acknowledged. */
    ALWAYS,
    /** Once a second, beside the commands: it loses about a second. */
    EVERYSEC,
    /** When the system likes. */
    NO
  }

  /** A snapshot is due after {@code seconds} if there were {@code changes} since the last. */
  public record SaveRule(int seconds, int changes) {
    /** Checks both. */
    public SaveRule {
      if (seconds < 1 || changes < 0) {
        throw new IllegalArgumentException("save rule " + seconds + " " + changes);
      }
    }
  }

  /** Nothing is kept. */
  public static final PersistenceSettings NONE =
      new PersistenceSettings(null, false, Fsync.NO, List.of(), 0, 0);

  /** Checks each. */
  public PersistenceSettings {
    saveRules = List.copyOf(saveRules);
    if (rewritePercent < 0 || rewriteMinBytes < 0) {
      throw new IllegalArgumentException(
          "rewritePercent " + rewritePercent + ", rewriteMinBytes " + rewriteMinBytes);
    }
  }

  /** The log in {@code folder}, forced to disk each second, rewritten when it doubles. */
  public static PersistenceSettings in(Path folder) {
    return new PersistenceSettings(folder, true, Fsync.EVERYSEC, List.of(), 100, 64 * MB);
  }

  /** Snapshots in {@code folder}: at a clean end and by these rules. */
  public static PersistenceSettings snapshots(Path folder, List<SaveRule> rules) {
    return new PersistenceSettings(folder, false, Fsync.NO, rules, 0, 0);
  }

  /** The same, forced to disk at other times. */
  public PersistenceSettings withFsync(Fsync value) {
    return new PersistenceSettings(
        folder, appendOnly, value, saveRules, rewritePercent, rewriteMinBytes);
  }

  /** The same, rewritten at other sizes. */
  public PersistenceSettings withRewrite(int percent, long minBytes) {
    return new PersistenceSettings(folder, appendOnly, fsync, saveRules, percent, minBytes);
  }
}
