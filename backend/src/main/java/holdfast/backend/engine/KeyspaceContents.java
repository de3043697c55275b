package holdfast.backend.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * Keys and values apart from any engine: what a snapshot holds, while it is being read. One thread,
 * which need not be the engine's; {@link Keyspace#replace} makes it the data in one step.
 */
public final class KeyspaceContents {
  private final List<ByteTable<Value>> values = new ArrayList<>();
  private final List<ByteTable<Value>> expiring = new ArrayList<>();
  private final long nowMillis;
  private long size;

  /**
   * @param databases how many there are in the engine
   * @param nowMillis when the values count as used last
   */
  public KeyspaceContents(int databases, long nowMillis) {
    this.nowMillis = nowMillis;
    for (int i = 0; i < databases; i++) {
      values.add(new ByteTable<>());
      expiring.add(new ByteTable<>());
    }
  }

  /** How many databases there are. */
  public int databases() {
    return values.size();
  }

  /** How many keys there are in all. */
  public long size() {
    return size;
  }

  /**
   * Adds a key with a value of its own; one that is there already is replaced.
   *
   * @param expireAtMillis Unix time, or {@link Value#NEVER}
   */
  public void add(int database, byte[] key, Value value, long expireAtMillis) {
    value.usedAtMillis(nowMillis);
    value.expireAtMillis(expireAtMillis);
    if (values.get(database).put(key, value) == null) {
      size++;
    }
    if (expireAtMillis == Value.NEVER) {
      expiring.get(database).remove(key);
    } else {
      expiring.get(database).put(key, value);
    }
  }

  ByteTable<Value> values(int database) {
    return values.get(database);
  }

  ByteTable<Value> expiring(int database) {
    return expiring.get(database);
  }
}
