package holdfast.health.report;

import holdfast.health.vote.VoterConfig;
import holdfast.health.vote.VoterState;

/**
 * Sentinel's tilt mode: after a gap of the clock a voter watches afresh, so for down-after it calls
 * nothing down.
 *
 * @param on whether it does so now
 * @param untilNanos when it ends, if {@code on}
 */
public record Tilt(boolean on, long untilNanos) {
  /** The clock has had no gap of late. */
  public static final Tilt OFF = new Tilt(false, 0);

  /** After a step. */
  public Tilt next(VoterConfig config, VoterState before, VoterState after) {
    long now = after.tickNanos();
    if (now - before.tickNanos() >= config.detect().tiltGapNanos()) {
      return new Tilt(true, now + config.detect().downAfterNanos());
    }
    return on && now - untilNanos >= 0 ? OFF : this;
  }
}
