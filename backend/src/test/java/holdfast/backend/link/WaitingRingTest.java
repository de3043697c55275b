package holdfast.backend.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WaitingRingTest {
  @Test
  void answersAsAQueueOfSingleCommandsDoes() {
    for (int seed = 0; seed < 300; seed++) {
      var random = new Random(seed);
      var ring = new WaitingRing();
      var twin = new ArrayDeque<ReplySink>();
      var sinks = new ReplySink[] {new RecordingSink(), new RecordingSink(), new RecordingSink()};
      for (int step = 0; step < 300; step++) {
        if (random.nextInt(100) < 55) {
          var sink = sinks[random.nextInt(3)];
          int count = random.nextInt(4);
          ring.add(sink, count);
          for (int i = 0; i < count; i++) {
            twin.add(sink);
          }
        } else if (!twin.isEmpty()) {
          int count = 1 + random.nextInt(ring.peekCount());
          ring.remove(count);
          for (int i = 0; i < count; i++) {
            twin.remove();
          }
        }
        assertEquals(twin.size(), ring.commands());
        assertSame(twin.peek(), ring.peek());
      }
      while (!twin.isEmpty()) {
        assertSame(twin.remove(), ring.peek());
        ring.remove(1);
      }
      assertNull(ring.peek());
    }
  }

  @Test
  void mergesNeighboursOfOneSink() {
    var ring = new WaitingRing();
    var sink = new RecordingSink();
    for (int i = 0; i < 1000; i++) {
      ring.add(sink, 1);
    }
    assertEquals(1000, ring.peekCount());
    assertThrows(IllegalArgumentException.class, () -> ring.remove(1001));
    assertThrows(IllegalArgumentException.class, () -> ring.remove(0));
  }
}
