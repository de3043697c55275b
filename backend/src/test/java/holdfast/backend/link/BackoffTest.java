package holdfast.backend.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
  @Test
  void waitsLongerEachTimeUpToABound() {
    var backoff = new Backoff(Duration.ofMillis(20), 2, Duration.ofMillis(1000), 0);
    long[] expected = {20, 40, 80, 160, 320, 640, 1000, 1000};
    for (int i = 0; i < expected.length; i++) {
      assertEquals(Duration.ofMillis(expected[i]), backoff.delay(i + 1, new Random(1)));
    }
    assertEquals(Duration.ofMillis(1000), backoff.delay(Integer.MAX_VALUE, new Random(1)));
  }

  @Test
  void jitterTakesARandomPartOffAndTheSameSeedTheSamePart() {
    var backoff = new Backoff(Duration.ofMillis(100), 2, Duration.ofMillis(100), 0.5);
    var random = new Random(7);
    var again = new Random(7);
    long least = Long.MAX_VALUE;
    long most = 0;
    for (int i = 0; i < 1000; i++) {
      long nanos = backoff.delay(1, random).toNanos();
      assertEquals(nanos, backoff.delay(1, again).toNanos());
      least = Math.min(least, nanos);
      most = Math.max(most, nanos);
    }
    assertTrue(least >= 50_000_000 && least < 52_000_000, least + " ns");
    assertTrue(most <= 100_000_000 && most > 98_000_000, most + " ns");
  }

  @Test
  void refusesTimesThatMakeNoSense() {
    var ms = Duration.ofMillis(1);
    assertThrows(IllegalArgumentException.class, () -> new Backoff(Duration.ZERO, 2, ms, 0));
    assertThrows(IllegalArgumentException.class, () -> new Backoff(ms.multipliedBy(2), 2, ms, 0));
    assertThrows(IllegalArgumentException.class, () -> new Backoff(ms, 0.5, ms, 0));
    assertThrows(IllegalArgumentException.class, () -> new Backoff(ms, Double.NaN, ms, 0));
    assertThrows(IllegalArgumentException.class, () -> new Backoff(ms, 2, ms, 1.1));
  }
}
