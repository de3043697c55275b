package holdfast.backend.engine;

import holdfast.backend.command.CommandFacts;
import holdfast.backend.command.CommandFlag;
import java.util.ArrayList;
import java.util.List;

/**
 * A client's MULTI: the commands it has queued, the keys it watches, and whether it may succeed.
 */
public final class Transaction {
  /** One queued command. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Queued(CommandFacts facts, Handler handler, byte[][] args) {}

  /** What one client may queue: as Redis's client-query-buffer-limit, a gigabyte. */
  static final long QUEUED_BYTES_MAX = 1L << 30;

  /** An array's head and the reference to it, roughly. */
  private static final int BYTES_PER_ARGUMENT = 24;

  private final List<WatchedKey> watched = new ArrayList<>();
  private List<Queued> queued = new ArrayList<>();
  private long queuedBytes;
  private boolean open;
  private boolean changed;
  private boolean broken;
  private boolean writes;
  private boolean mayReplicate;
  private boolean allStale = true;
  private boolean allLoading = true;

  /** Between MULTI and EXEC. */
  public boolean isOpen() {
    return open;
  }

  /** Begins to queue. */
  public void begin() {
    open = true;
  }

  /** Queues a command; false if the transaction would become too large, which breaks it. */
  boolean queue(CommandFacts facts, Handler handler, byte[][] args) {
    for (byte[] arg : args) {
      queuedBytes += BYTES_PER_ARGUMENT + arg.length;
    }
    if (queuedBytes > QUEUED_BYTES_MAX) {
      queued = new ArrayList<>();
      return false;
    }
    queued.add(new Queued(facts, handler, args));
    writes |= facts.has(CommandFlag.WRITE);
    mayReplicate |= Admission.mayReplicate(facts);
    allStale &= facts.has(CommandFlag.STALE);
    allLoading &= facts.has(CommandFlag.LOADING);
    return true;
  }

  List<Queued> queued() {
    return queued;
  }

  /** A command was refused while queuing: EXEC will refuse too. */
  void refused() {
    broken |= open;
  }

  boolean isBroken() {
    return broken;
  }

  boolean hasWrites() {
    return writes;
  }

  boolean mayReplicate() {
    return mayReplicate;
  }

  boolean isAllStale() {
    return allStale;
  }

  boolean isAllLoading() {
    return allLoading;
  }

  void watchedKeyChanged() {
    changed = true;
  }

  /** Whether a watched key was changed, or expired by itself. */
  boolean hasChanged() {
    for (WatchedKey key : watched) {
      changed |= key.hasExpiredSince();
    }
    return changed;
  }

  /** Watches a key; again and again is once. */
  void watch(Client client, Database database, byte[] key) {
    for (WatchedKey have : watched) {
      if (have.database() == database && java.util.Arrays.equals(have.key(), key)) {
        return;
      }
    }
    var watcher = new WatchedKey(client, database, key);
    watched.add(watcher);
    database.watch(watcher);
  }

  /** Forgets the watched keys and what happened to them. */
  void unwatch() {
    for (WatchedKey key : watched) {
      key.database().unwatch(key);
    }
    watched.clear();
    changed = false;
  }

  int watchedCount() {
    return watched.size();
  }

  /** Ends it: nothing queued, nothing watched. */
  void end() {
    unwatch();
    queued = new ArrayList<>();
    queuedBytes = 0;
    open = false;
    broken = false;
    writes = false;
    mayReplicate = false;
    allStale = true;
    allLoading = true;
  }
}
