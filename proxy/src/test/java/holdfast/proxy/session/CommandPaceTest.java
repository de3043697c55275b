package holdfast.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class CommandPaceTest {
  private static final long SECOND = 1_000_000_000L;

  /** How many go at this moment. */
  private static int burst(CommandPace pace, long now) {
    int count = 0;
    while (pace.waitNanos(now) == 0) {
      pace.taken(now);
      count++;
    }
    return count;
  }

  @Test
  void aSecondsWorthGoesAtOnceAndThenOneAtATime() {
    var pace = new CommandPace(10, 5);
    assertEquals(10, burst(pace, 5));
    assertEquals(SECOND / 10, pace.waitNanos(5));
    assertEquals(0, burst(pace, 5 + SECOND / 10 - 1));
    assertEquals(1, burst(pace, 5 + SECOND / 10));
    assertEquals(10, burst(pace, 5 + 100 * SECOND), "a long pause fills it, and no more");
  }

  @Test
  void theClockMayBeNearItsEnd() {
    var pace = new CommandPace(2, Long.MAX_VALUE - 1);
    assertEquals(2, burst(pace, Long.MAX_VALUE - 1));
    assertEquals(1, burst(pace, Long.MAX_VALUE - 1 + SECOND / 2));
  }

  @Test
  void noWindowSeesMoreThanItsRateAndASecondsWorth() {
    var random = new Random(7);
    for (int round = 0; round < 200; round++) {
      int rate = 1 + random.nextInt(1000);
      var pace = new CommandPace(rate, 0);
      long now = 0;
      long taken = 0;
      for (int i = 0; i < 300; i++) {
        now += random.nextLong(SECOND / 10);
        int wanted = random.nextInt(200);
        while (wanted-- > 0 && pace.waitNanos(now) == 0) {
          pace.taken(now);
          taken++;
        }
        // The nanoseconds of a command are rounded down.
        long most = rate + now / (SECOND / rate) + 1;
        assertTrue(taken <= most, taken + " of " + most + " at rate " + rate);
        long wait = pace.waitNanos(now);
        assertTrue(wait <= SECOND / rate, "waits for one command only: " + wait);
      }
    }
  }

  @Test
  void refusesARateOfNothing() {
    assertThrows(IllegalArgumentException.class, () -> new CommandPace(0, 0));
  }
}
