package holdfast.backend.link;

import static org.junit.jupiter.api.Assertions.assertEquals;

import holdfast.backend.link.Heartbeat.Action;
import org.junit.jupiter.api.Test;

class HeartbeatTest {
  private static final long MS = 1_000_000;

  private final Heartbeat heartbeat = new Heartbeat(100 * MS, 400 * MS, 0);
  private long now;

  private Action after(long millis, boolean heard, boolean due) {
    now += millis * MS;
    return heartbeat.tick(now, heard, due, !due);
  }

  @Test
  void ticksFourTimesInTheShorterOfBothTimes() {
    assertEquals(25 * MS, heartbeat.tickNanos());
    assertEquals(100 * MS, new Heartbeat(0, 400 * MS, 0).tickNanos());
    assertEquals(1000 * MS, new Heartbeat(0, 0, 0).tickNanos());
  }

  @Test
  void saysPingWhenNothingCameForAnInterval() {
    assertEquals(Action.NOTHING, after(50, false, false));
    assertEquals(Action.NOTHING, after(49, false, false));
    assertEquals(Action.PING, after(1, false, false));
    assertEquals(Action.NOTHING, after(25, true, false));
    assertEquals(Action.NOTHING, after(75, false, false));
    assertEquals(Action.PING, after(25, false, false));
  }

  @Test
  void givesUpWhenAReplyIsDueAndNothingComes() {
    after(25, true, false);
    for (int i = 0; i < 15; i++) {
      assertEquals(Action.NOTHING, after(25, false, true), "tick " + i);
    }
    assertEquals(Action.GIVE_UP, after(25, false, true));
  }

  @Test
  void aByteNowAndThenIsEnough() {
    for (int i = 0; i < 100; i++) {
      assertEquals(Action.NOTHING, after(25, i % 15 == 0, true));
    }
  }

  @Test
  void silenceBeginsWhenTheReplyIsDueNotBefore() {
    for (int i = 0; i < 100; i++) {
      heartbeat.tick(now += 25 * MS, false, false, false);
    }
    for (int i = 0; i < 15; i++) {
      assertEquals(Action.NOTHING, after(25, false, true));
    }
    assertEquals(Action.GIVE_UP, after(25, false, true));
  }

  @Test
  void aPauseOfOurOwnIsNotItsSilence() {
    after(25, true, true);
    assertEquals(Action.NOTHING, after(60_000, false, true));
    assertEquals(Action.NOTHING, after(25, false, true));
  }

  @Test
  void zeroTurnsOff() {
    var none = new Heartbeat(0, 0, 0);
    for (int i = 1; i < 100; i++) {
      assertEquals(Action.NOTHING, none.tick(i * 1000 * MS, false, i % 2 == 0, i % 2 == 1));
    }
  }
}
