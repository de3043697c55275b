package holdfast.bench.failover;

import java.util.List;
import java.util.Map;

/**
 * A load of several kinds of commands by one client library, a connection for each kind: what each
 * kind saw. The programs in {@code bench/clients} are the same load by libraries that are not
 * Java's.
 */
interface MixedLoad extends AutoCloseable {
  /** Commands in one pipeline. */
  int PIPELINE = 8;

  /** INCRBY of a key. */
  String SCRIPT = "return redis.call('INCRBY', KEYS[1], ARGV[1])";

  /**
   * What one connection saw.
   *
   * @param acknowledged answered as it should be
   * @param failed answered with an error, or not at all
   * @param wrong answered with another number than it could be
   * @param missed messages that were published with success and did not arrive
   * @param again messages that arrived again, or behind a later one
   */
  record Seen(
      long acknowledged, long failed, long wrong, long missed, long again, List<String> errors) {}

  /** The library, and how it came to the master. */
  String name();

  /** What the names of its keys begin with. */
  String prefix();

  /** Waits until every connection has had an answer. */
  void awaitReady() throws Exception;

  /** Ends the load; what was seen by kind. */
  Map<String, Seen> finish() throws Exception;

  @Override
  void close();
}
