package holdfast.backend.command;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names in any case to values, looked up from bytes without making a String. Filled by one thread;
 * after that any thread may read. Open addressing, at most half full; a name that fits is kept as a
 * {@link ShortName}.
 */
final class NameTable<V> {
  private final Map<String, V> byName = new LinkedHashMap<>();

  /** Of each slot: a short name, or 0. */
  private long[] shortNames = new long[8];

  /** Of each slot: a longer name, or null. */
  private byte[][] longNames = new byte[8][];

  private List<@Nullable V> slots = emptySlots(8);

  private static <V> List<@Nullable V> emptySlots(int count) {
    var slots = new ArrayList<@Nullable V>(count);
    for (int i = 0; i < count; i++) {
      slots.add(null);
    }
    return slots;
  }

  void put(String name, V value) {
    byName.put(name.toLowerCase(Locale.ROOT), value);
    if (byName.size() * 2 > shortNames.length) {
      shortNames = new long[shortNames.length * 2];
      longNames = new byte[shortNames.length][];
      slots = emptySlots(shortNames.length);
      byName.forEach(this::place);
    } else {
      place(name.toLowerCase(Locale.ROOT), value);
    }
  }

  private void place(String name, V value) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    int at;
    if (bytes.length <= ShortName.BYTES_MAX) {
      long word = ShortName.of(bytes, 0, bytes.length);
      at = shortSlot(word);
      shortNames[at] = word;
    } else {
      at = longSlot(bytes, 0, bytes.length);
      longNames[at] = bytes;
    }
    slots.set(at, value);
  }

  /** The value of this name in any case, or null. */
  @Nullable V get(byte[] source, int offset, int length) {
    return length <= ShortName.BYTES_MAX
        ? get(ShortName.of(source, offset, length), length)
        : slots.get(longSlot(source, offset, length));
  }

  /**
   * The value of this name, or null.
   *
   * @param length of the name: one that ends with zero bytes is another than without them
   */
  @Nullable V get(long shortName, int length) {
    boolean named = length > 0 && (shortName >>> (8 * (length - 1))) != 0;
    return named ? slots.get(shortSlot(shortName)) : null;
  }

  int size() {
    return byName.size();
  }

  Collection<V> values() {
    return byName.values();
  }

  private boolean isFree(int at) {
    return shortNames[at] == 0 && longNames[at] == null;
  }

  private int shortSlot(long name) {
    int mask = shortNames.length - 1;
    int at = (int) ((name * 0x9E3779B97F4A7C15L) >>> 32) & mask;
    while (shortNames[at] != name && !isFree(at)) {
      at = at + 1 & mask;
    }
    return at;
  }

  private int longSlot(byte[] source, int offset, int length) {
    int hash = length;
    for (int i = offset; i < offset + length; i++) {
      hash = hash * 31 + lower(source[i]);
    }
    int mask = longNames.length - 1;
    int at = (hash ^ hash >>> 7 ^ hash >>> 15) & mask;
    while (!isFree(at) && !same(longNames[at], source, offset, length)) {
      at = at + 1 & mask;
    }
    return at;
  }

  private static boolean same(byte @Nullable [] name, byte[] source, int offset, int length) {
    if (name == null || name.length != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (name[i] != lower(source[offset + i])) {
        return false;
      }
    }
    return true;
  }

  private static byte lower(byte b) {
    return b >= 'A' && b <= 'Z' ? (byte) (b + 32) : b;
  }
}
