package holdfast.backend.engine;

/**
 * One key that a client watches.
 *
 * <p>A key that had already expired when WATCH met it counts as absent: its deletion is no change.
 */
final class WatchedKey {
  private final Client client;
  private final Database database;
  private final byte[] key;
  private boolean hadExpired;

  WatchedKey(Client client, Database database, byte[] key) {
    this.client = client;
    this.database = database;
    this.key = key;
    this.hadExpired = database.holdsExpired(key);
  }

  Database database() {
    return database;
  }

  byte[] key() {
    return key;
  }

  /** Something happened to the key; {@code isGone}: it was deleted. */
  void touched(boolean isGone) {
    if (hadExpired && isGone) {
      hadExpired = false;
      return;
    }
    hadExpired = false;
    client.transaction().watchedKeyChanged();
  }

  /** Whether it has expired since, without anybody having met it. */
  boolean hasExpiredSince() {
    return !hadExpired && database.holdsExpired(key);
  }
}
