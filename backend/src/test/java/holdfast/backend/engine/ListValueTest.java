package holdfast.backend.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ListValueTest {
  private static byte[] element(int number) {
    return Words.bytes(number);
  }

  private static List<String> contents(Iterable<byte[]> elements) {
    List<String> out = new ArrayList<>();
    elements.forEach(e -> out.add(Words.text(e)));
    return out;
  }

  @Test
  void agreesWithAnArrayListOnRandomChanges() {
    for (long seed = 0; seed < 40; seed++) {
      Random random = new Random(seed);
      ListValue list = new ListValue();
      List<String> twin = new ArrayList<>();
      int growth = random.nextInt(4, 8);
      for (int step = 0; step < 3000; step++) {
        change(list, twin, random, growth);
        assertEquals(twin.size(), list.size(), "seed " + seed);
        if (step % 100 == 0) {
          assertEquals(twin, contents(list), "seed " + seed);
        }
      }
      assertEquals(twin, contents(list), "seed " + seed);
      assertEquals(twin, contents(list.copy()), "seed " + seed);
    }
  }

  private static void change(ListValue list, List<String> twin, Random random, int growth) {
    byte[] element = element(random.nextInt(1000));
    String text = Words.text(element);
    boolean grow = twin.isEmpty() || random.nextInt(10) < growth;
    int at = random.nextInt(twin.size() + 1);
    switch (random.nextInt(grow ? 4 : 5)) {
      case 0 -> {
        if (grow) {
          list.addFirst(element);
          twin.addFirst(text);
        } else {
          assertEquals(twin.removeFirst(), Words.text(list.removeFirst()));
        }
      }
      case 1 -> {
        if (grow) {
          list.addLast(element);
          twin.addLast(text);
        } else {
          assertEquals(twin.removeLast(), Words.text(list.removeLast()));
        }
      }
      case 2 -> {
        list.insert(at, element);
        twin.add(at, text);
      }
      case 3 -> {
        if (at < twin.size()) {
          assertEquals(twin.get(at), Words.text(list.get(at)));
          list.set(at, element);
          twin.set(at, text);
        }
      }
      default -> {
        int length = random.nextInt(20) == 0 ? random.nextInt(600) : random.nextInt(4);
        int to = Math.min(twin.size(), at + length);
        list.removeRange(at, to);
        twin.subList(at, to).clear();
      }
    }
  }

  @Test
  void walksFromEveryIndexInBothDirections() {
    ListValue list = new ListValue();
    int size = 3 * ListValue.CHUNK_MAX + 7;
    for (int i = 0; i < size; i++) {
      list.addLast(element(i));
    }
    for (int from = 0; from <= size; from++) {
      Iterator<byte[]> forward = list.iterator(from);
      for (int i = from; i < size; i++) {
        assertEquals(Integer.toString(i), Words.text(forward.next()));
      }
      assertFalse(forward.hasNext());
      assertThrows(NoSuchElementException.class, forward::next);
      Iterator<byte[]> backward = list.descendingIterator(from - 1);
      for (int i = from - 1; i >= 0; i--) {
        assertEquals(Integer.toString(i), Words.text(backward.next()));
      }
      assertFalse(backward.hasNext());
    }
  }

  @Test
  void aCopyStaysAsItWas() {
    ListValue list = new ListValue();
    list.addLast(element(1));
    ListValue copy = list.copy();
    list.set(0, element(2));
    list.addLast(element(3));
    assertEquals(List.of("1"), contents(copy));
  }

  @Test
  void sparseChunksAreJoinedSoThatFindingStaysCheap() {
    ListValue list = new ListValue();
    int size = 200_000;
    for (int i = 0; i < size; i++) {
      list.addLast(element(i));
    }
    // Leave about one element of each chunk's worth.
    for (int at = 0; at + 1 < list.size(); at++) {
      list.removeRange(at + 1, Math.min(list.size(), at + ListValue.CHUNK_MAX));
    }
    int left = list.size();
    assertTrue(
        list.chunkCount() <= 4 * left / ListValue.CHUNK_MAX + 2,
        left + " elements in " + list.chunkCount() + " chunks");
  }
}
