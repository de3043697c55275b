package holdfast.backend.engine;

import java.util.Arrays;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A hash: fields with values.
 *
 * <p>Small ones are a flat array searched from the front, which keeps the order of insertion and is
 * what Redis calls a listpack; beyond {@link #LISTPACK_ENTRIES_MAX} fields, or with one field or
 * value of more than {@link #LISTPACK_BYTES_MAX} bytes, they become a table for good. Arrays that
 * were handed in or out are never changed, by this class or by anybody. One thread.
 */
public final class HashValue extends Value {
  /** Redis's default of {@code hash-max-listpack-entries}. */
  static final int LISTPACK_ENTRIES_MAX = 512;

  /** Redis's default of {@code hash-max-listpack-value}. */
  static final int LISTPACK_BYTES_MAX = 64;

  private static final byte[][] NOTHING = {};

  /** Field, value, field, value...; unused once {@link #table} is there. */
  private byte[][] pairs = NOTHING;

  /** Fields in {@link #pairs}. */
  private int count;

  private @Nullable ByteTable<byte[]> table;

  @Override
  public ValueType type() {
    return ValueType.HASH;
  }

  @Override
  public String encoding() {
    return table == null ? "listpack" : "hashtable";
  }

  @Override
  public HashValue copy() {
    HashValue copy = new HashValue();
    if (table == null) {
      copy.pairs = Arrays.copyOf(pairs, 2 * count);
      copy.count = count;
    } else {
      ByteTable<byte[]> entries = new ByteTable<>();
      copy.table = entries;
      forEach(entries::put);
    }
    return copy;
  }

  @Override
  public boolean isEmpty() {
    return size() == 0;
  }

  /** How many fields it has. */
  public int size() {
    return table == null ? count : table.size();
  }

  /** The value of a field, or null. */
  public byte @Nullable [] get(byte[] field) {
    if (table != null) {
      return table.get(field);
    }
    int at = indexOf(field);
    return at < 0 ? null : pairs[at + 1];
  }

  public boolean contains(byte[] field) {
    return table == null ? indexOf(field) >= 0 : table.containsKey(field);
  }

  /**
   * Sets a field.
   *
   * @return whether the field is new
   */
  public boolean put(byte[] field, byte[] value) {
    convertIfTooLong(field);
    convertIfTooLong(value);
    if (table != null) {
      return table.put(field, value) == null;
    }
    int at = indexOf(field);
    if (at >= 0) {
      pairs[at + 1] = value;
      return false;
    }
    if (count == LISTPACK_ENTRIES_MAX) {
      toTable().put(field, value);
      return true;
    }
    if (2 * count == pairs.length) {
      pairs = Arrays.copyOf(pairs, Math.max(4, 3 * count / 2 * 2));
    }
    pairs[2 * count] = field;
    pairs[2 * count + 1] = value;
    count++;
    return true;
  }

  /**
   * Gives up the compact form if {@code text} is too long for it. Redis looks at all arguments of
   * HSET before it sets the first, so even one that is overwritten later counts.
   */
  void convertIfTooLong(byte[] text) {
    if (table == null && text.length > LISTPACK_BYTES_MAX) {
      toTable();
    }
  }

  /** Removes a field; whether it was there. */
  public boolean remove(byte[] field) {
    if (table != null) {
      return table.remove(field) != null;
    }
    int at = indexOf(field);
    if (at < 0) {
      return false;
    }
    count--;
    System.arraycopy(pairs, at + 2, pairs, at, 2 * count - at);
    pairs[2 * count] = null;
    pairs[2 * count + 1] = null;
    return true;
  }

  /** Hands each field with its value on; the hash must not change meanwhile. */
  public void forEach(BiConsumer<byte[], byte[]> consumer) {
    if (table != null) {
      for (ByteTable.Entry<byte[]> entry : table) {
        consumer.accept(entry.key(), entry.value());
      }
      return;
    }
    for (int at = 0; at < 2 * count; at += 2) {
      consumer.accept(pairs[at], pairs[at + 1]);
    }
  }

  /**
   * One step of HSCAN: hands fields on and returns the next cursor, 0 at the end. A field that is
   * there all the time is handed on at least once.
   */
  long scan(long cursor, BiConsumer<byte[], byte[]> consumer) {
    if (table != null) {
      return table.scan(cursor, entry -> consumer.accept(entry.key(), entry.value()));
    }
    forEach(consumer);
    return 0;
  }

  /** Some field and its value, as an array of two; the hash is not empty. */
  byte[][] random(RandomGenerator random) {
    if (table != null) {
      ByteTable.Entry<byte[]> entry = table.randomEntry(random);
      return new byte[][] {entry.key(), entry.value()};
    }
    int at = 2 * random.nextInt(count);
    return new byte[][] {pairs[at], pairs[at + 1]};
  }

  private int indexOf(byte[] field) {
    for (int at = 0; at < 2 * count; at += 2) {
      if (Arrays.equals(pairs[at], field)) {
        return at;
      }
    }
    return -1;
  }

  private ByteTable<byte[]> toTable() {
    ByteTable<byte[]> entries = new ByteTable<>();
    forEach(entries::put);
    pairs = NOTHING;
    count = 0;
    table = entries;
    return entries;
  }
}
