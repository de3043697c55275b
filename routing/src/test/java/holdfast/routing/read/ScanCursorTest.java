package holdfast.routing.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.RunId;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ScanCursorTest {
  private static final RunId ONE = new RunId("0123456789".repeat(4));
  private static final RunId OTHER = new RunId("f".repeat(40));
  private static final RunId ZEROS = new RunId("0".repeat(40));

  @Test
  void theProcessThatGaveItGetsItBack() {
    var random = new SplittableRandom(3);
    for (RunId each : new RunId[] {ONE, OTHER, ZEROS}) {
      for (int i = 0; i < 1000; i++) {
        long cursor = random.nextLong(1L << 32);
        assertEquals(cursor, ScanCursor.taken(ScanCursor.given(cursor, each), each));
      }
    }
  }

  @Test
  void anotherBeginsAgain() {
    assertEquals(0, ScanCursor.taken(ScanCursor.given(7, ONE), OTHER));
    assertEquals(0, ScanCursor.taken(ScanCursor.given((1L << 32) - 1, ZEROS), ONE));
  }

  @Test
  void theEndIsTheEndAndEveryClientCanKeepTheRest() {
    assertEquals(0, ScanCursor.given(0, OTHER));
    for (RunId each : new RunId[] {ONE, OTHER, ZEROS}) {
      long most = ScanCursor.given((1L << 32) - 1, each);
      assertTrue(most < 1L << 53, "a double holds it");
      assertEquals(most, (long) (double) most);
      assertTrue(ScanCursor.given(1, each) >= 1L << 52, "which no server's own reaches");
    }
  }

  @Test
  void whatIsNotFromHereIsTheServersBusiness() {
    long[] others = {1, 5, (1L << 32) - 1, 1L << 32, (1L << 52) - 1, 1L << 53, Long.MAX_VALUE, -3};
    for (long each : others) {
      assertEquals(each, ScanCursor.taken(each, ONE));
    }
    for (long each : new long[] {1L << 32, 1L << 40, Long.MAX_VALUE}) {
      assertEquals(each, ScanCursor.given(each, ONE), "a table of more than 4 billion buckets");
    }
  }
}
