package holdfast.backend.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SetValueTest {
  private static List<String> contents(SetValue set) {
    List<String> out = new ArrayList<>();
    set.forEach(member -> out.add(Words.text(member)));
    return out;
  }

  @Test
  void agreesWithASetOnRandomChanges() {
    for (long seed = 0; seed < 40; seed++) {
      Random random = new Random(seed);
      int range = seed % 2 == 0 ? 200 : 2000;
      boolean words = seed % 4 >= 2;
      SetValue set = new SetValue();
      Set<String> twin = new HashSet<>();
      for (int step = 0; step < 3000; step++) {
        String member = Integer.toString(random.nextInt(range) - range / 2);
        if (words && random.nextInt(300) == 0) {
          member = "0" + member;
        }
        if (random.nextInt(3) > 0) {
          assertEquals(twin.add(member), set.add(Words.bytes(member)));
        } else {
          assertEquals(twin.remove(member), set.remove(Words.bytes(member)));
        }
        String other = Integer.toString(random.nextInt(range));
        assertEquals(twin.contains(other), set.contains(Words.bytes(other)));
        assertEquals(twin.size(), set.size());
      }
      assertEquals(twin, new HashSet<>(contents(set)));
      assertEquals(twin, new HashSet<>(contents(set.copy())));
      assertEquals(set.encoding(), set.copy().encoding());
      assertTrue(twin.contains(Words.text(set.random(random))));
    }
  }

  @Test
  void integersStandInAscendingOrder() {
    SetValue set = new SetValue();
    for (String member : List.of("10", "-3", "9223372036854775807", "2", "-9223372036854775808")) {
      set.add(Words.bytes(member));
    }
    assertEquals(
        List.of("-9223372036854775808", "-3", "2", "10", "9223372036854775807"), contents(set));
    assertEquals("intset", set.encoding());
  }

  @Test
  void namesTheEncodingThatRedisHasAtItsLimits() {
    SetValue set = new SetValue();
    for (int i = 0; i < 512; i++) {
      set.add(Words.bytes(i));
    }
    assertEquals("intset", set.encoding());
    set.add(Words.bytes(512));
    assertEquals("hashtable", set.encoding());
    assertEquals(513, set.size());

    for (String noInteger : List.of("", "+1", "01", "-0", " 1", "1.0", "9223372036854775808")) {
      SetValue other = new SetValue();
      other.add(Words.bytes(1));
      other.add(Words.bytes(noInteger));
      assertEquals("hashtable", other.encoding(), "'" + noInteger + "'");
    }
  }

  @Test
  void aScanMeetsEverythingThatStaysWhileTheTableShrinks() {
    SetValue set = new SetValue();
    for (int i = 0; i < 5000; i++) {
      set.add(Words.bytes("m" + i));
    }
    Set<String> met = new HashSet<>();
    long cursor = 0;
    int removed = 100;
    do {
      cursor = set.scan(cursor, member -> met.add(Words.text(member)));
      for (int i = 0; i < 20 && removed < 5000; i++) {
        set.remove(Words.bytes("m" + removed++));
      }
    } while (cursor != 0);
    for (int i = 0; i < 100; i++) {
      assertTrue(met.contains("m" + i), "missed m" + i);
    }
  }
}
