package holdfast.backend.time;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BootTickerTest {
  @Test
  void neverGoesBack() {
    Ticker ticker = BootTicker.system();
    long last = ticker.nowNanos();
    for (int i = 0; i < 100_000; i++) {
      long now = ticker.nowNanos();
      assertTrue(now - last >= 0, "went back by " + (last - now) + " ns");
      last = now;
    }
  }
}
