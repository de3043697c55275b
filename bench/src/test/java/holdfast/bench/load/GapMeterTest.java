package holdfast.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class GapMeterTest {
  @Test
  void tellsTheLongestGapAndTheSlowestWriteSinceLastAsked() {
    var meter = new GapMeter(100);
    meter.succeeded(105, 110);
    meter.succeeded(108, 150);
    meter.succeeded(149, 151);

    assertEquals(new GapMeter.Gaps(40, 42), meter.take(155));
    assertEquals(new GapMeter.Gaps(9, 0), meter.take(160));
  }

  @Test
  void countsAGapThatStillRuns() {
    var meter = new GapMeter(100);
    meter.succeeded(100, 101);

    assertEquals(new GapMeter.Gaps(899, 1), meter.take(1000));
  }
}
