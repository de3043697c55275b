package holdfast.backend.time;

/** Elapsed time. Only differences mean anything; compare with subtraction. Any thread may ask. */
@FunctionalInterface
public interface Ticker {
  /** Nanoseconds since an arbitrary start, counting also the time the machine was suspended. */
  long nowNanos();
}
