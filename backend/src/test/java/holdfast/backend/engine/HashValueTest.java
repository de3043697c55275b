package holdfast.backend.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HashValueTest {
  private static Map<String, String> contents(HashValue hash) {
    Map<String, String> out = new LinkedHashMap<>();
    hash.forEach((field, value) -> out.put(Words.text(field), Words.text(value)));
    return out;
  }

  @Test
  void agreesWithAMapOnRandomChanges() {
    for (long seed = 0; seed < 30; seed++) {
      Random random = new Random(seed);
      int fields = seed % 2 == 0 ? 100 : 1500;
      HashValue hash = new HashValue();
      Map<String, String> twin = new LinkedHashMap<>();
      for (int step = 0; step < 4000; step++) {
        String field = "f" + random.nextInt(fields);
        if (random.nextInt(3) > 0) {
          String value = "v" + random.nextInt();
          assertEquals(
              twin.put(field, value) == null, hash.put(Words.bytes(field), Words.bytes(value)));
        } else {
          assertEquals(twin.remove(field) != null, hash.remove(Words.bytes(field)));
        }
        assertEquals(twin.size(), hash.size());
        String other = "f" + random.nextInt(fields);
        byte[] found = hash.get(Words.bytes(other));
        assertEquals(twin.get(other), found == null ? null : Words.text(found));
        assertEquals(twin.containsKey(other), hash.contains(Words.bytes(other)));
      }
      assertEquals(twin, contents(hash));
      assertEquals(twin, contents(hash.copy()));
      assertEquals(hash.encoding(), hash.copy().encoding());
      byte[][] some = hash.random(random);
      assertEquals(twin.get(Words.text(some[0])), Words.text(some[1]));
    }
  }

  @Test
  void keepsTheOrderOfInsertionWhileSmall() {
    HashValue hash = new HashValue();
    for (String field : List.of("b", "a", "c", "b")) {
      hash.put(Words.bytes(field), Words.bytes("1"));
    }
    hash.remove(Words.bytes("a"));
    hash.put(Words.bytes("a"), Words.bytes("2"));
    assertEquals(List.of("b", "c", "a"), new ArrayList<>(contents(hash).keySet()));
  }

  @Test
  void namesTheEncodingThatRedisHasAtItsLimits() {
    HashValue many = new HashValue();
    for (int i = 0; i < 512; i++) {
      many.put(Words.bytes(i), Words.bytes(i));
    }
    assertEquals("listpack", many.encoding());
    many.put(Words.bytes(5), Words.bytes("again"));
    assertEquals("listpack", many.encoding());
    many.put(Words.bytes(512), Words.bytes(512));
    assertEquals("hashtable", many.encoding());
    many.remove(Words.bytes(512));
    assertEquals("hashtable", many.encoding());

    HashValue wide = new HashValue();
    wide.put(Words.bytes("f"), new byte[64]);
    wide.put(new byte[64], Words.bytes("v"));
    assertEquals("listpack", wide.encoding());
    wide.put(Words.bytes("f"), new byte[65]);
    assertEquals("hashtable", wide.encoding());
    assertArrayEquals(Words.bytes("v"), wide.get(new byte[64]));
  }

  @Test
  void aScanMeetsEverythingThatStaysWhateverHappensMeanwhile() {
    for (long seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      HashValue hash = new HashValue();
      for (int i = 0; i < 2000; i++) {
        hash.put(Words.bytes("stay" + i), Words.EMPTY);
      }
      Set<String> met = new HashSet<>();
      long cursor = 0;
      do {
        cursor = hash.scan(cursor, (field, value) -> met.add(Words.text(field)));
        for (int i = 0; i < 5; i++) {
          byte[] other = Words.bytes("other" + random.nextInt(20_000));
          if (seed % 2 == 0) {
            hash.put(other, Words.EMPTY);
          } else {
            hash.remove(other);
          }
        }
      } while (cursor != 0);
      for (int i = 0; i < 2000; i++) {
        assertTrue(met.contains("stay" + i), "seed " + seed + " missed stay" + i);
      }
    }
  }

  @Test
  void aCopyStaysAsItWas() {
    HashValue hash = new HashValue();
    hash.put(Words.bytes("a"), Words.bytes("1"));
    HashValue copy = hash.copy();
    hash.put(Words.bytes("a"), Words.bytes("2"));
    hash.put(Words.bytes("b"), Words.bytes("2"));
    assertEquals(Map.of("a", "1"), contents(copy));
    assertFalse(copy.contains(Words.bytes("b")));
  }
}
