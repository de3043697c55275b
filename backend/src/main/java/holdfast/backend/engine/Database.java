package holdfast.backend.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One numbered database: keys, values, and the index of the keys that expire.
 *
 * <p>All reads hide what has expired. On a master the first command that meets an expired key
 * deletes it and a DEL goes to the replicas; a replica only hides it and waits for that DEL, and
 * while it executes its master's stream it does not even hide it: the master's clock decides.
 * Source: Redis {@code db.c}, expireIfNeeded.
 */
public final class Database {
  private final Keyspace keyspace;
  private final int index;
  private ByteTable<Value> values = new ByteTable<>();
  private ByteTable<Value> expiring = new ByteTable<>();
  private final ByteTable<List<WatchedKey>> watched = new ByteTable<>();
  private long expiryCursor;

  Database(Keyspace keyspace, int index) {
    this.keyspace = keyspace;
    this.index = index;
  }

  /** Its number, from 0. */
  public int index() {
    return index;
  }

  /** Keys, those not counted out that have expired and were not met since. */
  public int size() {
    return values.size();
  }

  /** Keys with an expiry. */
  public int expiringSize() {
    return expiring.size();
  }

  private void beforeUse(byte[] key, Value value) {
    SnapshotCut cut = keyspace.cut();
    if (cut != null) {
      cut.beforeUse(values, key, value);
    }
  }

  ByteTable<Value> values() {
    return values;
  }

  /**
   * The live value under {@code key}, or null; notes that it is used. Only what was got here may be
   * changed in place: a snapshot under way takes it first.
   */
  public @Nullable Value get(byte[] key) {
    Value value = peek(key);
    if (value != null) {
      beforeUse(key, value);
      value.usedAtMillis(keyspace.nowMillis());
    }
    return value;
  }

  /** As {@link #get}, but leaves its idle time alone (TTL, OBJECT ...). */
  public @Nullable Value peek(byte[] key) {
    Value value = values.get(key);
    if (value == null || value.expireAtMillis() == Value.NEVER || !isExpired(value)) {
      return value;
    }
    if (!keyspace.keepsExpired()) {
      expire(key);
      return null;
    }
    return keyspace.isApplying() ? value : null;
  }

  /** Whether {@code key} has a live value. */
  public boolean contains(byte[] key) {
    return peek(key) != null;
  }

  private boolean isExpired(Value value) {
    long at = value.expireAtMillis();
    return at != Value.NEVER && keyspace.nowMillis() > at;
  }

  private void expire(byte[] key) {
    delete(key);
    keyspace.countExpired();
    touch(key);
    keyspace.effects().add(index, new byte[][] {Words.DEL, key});
  }

  /**
   * Sets the value under {@code key}, which loses its expiry. The database keeps both. The caller
   * reports the change ({@link Call#changed}).
   */
  public void put(byte[] key, Value value) {
    Value before = peek(key);
    if (before != null) {
      beforeUse(key, before);
    }
    if (before != null && before.expireAtMillis() != Value.NEVER) {
      expiring.remove(key);
      before.expireAtMillis(Value.NEVER);
    }
    store(key, value, before == null);
  }

  /** As {@link #put}, but the key keeps the expiry it has. */
  public void putKeepingExpiry(byte[] key, Value value) {
    Value before = peek(key);
    if (before != null) {
      beforeUse(key, before);
    }
    if (before != null && before != value && before.expireAtMillis() != Value.NEVER) {
      value.expireAtMillis(before.expireAtMillis());
      expiring.put(key, value);
    }
    store(key, value, before == null);
  }

  private void store(byte[] key, Value value, boolean isNew) {
    value.usedAtMillis(keyspace.nowMillis());
    SnapshotCut cut = keyspace.cut();
    if (cut != null) {
      cut.added(value);
    }
    values.put(key, value);
    if (isNew) {
      keyspace.blocked().keyAdded(this, key, value);
    }
  }

  /** Removes {@code key}; false if there was none. The caller reports the change. */
  public boolean remove(byte[] key) {
    return peek(key) != null && delete(key);
  }

  /** Takes the value out, its expiry still written in it; null if there was none. */
  @Nullable Value take(byte[] key) {
    Value value = peek(key);
    if (value != null) {
      long expireAtMillis = value.expireAtMillis();
      delete(key);
      value.expireAtMillis(expireAtMillis);
    }
    return value;
  }

  private boolean delete(byte[] key) {
    Value value = values.get(key);
    if (value == null) {
      return false;
    }
    beforeUse(key, value);
    values.remove(key);
    if (value.expireAtMillis() != Value.NEVER) {
      expiring.remove(key);
      value.expireAtMillis(Value.NEVER);
    }
    return true;
  }

