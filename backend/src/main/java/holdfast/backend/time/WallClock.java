package holdfast.backend.time;

/**
 * The time of day: for logs, and for the TTLs of keys, which Redis counts by it. It may jump either
 * way; a timeout or a lease must use {@link Ticker} instead. Any thread may ask.
 */
@FunctionalInterface
public interface WallClock {
  /** Milliseconds since 1970-01-01T00:00Z. */
  long nowMillis();

  /** The machine's clock. */
  static WallClock system() {
    return System::currentTimeMillis;
  }
}
