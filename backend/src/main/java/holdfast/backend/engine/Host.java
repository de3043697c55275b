package holdfast.backend.engine;

/** What the engine asks of the process it lives in. Tests use {@link #NONE}. */
public interface Host {
  /** No process: zero everywhere. */
  Host NONE = new Host() {};

  /** The TCP port that clients reach, 0 if there is none. */
  default int port() {
    return 0;
  }

  /** Process id. */
  default long processId() {
    return 0;
  }

  /** Memory in use, in bytes; what INFO calls used_memory. */
  default long usedMemoryBytes() {
    return 0;
  }

  /** Elapsed time, in nanoseconds from some moment. */
  default long nowNanos() {
    return 0;
  }

  /** CPU time of the process in user mode and kernel, nanoseconds. */
  default long cpuNanos() {
    return 0;
  }

  /** Blocks the thread (DEBUG SLEEP): the whole server stands still, which is the purpose. */
  default void sleepMillis(long millis) {}

  /** Connections that the shell accepts at most. */
  default int clientsMax() {
    return 10_000;
  }
}
