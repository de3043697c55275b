package holdfast.backend.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SortedSetValueTest {
  /** The dumbest twin: a map, sorted whenever it is asked. */
  private static final class Twin {
    final Map<String, Double> scores = new HashMap<>();

    List<String> sorted() {
      return scores.keySet().stream()
          .sorted(Comparator.comparingDouble((String m) -> scores.get(m)).thenComparing(m -> m))
          .toList();
    }
  }

  private static List<String> range(SortedSetValue set, int from, int to, boolean descending) {
    List<String> out = new ArrayList<>();
    set.forRange(from, to, descending, (member, score) -> out.add(Words.text(member)));
    return out;
  }

  @Test
  void agreesWithASortedMapOnRandomChanges() {
    for (long seed = 0; seed < 30; seed++) {
      Random random = new Random(seed);
      int range = seed % 2 == 0 ? 100 : 1000;
      int distinctScores = random.nextBoolean() ? 5 : 1000;
      SortedSetValue set = new SortedSetValue();
      Twin twin = new Twin();
      for (int step = 0; step < 3000; step++) {
        String member = "m" + random.nextInt(range);
        double score = random.nextInt(distinctScores) - distinctScores / 2;
        if (random.nextInt(4) > 0) {
          assertEquals(twin.scores.put(member, score) == null, set.put(Words.bytes(member), score));
        } else {
          assertEquals(twin.scores.remove(member) != null, set.remove(Words.bytes(member)));
        }
        if (step % 200 == 0) {
          check(set, twin, random, distinctScores, "seed " + seed + " step " + step);
        }
      }
      check(set.copy(), twin, random, distinctScores, "copy, seed " + seed);
      removeRanges(set, twin, random, "seed " + seed);
    }
  }

  private static void check(
      SortedSetValue set, Twin twin, Random random, int distinctScores, String where) {
    List<String> sorted = twin.sorted();
    int size = sorted.size();
    assertEquals(size, set.size(), where);
    assertEquals(sorted, range(set, 0, size, false), where);
    assertEquals(sorted.reversed(), range(set, 0, size, true), where);
    for (int i = 0; i < size; i++) {
      byte[] member = Words.bytes(sorted.get(i));
      assertEquals(i, set.rank(member), where);
      assertEquals(sorted.get(i), Words.text(set.memberAt(i)), where);
      assertEquals(twin.scores.get(sorted.get(i)), set.scoreAt(i), where);
      assertEquals(set.scoreAt(i), set.score(member), where);
    }
    assertEquals(-1, set.rank(Words.bytes("nobody")), where);
    assertTrue(Double.isNaN(set.score(Words.bytes("nobody"))), where);
    for (int i = 0; i < 10; i++) {
      double bound = random.nextInt(distinctScores) - distinctScores / 2 + random.nextInt(2) / 2.0;
      assertEquals(
          twin.scores.values().stream().filter(s -> s < bound).count(),
          set.countBelow(bound, false),
          where);
      assertEquals(
          twin.scores.values().stream().filter(s -> s <= bound).count(),
          set.countBelow(bound, true),
          where);
      int from = random.nextInt(size + 1);
      int to = from + random.nextInt(size - from + 1);
      assertEquals(sorted.subList(from, to), range(set, from, to, false), where);
      assertEquals(sorted.subList(from, to).reversed(), range(set, from, to, true), where);
    }
  }

  private static void removeRanges(SortedSetValue set, Twin twin, Random random, String where) {
    while (!set.isEmpty()) {
      List<String> sorted = twin.sorted();
      int from = random.nextInt(sorted.size());
      int to = from + 1 + random.nextInt(sorted.size() - from);
      set.removeRange(from, to);
      sorted.subList(from, to).forEach(twin.scores::remove);
      assertEquals(twin.sorted(), range(set, 0, set.size(), false), where);
      assertFalse(set.contains(Words.bytes(sorted.get(from))), where);
    }
  }

  @Test
  void countsMembersByBytesWhenAllScoresAreEqual() {
    for (int size : List.of(100, 1000)) {
      SortedSetValue set = new SortedSetValue();
      for (int i = 0; i < size; i++) {
        set.put(Words.bytes(String.format("%05d", 2 * i)), 7);
      }
      for (int i = 0; i < size; i++) {
        byte[] even = Words.bytes(String.format("%05d", 2 * i));
        byte[] odd = Words.bytes(String.format("%05d", 2 * i + 1));
        assertEquals(i, set.countBelow(even, false));
        assertEquals(i + 1, set.countBelow(even, true));
        assertEquals(i + 1, set.countBelow(odd, false));
        assertEquals(i + 1, set.countBelow(odd, true));
      }
    }
  }

  @Test
  void bytesCompareAsUnsigned() {
    SortedSetValue set = new SortedSetValue();
    set.put(new byte[] {(byte) 0xFF}, 0);
    set.put(new byte[] {0x01}, 0);
    set.put(new byte[] {}, 0);
    assertEquals(List.of("", "\u0001", "\u00FF"), range(set, 0, 3, false));
  }

  @Test
  void infinitiesStandAtTheEnds() {
    SortedSetValue set = new SortedSetValue();
    set.put(Words.bytes("max"), Double.POSITIVE_INFINITY);
    set.put(Words.bytes("min"), Double.NEGATIVE_INFINITY);
    set.put(Words.bytes("zero"), 0);
    assertEquals(List.of("min", "zero", "max"), range(set, 0, 3, false));
    assertEquals(3, set.countBelow(Double.POSITIVE_INFINITY, true));
    assertEquals(0, set.countBelow(Double.NEGATIVE_INFINITY, false));
  }

  @Test
  void negativeZeroSurvivesOnlyInASkipList() {
    SortedSetValue set = new SortedSetValue();
    set.put(Words.bytes("a"), -0.0);
    assertEquals("0", Numbers.format(set.score(Words.bytes("a"))));
    set.put(new byte[65], 1);
    set.put(Words.bytes("b"), -0.0);
    assertEquals("-0", Numbers.format(set.score(Words.bytes("b"))));
    assertEquals(2, set.countBelow(0, true));
  }

  @Test
  void namesTheEncodingThatRedisHasAtItsLimits() {
    SortedSetValue many = new SortedSetValue();
    IntStream.range(0, 128).forEach(i -> many.put(Words.bytes(i), i));
    assertEquals("listpack", many.encoding());
    many.put(Words.bytes(5), 99);
    assertEquals("listpack", many.encoding());
    many.put(Words.bytes(128), 0);
    assertEquals("skiplist", many.encoding());
    many.compact();
    assertEquals("skiplist", many.encoding());
    many.remove(Words.bytes(128));
    assertEquals("skiplist", many.encoding());
    many.compact();
    assertEquals("listpack", many.encoding());
    assertEquals(128, many.size());
    assertEquals(99, many.score(Words.bytes(5)));

    SortedSetValue wide = new SortedSetValue();
    wide.put(new byte[64], 0);
    assertEquals("listpack", wide.encoding());
    wide.put(new byte[65], 0);
    assertEquals("skiplist", wide.encoding());
    wide.compact();
    assertEquals("skiplist", wide.encoding());
  }
}
