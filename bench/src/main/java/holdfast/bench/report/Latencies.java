package holdfast.bench.report;

import java.util.Locale;
import org.HdrHistogram.Histogram;

/** A histogram of nanoseconds on one line. */
public final class Latencies {
  private static final double NANOS_PER_MILLI = 1e6;

  private Latencies() {}

  /** Median, 99 and 99.9 per cent, and the longest, in milliseconds. */
  public static String text(Histogram nanos) {
    return String.format(
        Locale.ROOT,
        "p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, longest %.1f ms",
        nanos.getValueAtPercentile(50) / NANOS_PER_MILLI,
        nanos.getValueAtPercentile(99) / NANOS_PER_MILLI,
        nanos.getValueAtPercentile(99.9) / NANOS_PER_MILLI,
        nanos.getMaxValue() / NANOS_PER_MILLI);
  }
}
