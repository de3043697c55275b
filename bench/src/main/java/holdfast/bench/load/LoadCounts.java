package holdfast.bench.load;

import java.util.concurrent.atomic.LongAdder;

/** What the workers count. Any thread. */
final class LoadCounts {
  final LongAdder writes = new LongAdder();
  final LongAdder reads = new LongAdder();

  /** Errors that a client saw: replies and broken connections alike. */
  final LongAdder errors = new LongAdder();

  /** Reads that showed a number older than the one acknowledged before. */
  final LongAdder staleReads = new LongAdder();

  private volatile String firstError = "";

  void failed(String text) {
    errors.increment();
    synchronized (this) {
      if (firstError.isEmpty()) {
        firstError = text;
      }
    }
  }

  /** The text of the first error, empty without one. */
  String firstError() {
    return firstError;
  }
}
