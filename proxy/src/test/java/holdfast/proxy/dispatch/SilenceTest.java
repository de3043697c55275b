package holdfast.proxy.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import holdfast.proxy.dispatch.Silence.Finding;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SilenceTest {
  private static final long STEP = TimeUnit.MILLISECONDS.toNanos(50);

  private long now = Long.MAX_VALUE - 10 * STEP; // also where the clock wraps around
  private final Silence silence = new Silence(now);

  private Finding after(int steps, int progress, boolean owes) {
    Finding last = Finding.NOTHING;
    for (int i = 0; i < steps; i++) {
      now += STEP;
      last = silence.look(now, progress, owes, false);
    }
    return last;
  }

  @Test
  void whatOwesAndBringsNothingIsHintedThenSuspected() {
    assertEquals(Finding.NOTHING, after(1, 0, true));
    assertEquals(Finding.NOTHING, after(2, 0, true));
    assertEquals(Finding.HINT, after(1, 0, true));
    assertEquals(Finding.HINT, after(4, 0, true));
    assertEquals(Finding.SUSPECT, after(1, 0, true));
    assertEquals(Finding.SUSPECT, after(1, 0, true), "until something becomes of it");
  }

  @Test
  void whatKeepsBringingSomethingIsAliveHoweverMuchItOwes() {
    for (int progress = 0; progress < 100; progress++) {
      assertEquals(Finding.NOTHING, after(2, progress, true));
    }
  }

  @Test
  void whatHasNothingToDoIsIdleAfterASecond() {
    assertEquals(Finding.NOTHING, after(19, 0, false));
    assertEquals(Finding.IDLE, after(1, 0, false));
    assertEquals(Finding.NOTHING, after(1, 0, true), "the PING is due from here on");
    assertEquals(Finding.SUSPECT, after(8, 0, true));
  }

  @Test
  void silenceDoesNotCountWhileRepliesWaitHere() {
    after(8, 0, true);
    now += STEP;
    assertEquals(Finding.NOTHING, silence.look(now, 0, true, true));
    assertEquals(Finding.NOTHING, after(2, 0, true));
  }

  @Test
  void silenceDoesNotCountWhileWeStoodStill() {
    after(2, 0, true);
    now += TimeUnit.SECONDS.toNanos(3);
    assertEquals(Finding.NOTHING, silence.look(now, 0, true, false));
    assertEquals(Finding.HINT, after(3, 0, true));
  }

  @Test
  void whomTheServerExcusesIsNotSuspectedForAWhile() {
    after(10, 0, true);
    silence.excuse(now);
    assertEquals(Finding.NOTHING, after(100, 0, true));
    assertEquals(Finding.SUSPECT, after(8, 0, true));
  }
}
