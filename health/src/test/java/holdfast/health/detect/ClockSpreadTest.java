package holdfast.health.detect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import holdfast.backend.model.Records;
import holdfast.health.detect.ClockSpread.Sample;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ClockSpreadTest {
  private static final long MILLI = 1_000_000;

  @Test
  void complainsBeyondASecondThatIsCertain() {
    // Asked at different times, over trips of 10 ms.
    Sample one = Sample.of(5_000_000, 0, 10 * MILLI);
    Sample two = Sample.of(7_500_000, 1_000 * MILLI, 1_010 * MILLI);
    ClockSpread spread = ClockSpread.NONE.with(Records.at(1), one).with(Records.at(2), two);
    ClockSpread.Apart apart = certain(spread.tooFar());
    assertEquals(Records.at(1), apart.behind());
    assertEquals(Records.at(2), apart.ahead());
    assertEquals(1_490 * MILLI, apart.nanos());
    assertNull(spread.without(Records.at(2)).tooFar());
  }

  @Test
  void doesNotComplainOfWhatASlowAnswerMayExplain() {
    Sample one = Sample.of(5_000_000, 0, 0);
    Sample slow = Sample.of(6_100_000, 0, 300 * MILLI);
    assertNull(ClockSpread.NONE.with(Records.at(1), one).with(Records.at(2), slow).tooFar());
  }

  private static ClockSpread.Apart certain(ClockSpread.@Nullable Apart apart) {
    if (apart == null) {
      throw new AssertionError("no complaint");
    }
    return apart;
  }
}
