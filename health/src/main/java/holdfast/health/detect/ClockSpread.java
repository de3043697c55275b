package holdfast.health.detect;

import holdfast.backend.model.NodeAddress;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How far the backends' wall clocks are apart. TTLs are counted by them: a key that has expired on
 * one lives on another for the difference. Immutable.
 *
 * @param samples the latest of each backend
 */
public record ClockSpread(Map<NodeAddress, Sample> samples) {
  /** What is complained of. */
  public static final long SPREAD_NANOS_MAX = 1_000_000_000L;

  /** Nothing known yet. */
  public static final ClockSpread NONE = new ClockSpread(Map.of());

  /**
   * What a backend's TIME said.
   *
   * @param aheadNanos of this process's ticker, whose zero does not matter
   * @param unsureNanos half of the round trip
   */
  public record Sample(long aheadNanos, long unsureNanos) {
    /**
     * Of one answer.
     *
     * @param wallMicros what was answered
     * @param askedNanos when it was asked
     * @param answeredNanos when the answer came
     */
    public static Sample of(long wallMicros, long askedNanos, long answeredNanos) {
      long half = (answeredNanos - askedNanos) / 2;
      return new Sample(wallMicros * 1000 - (askedNanos + half), half);
    }
  }

  /** Two clocks that differ for certain by more than is good. */
  public record Apart(NodeAddress behind, NodeAddress ahead, long nanos) {}

  /** Copies the map, in the order of the addresses. */
  public ClockSpread {
    samples = java.util.Collections.unmodifiableMap(new TreeMap<>(samples));
  }

  /** With a backend's latest. */
  public ClockSpread with(NodeAddress backend, Sample sample) {
    var next = new TreeMap<>(samples);
    next.put(backend, sample);
    return new ClockSpread(next);
  }

  /** Without a backend that is gone or may have changed its clock. */
  public ClockSpread without(NodeAddress backend) {
    var next = new TreeMap<>(samples);
    next.remove(backend);
    return new ClockSpread(next);
  }

  /** The two that are farthest apart, if that is too far; what is not certain is not counted. */
  public @Nullable Apart tooFar() {
    Apart worst = null;
    for (Map.Entry<NodeAddress, Sample> one : samples.entrySet()) {
      for (Map.Entry<NodeAddress, Sample> other : samples.entrySet()) {
        long apart =
            other.getValue().aheadNanos()
                - one.getValue().aheadNanos()
                - one.getValue().unsureNanos()
                - other.getValue().unsureNanos();
        if (apart > SPREAD_NANOS_MAX && (worst == null || apart > worst.nanos())) {
          worst = new Apart(one.getKey(), other.getKey(), apart);
        }
      }
    }
    return worst;
  }
}
