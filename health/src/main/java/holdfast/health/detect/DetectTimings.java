package holdfast.health.detect;

/**
 * How soon a backend is taken to be down. All in nanoseconds.
 *
 * @param pingNanos between two questions
 * @param infoNanos between two INFO
 * @param downAfterNanos without a valid reply: down
 * @param refusedAfterNanos of refused connections: down
 * @param tiltGapNanos if the clock jumped by more between two ticks, this process was stopped: what
 *     it did not hear in that time says nothing
 */
public record DetectTimings(
    long pingNanos,
    long infoNanos,
    long downAfterNanos,
    long refusedAfterNanos,
    long tiltGapNanos) {
  /** Refuses what could never work. */
  public DetectTimings {
    if (pingNanos <= 0 || infoNanos <= 0 || refusedAfterNanos <= 0 || tiltGapNanos <= 0) {
      throw new IllegalArgumentException("a timing of 0 or less: ping, info, refused-after, tilt");
    }
    if (downAfterNanos < 2 * pingNanos) {
      throw new IllegalArgumentException(
          "down-after " + downAfterNanos + " ns, expected at least two pings of " + pingNanos);
    }
  }
}
