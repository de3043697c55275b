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
 * after that any thread may read. Open addressing, at most half full.
 */
final class NameTable<V> {
  private final Map<String, V> byName = new LinkedHashMap<>();
  private byte[][] names = new byte[8][];
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
    if (byName.size() * 2 > names.length) {
      names = new byte[names.length * 2][];
      slots = emptySlots(names.length);
      byName.forEach(this::place);
    } else {
      place(name.toLowerCase(Locale.ROOT), value);
    }
  }

  private void place(String name, V value) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    int at = slot(bytes, 0, bytes.length);
    names[at] = bytes;
    slots.set(at, value);
  }

  /** The value of this name in any case, or null. */
  @Nullable V get(byte[] source, int offset, int length) {
    return slots.get(slot(source, offset, length));
  }

  int size() {
    return byName.size();
  }

  Collection<V> values() {
    return byName.values();
  }

  private int slot(byte[] source, int offset, int length) {
    int hash = length;
    for (int i = offset; i < offset + length; i++) {
      hash = hash * 31 + lower(source[i]);
    }
    int mask = names.length - 1;
    int at = (hash ^ hash >>> 7 ^ hash >>> 15) & mask;
    while (names[at] != null && !same(names[at], source, offset, length)) {
      at = at + 1 & mask;
    }
    return at;
  }

  private static boolean same(byte[] name, byte[] source, int offset, int length) {
    if (name.length != length) {
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