  /**
   * Sets when {@code key} expires.
   *
   * @param atMillis wall-clock milliseconds since 1970, or {@link Value#NEVER}
   */
  public void expireAt(byte[] key, long atMillis) {
    ByteTable.Entry<Value> entry = values.entry(key);
    if (entry == null) {
      return;
    }
    beforeUse(key, entry.value());
    if (atMillis == Value.NEVER) {
      if (entry.value().expireAtMillis() != Value.NEVER) {
        expiring.remove(key);
      }
    } else {
      expiring.put(entry.key(), entry.value());
    }
    entry.value().expireAtMillis(atMillis);
  }

  /** All keys, also those that have expired; not to be changed meanwhile. For snapshots. */
  public Iterable<ByteTable.Entry<Value>> entries() {
    return values;
  }

  /** See {@link ByteTable#scan}; hands on expired keys too. */
  public long scan(long cursor, Consumer<? super ByteTable.Entry<Value>> consumer) {
    return values.scan(cursor, consumer);
  }

  /** A key that has not expired, each with about the same chance; null if there is none. */
  public byte @Nullable [] randomKey(RandomGenerator random) {
    // On a replica expired keys stay: with nothing but those, stop looking at some time.
    for (int tries = 0; !values.isEmpty() && tries < 100; tries++) {
      byte[] key = values.randomEntry(random).key();
      if (peek(key) != null) {
        return key;
      }
    }
    return null;
  }

  /** Removes everything; the caller propagates. */
  public void clear() {
    touchAll(null);
    values = new ByteTable<>();
    expiring = new ByteTable<>();
    expiryCursor = 0;
  }

  /** Takes over what was read apart from the engine. */
  void replace(ByteTable<Value> newValues, ByteTable<Value> newExpiring) {
    clear();
    values = newValues;
    expiring = newExpiring;
    keyspace.blocked().contentsReplaced(this);
  }

  /** Exchanges contents with another database; clients stay where they are. */
  public void swap(Database other) {
    touchAll(other);
    other.touchAll(this);
    ByteTable<Value> myValues = values;
    ByteTable<Value> myExpiring = expiring;
    values = other.values;
    expiring = other.expiring;
    other.values = myValues;
    other.expiring = myExpiring;
    keyspace.blocked().contentsReplaced(this);
    keyspace.blocked().contentsReplaced(other);
  }

  /** Makes every transaction that watches {@code key} fail. */
  public void touch(byte[] key) {
    if (watched.isEmpty()) {
      return;
    }
    List<WatchedKey> watchers = watched.get(key);
    if (watchers != null) {
      for (WatchedKey watcher : watchers) {
        watcher.touched(!values.containsKey(key));
      }
    }
  }

  private void touchAll(@Nullable Database replacement) {
    for (ByteTable.Entry<List<WatchedKey>> entry : watched) {
      byte[] key = entry.key();
      boolean here = values.containsKey(key);
      boolean there = replacement != null && replacement.values.containsKey(key);
      if (here || there) {
        for (WatchedKey watcher : entry.value()) {
          watcher.touched(!there);
        }
      }
    }
  }

  /** Whether the key is there but has expired, without deleting it. */
  boolean holdsExpired(byte[] key) {
    Value value = values.get(key);
    return value != null && isExpired(value);
  }

  void watch(WatchedKey watcher) {
    List<WatchedKey> watchers = watched.get(watcher.key());
    if (watchers == null) {
      watchers = new ArrayList<>(1);
      watched.put(watcher.key(), watchers);
    }
    watchers.add(watcher);
  }

  void unwatch(WatchedKey watcher) {
    List<WatchedKey> watchers = watched.get(watcher.key());
    if (watchers != null) {
      watchers.remove(watcher);
      if (watchers.isEmpty()) {
        watched.remove(watcher.key());
      }
    }
  }

  /**
   * Deletes expired keys among the next ones of the index.
   *
   * @param keysMax how many keys to look at
   * @return the share of them that had expired, in percent
   */
  int expireSome(int keysMax) {
    var met = new ArrayList<ByteTable.Entry<Value>>();
    // Sparse tables have empty buckets: bound the steps as well as the keys.
    for (int steps = 0; met.size() < keysMax && steps < keysMax * 8; steps++) {
      expiryCursor = expiring.scan(expiryCursor, met::add);
      if (expiryCursor == 0) {
        break;
      }
    }
    int expired = 0;
    for (ByteTable.Entry<Value> entry : met) {
      if (isExpired(entry.value()) && expiring.containsKey(entry.key())) {
        expire(entry.key());
        keyspace.effects().flush();
        expired++;
      }
    }
    return met.isEmpty() ? 0 : expired * 100 / met.size();
  }

  /** Goes on with moving tables that have grown. */
  void moveBuckets(int buckets) {
    values.moveBuckets(buckets);
    expiring.moveBuckets(buckets);
  }
}
