package holdfast.health.sim;

/**
 * A process's clock: it began anywhere, and runs within 1 in 200 of true time, so that two differ
 * by at most 1 in 100.
 */
final class SimClock {
  private final World world;
  private final double rate;
  private final long startNanos;
  private long lostNanos;

  SimClock(World world) {
    this.world = world;
    this.rate = 1 + (world.random.nextDouble() - 0.5) / 100;
    this.startNanos = world.random.nextLong();
  }

  long nowNanos() {
    return startNanos + (long) (world.nowNanos() * rate) - lostNanos;
  }

  /** It goes back to where it was so long ago, as a snapshot that is resumed would see it. */
  void lose(long nanos) {
    lostNanos += nanos;
  }
}
