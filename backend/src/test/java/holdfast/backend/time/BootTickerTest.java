package holdfast.backend.time;

import static org.junit.jupiter.api.Assertions.assertNotNull;
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

  @Test
  void countsTheCpuTimeOfThisProcess() {
    Ticker cpu = BootTicker.processCpu();
    assertNotNull(cpu);
    long begin = cpu.nowNanos();
    assertTrue(begin > 0);
    long end = begin;
    while (end - begin < 1_000_000) {
      end = cpu.nowNanos(); // asking is work too
    }
    long told = ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
    // Two views of one counter; the process has other threads, and the file counts in ticks.
    assertTrue(Math.abs(told - end) < 1_000_000_000L, told + " and " + end);
  }
}
