package holdfast.backend.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Random;
import org.junit.jupiter.api.Test;

class UnsentRingTest {
  private record Given(long start, int commands) {}

  @Test
  void countsAsUnsentWhatBeginsBehindTheLastByteThatLeft() {
    for (int seed = 0; seed < 500; seed++) {
      var random = new Random(seed);
      var ring = new UnsentRing();
      var twin = new ArrayList<Given>();
      long given = 0;
      long sent = 0;
      for (int step = 0; step < 200; step++) {
        if (random.nextInt(100) < 60) {
          int commands = random.nextInt(3);
          int length = 1 + random.nextInt(20);
          ring.add(commands, length);
          twin.add(new Given(given, commands));
          given += length;
        } else {
          int part = random.nextInt((int) (given - sent) + 1);
          ring.sent(part);
          sent += part;
        }
        long upTo = sent;
        int expected = twin.stream().filter(g -> g.start() >= upTo).mapToInt(Given::commands).sum();
        assertEquals(expected, ring.commands(), "seed " + seed + ", step " + step);
        assertEquals(given - sent, ring.bytes());
      }
    }
  }

  @Test
  void oneByteOfACommandMakesItsFateUnknown() {
    var ring = new UnsentRing();
    ring.add(1, 10);
    ring.add(1, 10);
    ring.sent(0);
    assertEquals(2, ring.commands());
    ring.sent(10);
    assertEquals(1, ring.commands());
    ring.sent(1);
    assertEquals(0, ring.commands());
    assertThrows(IllegalArgumentException.class, () -> ring.sent(10));
  }
}
