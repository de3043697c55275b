package holdfast.bench.failover;

import java.util.List;
import java.util.Map;

/**
 * A load by one client library: several connections, each of which writes ever larger numbers to a
 * key of its own and reads it back, with every retry of the library off.
 */
interface ClientLoad extends AutoCloseable {
  /** What the clients of one load saw. */
  record Result(
      long writes,
      long reads,
      long behind,
      long longestMillis,
      long errorCount,
      List<String> errors,
      Map<String, Long> acknowledged) {}

  /** The library's name. */
  String name();

  /** Waits until every connection has had an answer. */
  void awaitReady() throws Exception;

  /** Ends the load and tells what it saw. */
  Result finish() throws Exception;

  @Override
  void close();
}
