package holdfast.backend.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All databases, and what they share: the time of the command being executed, the effects. */
public final class Keyspace {
  private static final int KEYS_PER_EXPIRY_STEP = 20;
  private static final int EXPIRY_STEPS_MAX = 512;
  private static final int GO_ON_ABOVE_PERCENT = 10;

  private final List<Database> databases = new ArrayList<>();
  private final ServerGate gate;
  private final Effects effects;
  private final BlockedClients blocked;
  private final PausedClients paused;
  private long nowMillis;
  private boolean applying;
  private boolean activeExpiry = true;
  private long expiredKeys;
  private @Nullable SnapshotCut cut;
  private int lastMark;

  Keyspace(
      int databaseCount,
      ServerGate gate,
      Effects effects,
      BlockedClients blocked,
      PausedClients paused) {
    this.gate = gate;
    this.paused = paused;
    this.effects = effects;
    this.blocked = blocked;
    for (int i = 0; i < databaseCount; i++) {
      databases.add(new Database(this, i));
    }
  }

  /** How many databases there are. */
  public int size() {
    return databases.size();
  }

  public Database database(int index) {
    return databases.get(index);
  }

  public List<Database> databases() {
    return List.copyOf(databases);
  }

  /** Removes everything (a full resynchronisation, FLUSHALL); nothing is propagated. */
  public void clear() {
    databases.forEach(Database::clear);
  }

  /** All data becomes what was read apart from the engine; nothing is propagated. */
  public void replace(KeyspaceContents contents) {
    for (Database database : databases) {
      database.replace(contents.values(database.index()), contents.expiring(database.index()));
    }
  }

  /**
   * Begins to hand on the data as it is now. {@link #endCut} must follow, when it is through or is
   * given up.
   *
   * @throws IllegalStateException if another one is under way
   */
  public SnapshotCut beginCut(SnapshotCut.Visitor visitor) {
    if (cut != null) {
      throw new IllegalStateException("a snapshot is under way");
    }
    SnapshotCut begun = new SnapshotCut(databases, ++lastMark, visitor);
    cut = begun;
    return begun;
  }

  /** No snapshot is under way any more. */
  public void endCut() {
    cut = null;
  }

  @Nullable SnapshotCut cut() {
    return cut;
  }

  /** Wall-clock time of what is being executed, milliseconds since 1970. */
  public long nowMillis() {
    return nowMillis;
  }

  /** Sets {@link #nowMillis()} for somebody who loads data beside the engine. */
  public void nowMillis(long millis) {
    nowMillis = millis;
  }

  /** Keys that expired since the start. */
  public long expiredKeys() {
    return expiredKeys;
  }

  void resetExpiredKeys() {
    expiredKeys = 0;
  }

  void countExpired() {
    expiredKeys++;
  }

  /**
   * Whether expired keys are hidden but not deleted: data of a server that may not write, or is
   * paused, stands still.
   */
  boolean keepsExpired() {
    return gate.isReplica() || gate.isWriteRefused() || paused.isActive();
  }

  ServerGate gate() {
    return gate;
  }

  Effects effects() {
    return effects;
  }

  BlockedClients blocked() {
    return blocked;
  }

  boolean isApplying() {
    return applying;
  }

  void applying(boolean value) {
    applying = value;
  }

  /** DEBUG SET-ACTIVE-EXPIRE: whether keys expire without being met. */
  public void activeExpiry(boolean value) {
    activeExpiry = value;
  }

  /** Deletes keys that have expired, a bounded number of them; not on a replica. */
  void tick() {
    for (Database database : databases) {
      database.moveBuckets(1024);
      if (activeExpiry && !keepsExpired()) {
        int steps = 0;
        while (database.expiringSize() > 0
            && database.expireSome(KEYS_PER_EXPIRY_STEP) > GO_ON_ABOVE_PERCENT
            && ++steps < EXPIRY_STEPS_MAX) {
          // Many had expired: there are probably more.
        }
      }
    }
  }
}
