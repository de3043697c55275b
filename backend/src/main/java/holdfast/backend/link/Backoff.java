package holdfast.backend.link;

import io.github.resilience4j.core.IntervalFunction;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: longer after each failure, up to a bound, and less by a
 * random part, so that those who lost the same backend do not come back at once.
 *
 * @param first before the first attempt after a failure
 * @param factor from one attempt to the next
 * @param most never longer
 * @param jitter part of the time that is random, 0 to 1: with 0.5 half to all of it is waited
 */
public record Backoff(Duration first, double factor, Duration most, double jitter) {
  /** 20 ms, doubled up to 1 s, half of it random. */
  public static final Backoff STANDARD =
      new Backoff(Duration.ofMillis(20), 2, Duration.ofSeconds(1), 0.5);

  public Backoff {
    if (first.compareTo(Duration.ofMillis(1)) < 0 || most.compareTo(first) < 0) {
      throw new IllegalArgumentException(
          "first " + first + ", most " + most + ", expected 1 ms or more and not less than that");
    }
    if (!(factor >= 1) || !(jitter >= 0 && jitter <= 1)) {
      throw new IllegalArgumentException(
          "factor " + factor + ", jitter " + jitter + ", expected 1 or more, and 0 to 1");
    }
  }

  /** The wait before an attempt, counted from 1 after the last success. */
  public Duration delay(int attempt, RandomGenerator random) {
    // The library's own jitter draws from the thread's generator, which no test could seed.
    // It also counts up to the attempt each time, so it is not asked beyond the bound's attempt.
    int bounded = (int) Math.min(attempt, attemptsToMost());
    long millis = IntervalFunction.ofExponentialBackoff(first, factor, most).apply(bounded);
    return Duration.ofNanos((long) (millis * 1e6 * (1 - jitter * random.nextDouble())));
  }

  private double attemptsToMost() {
    return factor == 1
        ? 1
        : 2 + Math.ceil(Math.log((double) most.toNanos() / first.toNanos()) / Math.log(factor));
  }
}
