package holdfast.routing.read;

import java.time.Duration;

/**
 * Who serves the reads of one listener or connection, and how old an answer may be.
 *
 * @param policy who serves them
 * @param lagBound a replica serves a read only if it has all that was acknowledged so long before
 * @param lagBytesMax and only if it lacks no more of the master's stream than so many bytes, as far
 *     as was last heard; {@link #ANY_BYTES} for no such bound
 * @param readYourWrites whether a client's reads see all that was acknowledged to it before
 * @param otherwise what becomes of a read that no replica is fit for
 */
public record ReadRule(
    ReadPolicy policy,
    Duration lagBound,
    long lagBytesMax,
    boolean readYourWrites,
    Otherwise otherwise) {
  /** No bound in bytes. */
  public static final long ANY_BYTES = Long.MAX_VALUE;

  /** By the master alone; the bound is 200 ms for whoever says otherwise. */
  public static final ReadRule STANDARD =
      new ReadRule(ReadPolicy.MASTER, Duration.ofMillis(200), ANY_BYTES, true, Otherwise.MASTER);

  /** Refuses bounds that mean nothing. */
  public ReadRule {
    if (lagBound.isNegative() || lagBound.isZero()) {
      throw new IllegalArgumentException("lag bound " + lagBound + ", expected more than 0");
    }
    if (lagBytesMax < 0) {
      throw new IllegalArgumentException("lag bytes " + lagBytesMax + ", expected 0 or more");
    }
  }

  /** The same with another policy. */
  public ReadRule withPolicy(ReadPolicy other) {
    return new ReadRule(other, lagBound, lagBytesMax, readYourWrites, otherwise);
  }

  /** The same with another bound. */
  public ReadRule withLagBound(Duration other) {
    return new ReadRule(policy, other, lagBytesMax, readYourWrites, otherwise);
  }

  /** The same with another bound in bytes. */
  public ReadRule withLagBytesMax(long other) {
    return new ReadRule(policy, lagBound, other, readYourWrites, otherwise);
  }

  /** The same, with a client's own writes seen or not. */
  public ReadRule withReadYourWrites(boolean other) {
    return new ReadRule(policy, lagBound, lagBytesMax, other, otherwise);
  }

  /** The same with another fate for reads that no replica is fit for. */
  public ReadRule withOtherwise(Otherwise other) {
    return new ReadRule(policy, lagBound, lagBytesMax, readYourWrites, other);
  }

  /** The same with the wider of both bounds, each for itself. */
  public ReadRule widenedBy(ReadRule other) {
    Duration longer = lagBound.compareTo(other.lagBound) > 0 ? lagBound : other.lagBound;
    return withLagBound(longer).withLagBytesMax(Math.max(lagBytesMax, other.lagBytesMax));
  }

  /**
   * What becomes of a read that no replica is fit for, read under this policy: with {@link
   * ReadPolicy#REPLICA_ONLY} it never goes to the master, but waits.
   */
  public Otherwise otherwise(ReadPolicy used) {
    return used == ReadPolicy.REPLICA_ONLY && otherwise == Otherwise.MASTER
        ? Otherwise.WAIT
        : otherwise;
  }

  /** Whether data may be so old and lack so much. */
  boolean allows(long ageNanos, long lagBytes) {
    return ageNanos <= lagBound.toNanos() && lagBytes <= lagBytesMax;
  }
}
