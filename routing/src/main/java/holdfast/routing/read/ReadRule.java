package holdfast.routing.read;

import java.time.Duration;

/**
 * Who serves reads, and how old an answer may be.
 *
 * @param policy who serves them
 * @param lagBound a replica serves a read only if it has all that was acknowledged so long before
 * @param readYourWrites whether a client's reads see all that was acknowledged to it before
 * @param sampling how often master and replicas are asked how far they are
 */
public record ReadRule(
    ReadPolicy policy, Duration lagBound, boolean readYourWrites, Duration sampling) {
  /** By the master alone; the bound is 200 ms for whoever says otherwise. */
  public static final ReadRule STANDARD =
      new ReadRule(ReadPolicy.MASTER, Duration.ofMillis(200), true, Duration.ofMillis(20));

  /** Refuses times that mean nothing. */
  public ReadRule {
    if (lagBound.isNegative() || lagBound.isZero()) {
      throw new IllegalArgumentException("lag bound " + lagBound + ", expected more than 0");
    }
    if (sampling.toMillis() < 1) {
      throw new IllegalArgumentException("sampling " + sampling + ", expected 1 ms or more");
    }
  }

  /** The same with another policy. */
  public ReadRule withPolicy(ReadPolicy other) {
    return new ReadRule(other, lagBound, readYourWrites, sampling);
  }

  /** The same with another bound. */
  public ReadRule withLagBound(Duration other) {
    return new ReadRule(policy, other, readYourWrites, sampling);
  }

  /** Whether anybody but the master serves reads. */
  public boolean spreads() {
    return policy != ReadPolicy.MASTER;
  }
}
