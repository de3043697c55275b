package holdfast.backend.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.ConcurrentModificationException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A hash table from byte strings to values: keyspace, hashes, sets and sorted sets stand on it.
 *
 * <p>Why not {@link java.util.HashMap}: {@link #scan} must return, whatever happens between its
 * calls, each entry that is there from its first call to its last; {@link #randomEntry} must be
 * cheap; and growing a table of millions of entries must not stop the server for a second, so
 * entries move to the new table a few at a time, with each change.
 *
 * <p>Chained buckets, a power of two of them. Keys are not copied: nobody may change an array that
 * is or was a key. One thread. The hash is seeded per process so that nobody can choose keys that
 * collide. Source of the scan: Redis {@code dict.c}, dictScan (cursor in reversed binary).
 */
public final class ByteTable<V> implements Iterable<ByteTable.Entry<V>> {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long SEED =
      Long.getLong("holdfast.hash-seed", new java.security.SecureRandom().nextLong());
  private static final int SIZE_MIN = 4;
  private static final int SIZE_MAX = 1 << 30;

  /** Places of a chain that are drawn from: a longer chain comes once in 10^15 buckets. */
  private static final int PLACES = 16;

  /** Buckets looked at per change while entries move to another table. */
  private static final int MOVES_PER_CHANGE = 4;

  /** A key with its value. */
  public static final class Entry<V> {
    private final byte[] key;
    private final int hash;
    private V value;
    private @Nullable Entry<V> next;

    private Entry(byte[] key, int hash, V value, @Nullable Entry<V> next) {
      this.key = key;
      this.hash = hash;
      this.value = value;
      this.next = next;
    }

    /** Not to be changed. */
    public byte[] key() {
      return key;
    }

    public V value() {
      return value;
    }

    /** Replaces the value; allowed while iterating. */
    public void value(V next) {
      value = next;
    }
  }

  private @Nullable Entry<V>[] table = newTable(SIZE_MIN);

  /** The table that entries are leaving, or null. */
  private @Nullable Entry<V> @Nullable [] old;

  /** Buckets of {@link #old} before this one are empty. */
  private int moved;

  private int size;
  private int changes;

  @SuppressWarnings({
    "unchecked",
    "rawtypes"
  }) // an array of a generic type cannot be made otherwise
  private static <V> @Nullable Entry<V>[] newTable(int buckets) {
    return (Entry<V>[]) new Entry[buckets];
  }

  /** The seeded hash of a byte string. */
  public static int hash(byte[] key) {
    int length = key.length;
    long h = SEED ^ length * 0x9E3779B97F4A7C15L;
    int at = 0;
    for (; at + 8 <= length; at += 8) {
      h = mix(h ^ (long) LONG.get(key, at), 0xA0761D6478BD642FL);
    }
    long tail = 0;
    for (; at < length; at++) {
      tail = (tail << 8) | (key[at] & 0xFF);
    }
    h = mix(h ^ tail, 0xE7037ED1A0B428DBL);
    return (int) (h ^ h >>> 32);
  }

  private static long mix(long a, long b) {
    return a * b ^ Math.unsignedMultiplyHigh(a, b);
  }

  /** How many entries there are. */
  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /** The value under {@code key}, or null. */
  public @Nullable V get(byte[] key) {
    Entry<V> entry = entry(key);
    return entry == null ? null : entry.value;
  }

  public boolean containsKey(byte[] key) {
    return entry(key) != null;
  }

  /** The entry under {@code key}, or null. */
  public @Nullable Entry<V> entry(byte[] key) {
    if (size == 0) {
      return null;
    }
    int hash = hash(key);
    Entry<V> found = find(table, key, hash);
    return found == null && old != null ? find(old, key, hash) : found;
  }

  private static <V> @Nullable Entry<V> find(@Nullable Entry<V>[] table, byte[] key, int hash) {
    for (Entry<V> e = table[hash & table.length - 1]; e != null; e = e.next) {
      if (e.hash == hash && Arrays.equals(e.key, key)) {
        return e;
      }
    }
    return null;
  }

  /**
   * Sets the value under {@code key}; the table keeps the array if the key is new.
   *
   * @return the value before, or null
   */
  public @Nullable V put(byte[] key, V value) {
    Entry<V> entry = entry(key);
    if (entry != null) {
      V before = entry.value;
      entry.value = value;
      return before;
    }
    moveSome();
    if (old == null && size >= table.length && table.length < SIZE_MAX) {
      resize(table.length * 2);
    }
    int hash = hash(key);
    int at = hash & table.length - 1;
    table[at] = new Entry<>(key, hash, value, table[at]);
    size++;
    changes++;
    return null;
  }

  /** Removes {@code key}; the value it had, or null. */
  public @Nullable V remove(byte[] key) {
    if (size == 0) {
      return null;
    }
    int hash = hash(key);
    Entry<V> removed = unlink(table, key, hash);
    if (removed == null && old != null) {
      removed = unlink(old, key, hash);
    }
    if (removed == null) {
      return null;
    }
    size--;
    changes++;
    moveSome();
    if (old == null && table.length > SIZE_MIN && size * 8L < table.length) {
      resize(Math.max(SIZE_MIN, table.length / 4));
    }
    return removed.value;
  }

  private static <V> @Nullable Entry<V> unlink(@Nullable Entry<V>[] table, byte[] key, int hash) {
    int at = hash & table.length - 1;
    Entry<V> before = null;
    for (Entry<V> e = table[at]; e != null; before = e, e = e.next) {
      if (e.hash == hash && Arrays.equals(e.key, key)) {
        if (before == null) {
          table[at] = e.next;
        } else {
          before.next = e.next;
        }
        return e;
      }
    }
    return null;
  }

  /** Removes everything. */
  public void clear() {
    table = newTable(SIZE_MIN);
    old = null;
    moved = 0;
    size = 0;
    changes++;
  }

  private void resize(int buckets) {
    old = table;
    table = newTable(buckets);
    moved = 0;
    if (old.length <= 64) {
      moveBuckets(old.length);
    }
  }

  private void moveSome() {
    if (old != null) {
      moveBuckets(MOVES_PER_CHANGE);
    }
  }

  /** Goes on moving entries into the new table, if there is one; for an idle moment. */
  public void moveBuckets(int buckets) {
    @Nullable Entry<V>[] from = old;
    if (from == null) {
      return;
    }
    int end = (int) Math.min(from.length, (long) moved + buckets);
    for (; moved < end; moved++) {
      Entry<V> next;
      for (Entry<V> e = from[moved]; e != null; e = next) {
        next = e.next;
        int at = e.hash & table.length - 1;
        e.next = table[at];
        table[at] = e;
      }
      from[moved] = null;
    }
    if (moved == from.length) {
      old = null;
      moved = 0;
    }
  }

  /**
   * Hands some entries on and says where to go on: start with 0, end when 0 comes back. An entry
   * that is there all the time is handed on at least once; some may be twice. The consumer may
   * change this table only after the call.
   */
  public long scan(long cursor, Consumer<? super Entry<V>> consumer) {
    @Nullable Entry<V>[] other = old;
    if (other == null) {
      emit(table, cursor, consumer);
      return advance(cursor, table.length - 1);
    }
    @Nullable Entry<V>[] small = other.length < table.length ? other : table;
    @Nullable Entry<V>[] large = other.length < table.length ? table : other;
    int smallMask = small.length - 1;
    int largeMask = large.length - 1;
    long next = cursor;
    emit(small, next, consumer);
    // All buckets of the larger table that belong to the one bucket of the smaller.
    do {
      emit(large, next, consumer);
      next = advance(next, largeMask);
    } while ((next & Integer.toUnsignedLong(smallMask ^ largeMask)) != 0);
    return next;
  }

  private static <V> void emit(
      @Nullable Entry<V>[] table, long cursor, Consumer<? super Entry<V>> consumer) {
    for (Entry<V> e = table[(int) (cursor & table.length - 1)]; e != null; e = e.next) {
      consumer.accept(e);
    }
  }

  /** Adds one to the highest bit of the masked cursor, carrying downwards. */
  private static long advance(long cursor, long mask) {
    return Long.reverse(Long.reverse(cursor | ~mask) + 1);
  }

  /**
   * Some entry, each as likely as any other: a bucket and a place in its chain are drawn until
   * there is an entry, so that sharing a bucket costs an entry nothing of its chance.
   *
   * @throws NoSuchElementException when there is none
   */
  public Entry<V> randomEntry(RandomGenerator random) {
    if (size == 0) {
      throw new NoSuchElementException("the table is empty");
    }
    while (true) {
      @Nullable Entry<V>[] in = table;
      if (old != null && random.nextInt(table.length + old.length) >= table.length) {
        in = old;
      }
      Entry<V> entry = in[random.nextInt(in.length)];
      for (int place = random.nextInt(PLACES); place > 0 && entry != null; place--) {
        entry = entry.next;
      }
      if (entry != null) {
        return entry;
      }
    }
  }

  /** All entries in no order; adding or removing meanwhile ends the iteration with an exception. */
  @Override
  public Iterator<Entry<V>> iterator() {
    return new Iterator<>() {
      private final int expectedChanges = changes;
      private @Nullable Entry<V>[] in = table;
      private int bucket;
      private @Nullable Entry<V> ahead = advance();

      private @Nullable Entry<V> advance() {
        while (true) {
          while (bucket < in.length) {
            Entry<V> head = in[bucket++];
            if (head != null) {
              return head;
            }
          }
          if (in == old || old == null) {
            return null;
          }
          in = old;
          bucket = 0;
        }
      }

      @Override
      public boolean hasNext() {
        return ahead != null;
      }

      @Override
      public Entry<V> next() {
        if (changes != expectedChanges) {
          throw new ConcurrentModificationException();
        }
        Entry<V> result = ahead;
        if (result == null) {
          throw new NoSuchElementException();
        }
        ahead = result.next == null ? advance() : result.next;
        return result;
      }
    };
  }
}
