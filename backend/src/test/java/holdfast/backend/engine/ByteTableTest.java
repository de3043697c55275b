package holdfast.backend.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ConcurrentModificationException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ByteTableTest {
  private static byte[] key(int number) {
    return ("key:" + number).getBytes(ISO_8859_1);
  }

  private static String text(byte[] key) {
    return new String(key, ISO_8859_1);
  }

  @Test
  void holdsWhatAHashMapHolds() {
    var random = new Random(7);
    var table = new ByteTable<Integer>();
    Map<String, Integer> twin = new HashMap<>();
    for (int i = 0; i < 60_000; i++) {
      // First growing, then shrinking, so that entries move both ways meanwhile.
      int number = random.nextInt(8_000);
      boolean put = random.nextInt(100) < (i < 30_000 ? 70 : 20);
      if (put) {
        assertEquals(twin.put("key:" + number, i), table.put(key(number), i));
      } else {
        assertEquals(twin.remove("key:" + number), table.remove(key(number)));
      }
      int asked = random.nextInt(8_000);
      assertEquals(twin.get("key:" + asked), table.get(key(asked)));
      assertEquals(twin.size(), table.size());
    }
    var iterated = new HashMap<String, Integer>();
    table.forEach(entry -> iterated.put(text(entry.key()), entry.value()));
    assertEquals(twin, iterated);
  }

  @Test
  void aScanMissesNothingThatIsThereAllTheTime() {
    for (int seed = 0; seed < 40; seed++) {
      var random = new Random(seed);
      var table = new ByteTable<Boolean>();
      int stable = random.nextInt(300);
      for (int i = 0; i < stable; i++) {
        table.put(key(i), true);
      }
      int others = 1000;
      int direction = random.nextInt(2);
      for (int i = 0; direction == 0 && i < 5000; i++) {
        table.put(key(others + i), true);
      }
      Set<String> seen = new HashSet<>();
      long cursor = 0;
      int calls = 0;
      do {
        cursor = table.scan(cursor, entry -> seen.add(text(entry.key())));
        // Meanwhile the table shrinks or grows by several times.
        for (int i = 0; i < 40; i++) {
          int number = others + random.nextInt(5000);
          if (direction == 0) {
            table.remove(key(number));
          } else {
            table.put(key(number), true);
          }
        }
        assertTrue(++calls < 100_000, "the scan ends");
      } while (cursor != 0);
      for (int i = 0; i < stable; i++) {
        assertTrue(seen.contains("key:" + i), "seed " + seed + " missed key " + i);
      }
    }
  }

  @Test
  void drawsEveryEntrySoonerOrLater() {
    var random = new Random(3);
    var table = new ByteTable<Integer>();
    for (int i = 0; i < 100; i++) {
      table.put(key(i), i);
    }
    Set<Integer> drawn = new HashSet<>();
    for (int i = 0; i < 10_000; i++) {
      drawn.add(table.randomEntry(random).value());
    }
    assertEquals(100, drawn.size());
    assertThrows(NoSuchElementException.class, () -> new ByteTable<Integer>().randomEntry(random));
  }

  @Test
  void iteratingWhileAddingIsNoticed() {
    var table = new ByteTable<Integer>();
    table.put(key(1), 1);
    table.put(key(2), 2);
    assertThrows(
        ConcurrentModificationException.class,
        () -> table.forEach(entry -> table.put(("x" + text(entry.key())).getBytes(ISO_8859_1), 1)));
  }

  @Test
  void keysOfAnyLengthAreToldApart() {
    var table = new ByteTable<Integer>();
    for (int length = 0; length < 70; length++) {
      table.put(new byte[length], length);
    }
    for (int length = 0; length < 70; length++) {
      assertEquals(length, table.get(new byte[length]));
    }
    assertEquals(70, table.size());
    table.clear();
    assertTrue(table.isEmpty());
  }
}
