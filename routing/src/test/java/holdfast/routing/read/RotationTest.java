package holdfast.routing.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.routing.read.Rotation.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RotationTest {
  private static final long MS = 1_000_000;
  private static final long TURN = 20 * MS;

  private final Rotation rotation = new Rotation(0);

  private void isWellFor(long fromNanos, long nanos) {
    for (long now = fromNanos; now < fromNanos + nanos; now += TURN) {
      rotation.looked(Reason.NONE, now);
    }
  }

  @Test
  void aNewOneIsOutUntilItHasToldAndComesGradually() {
    assertEquals(0, rotation.share(0));
    assertEquals(Reason.UNKNOWN, rotation.reason());
    rotation.looked(Reason.NONE, 100 * MS);
    assertTrue(rotation.isIn());
    assertEquals(Rotation.LEAST, rotation.share(100 * MS));
    assertEquals(Rotation.WHOLE / 2, rotation.share(150 * MS));
    assertEquals(Rotation.WHOLE, rotation.share(200 * MS), "in as long as it was out");
  }

  @Test
  void whoWasOutForLongComesBackInASecond() {
    isWellFor(0, 100 * MS);
    rotation.looked(Reason.DOWN, 100 * MS);
    rotation.looked(Reason.NONE, 9_000 * MS);
    assertEquals(Rotation.LEAST, rotation.share(9_000 * MS));
    assertEquals(Rotation.WHOLE / 2, rotation.share(9_500 * MS));
    assertEquals(Rotation.WHOLE, rotation.share(10_000 * MS));
  }

  @Test
  void whatIsWrongTakesItOutAtOnceAndForAWhile() {
    isWellFor(0, 20_000 * MS);
    rotation.looked(Reason.SLOW, 20_000 * MS);
    assertEquals(0, rotation.share(20_000 * MS));
    assertEquals(Reason.SLOW, rotation.reason());
    rotation.looked(Reason.NONE, 20_099 * MS);
    assertFalse(rotation.isIn(), "held off");
    assertEquals(Reason.SLOW, rotation.reason(), "which is why");
    rotation.looked(Reason.NONE, 20_100 * MS);
    assertTrue(rotation.isIn());
    assertEquals(Rotation.LEAST, rotation.share(20_100 * MS));
  }

  @Test
  void whoFailsAgainSoonIsHeldOffForLongerUpToABound() {
    long now = 0;
    long expected = Rotation.HOLD_OFF_MIN_NANOS;
    for (int i = 0; i < 12; i++) {
      rotation.looked(Reason.NONE, now);
      assertTrue(rotation.isIn());
      rotation.failed(now + TURN);
      expected = Math.min(expected * 2, Rotation.HOLD_OFF_MAX_NANOS);
      rotation.looked(Reason.NONE, now + TURN + expected - 1);
      assertFalse(rotation.isIn(), "round " + i);
      now += TURN + expected;
    }
    assertEquals(Rotation.HOLD_OFF_MAX_NANOS, expected);
    isWellFor(now, Rotation.PROVED_NANOS + TURN);
    long again = now + Rotation.PROVED_NANOS + TURN;
    rotation.failed(again);
    rotation.looked(Reason.NONE, again + Rotation.HOLD_OFF_MIN_NANOS);
    assertTrue(rotation.isIn(), "it had proved itself");
  }

  @Test
  void whoIsOnlyBehindKeepsALittleAndIsHeldOffByNothing() {
    isWellFor(0, 2000 * MS);
    for (int i = 0; i < 10; i++) {
      rotation.looked(Reason.BEHIND, 2000 * MS + i * TURN);
      assertEquals(Rotation.LEAST, rotation.share(2000 * MS + i * TURN));
    }
    rotation.looked(Reason.NONE, 2200 * MS);
    assertTrue(rotation.isIn());
    assertEquals(Rotation.WHOLE / 2, rotation.share(2300 * MS));
    rotation.looked(Reason.BEHIND, 2400 * MS);
    rotation.failed(2401 * MS);
    assertEquals(0, rotation.share(2401 * MS));
    rotation.looked(Reason.NONE, 2600 * MS);
    assertFalse(rotation.isIn(), "now it is");
    rotation.looked(Reason.NONE, 2601 * MS);
    assertTrue(rotation.isIn());
  }

  @Test
  void whoIsHeldOffMayBeWell() {
    isWellFor(0, 100 * MS);
    assertTrue(rotation.isWell());
    rotation.failed(100 * MS);
    assertFalse(rotation.isWell());
    rotation.looked(Reason.NONE, 120 * MS);
    assertTrue(rotation.isWell());
    assertFalse(rotation.isIn());
    assertFalse(rotation.isReturning(120 * MS));
    rotation.looked(Reason.NONE, 300 * MS);
    assertTrue(rotation.isReturning(300 * MS));
    assertFalse(rotation.isReturning(600 * MS));
  }

  /** A look or a failure. */
  private record Event(long nanos, Reason seen) {}

  /**
   * Keeps all that ever happened, and works the share out from the beginning each time: cut into
   * stays in and out.
   */
  private static int twin(List<Event> events, long now) {
    int shortStays = 0; // in a row
    int at = 0;
    long came = 0;
    long left = 0;
    Reason why = Reason.UNKNOWN;
    boolean first = true;
    while (true) {
      // Out, from event `at` on, until a good look after the hold-off.
      Long until = null;
      boolean in = false;
      for (; at < events.size() && !in; at++) {
        Event each = events.get(at);
        if (each.seen == Reason.NONE) {
          in = until == null || each.nanos >= until;
          continue;
        }
        boolean told = !(first && why == Reason.UNKNOWN);
        why = each.seen;
        if (until == null && told && why != Reason.BEHIND) {
          shortStays = left - came >= 10_000 * MS ? 0 : shortStays + 1;
          until = each.nanos + Math.min(10_000 * MS, 100 * MS << Math.min(shortStays, 20));
        }
      }
      if (!in) {
        return why == Reason.BEHIND ? 4 : 0;
      }
      first = false;
      came = events.get(at - 1).nanos;
      long returns = Math.min(1000 * MS, came - left);
      while (at < events.size() && events.get(at).seen == Reason.NONE) {
        at++;
      }
      if (at == events.size()) {
        long been = now - came;
        return been >= returns ? 64 : (int) Math.max(4, 64 * been / returns);
      }
      left = events.get(at).nanos;
      why = Reason.NONE;
    }
  }

  @Test
  void staysInStepWithADumbTwin() {
    for (long seed = 0; seed < 60; seed++) {
      var random = new SplittableRandom(seed);
      var own = new Rotation(0);
      var events = new ArrayList<Event>();
      Reason[] reasons = Reason.values();
      Reason state = Reason.NONE;
      long now = 0;
      for (int i = 0; i < 400; i++) {
        now += random.nextInt(8) == 0 ? random.nextLong(12_000 * MS) : TURN;
        if (random.nextInt(20) == 0) {
          state = reasons[random.nextInt(reasons.length)];
        } else if (random.nextInt(10) == 0) {
          state = Reason.NONE;
        }
        boolean fails = random.nextInt(60) == 0;
        events.add(new Event(now, fails ? Reason.FAILED : state));
        if (fails) {
          own.failed(now);
        } else {
          own.looked(state, now);
        }
        long at = now + random.nextLong(TURN);
        assertEquals(twin(events, at), own.share(at), "seed " + seed + ", turn " + i);
      }
    }
  }

  /**
   * Four replicas, of which one at a time swallows reads for a while, before reads that come every
   * millisecond: the rotation must keep all but a few of them from it, and give everybody back
   * their whole share once all is well. The same without a rotation shows what it is for.
   */
  @Test
  void keepsReadsFromThoseThatSwallowThemAndTakesThemBack() {
    for (long seed = 0; seed < 20; seed++) {
      int guarded = swallowed(seed, true);
      int unguarded = swallowed(seed, false);
      assertTrue(guarded * 20 < unguarded, seed + ": " + guarded + " beside " + unguarded);
    }
  }

  private static int swallowed(long seed, boolean guarded) {
    var random = new SplittableRandom(seed);
    var rotations = new ArrayList<Rotation>();
    for (int n = 0; n < 4; n++) {
      rotations.add(new Rotation(0));
    }
    var choice = new ReplicaChoice(4);
    int bad = -1;
    long badSince = 0;
    int swallowed = 0;
    long[] failsAt = {-1, -1, -1, -1};
    long now = 0;
    for (; now < 60_000 * MS; now += MS) {
      if (now % (5_000 * MS) == 0) {
        bad = now < 50_000 * MS && random.nextBoolean() ? random.nextInt(4) : -1;
        badSince = now;
      }
      for (int n = 0; n < 4; n++) {
        if (failsAt[n] == now) {
          rotations.get(n).failed(now);
        }
        if (now % TURN == 0) {
          boolean silent = n == bad && now - badSince > 100 * MS;
          rotations.get(n).looked(silent ? Reason.SILENT : Reason.NONE, now);
        }
      }
      choice.clear();
      for (int n = 0; n < 4; n++) {
        int share = guarded ? rotations.get(n).share(now) : Rotation.WHOLE;
        if (share > 0) {
          choice.offer(n, 0, share, MS, false);
        }
      }
      int at = choice.choose(false, random.nextLong());
      if (at == bad && at != ReplicaChoice.NONE) {
        swallowed++;
        failsAt[at] = now + 500 * MS;
      }
    }
    for (int n = 0; n < 4; n++) {
      assertEquals(Rotation.WHOLE, rotations.get(n).share(now), "seed " + seed + ", node " + n);
    }
    return swallowed;
  }
}
