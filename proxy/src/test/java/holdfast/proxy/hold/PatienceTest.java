package holdfast.proxy.hold;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PatienceTest {
  private final Patience patience = new Patience();

  @Test
  void attemptsInVainDoNotMakeItYounger() {
    assertEquals(100, patience.waits(100));
    patience.gotOn(200);
    assertEquals(100, patience.waits(200 + Patience.GOT_ON_NANOS - 1));
    assertEquals(100, patience.waits(200 + 5 * Patience.GOT_ON_NANOS));
  }

  @Test
  void whoGotOnForAWhileWaitsAnew() {
    patience.waits(100);
    patience.gotOn(200);
    long later = 200 + Patience.GOT_ON_NANOS;
    assertEquals(later, patience.waits(later));
    assertEquals(later, patience.waits(later + 5));
  }

  @Test
  void anAnswerEndsIt() {
    patience.waits(100);
    patience.gotOn(150);
    patience.ended();
    assertEquals(200, patience.waits(200));
  }

  @Test
  void tellsWhetherItWaits() {
    assertFalse(patience.isWaiting());
    patience.waits(100);
    assertTrue(patience.isWaiting());
    patience.gotOn(150);
    assertFalse(patience.isWaiting());
    patience.waits(160);
    assertTrue(patience.isWaiting());
    patience.ended();
    assertFalse(patience.isWaiting());
  }
}
