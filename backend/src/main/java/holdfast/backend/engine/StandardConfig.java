package holdfast.backend.engine;

import java.util.function.IntConsumer;

/**
 * The parameters every engine shows. Those that only say what cannot be otherwise here (encodings,
 * no eviction) are constants, so that clients and tools that ask for them get the truth.
 */
final class StandardConfig {
  private StandardConfig() {}

  static void register(Engine engine) {
    ConfigTable config = engine.config();
    config.constant("databases", Integer.toString(engine.keyspace().size()));
    config.constant("maxmemory", "0");
    config.constant("maxmemory-policy", "noeviction");
    config.constant("appendonly", "no");
    config.constant("save", "");
    config.constant("timeout", "0");
    config.constant("proto-max-bulk-len", Integer.toString(StringCommands.LENGTH_MAX));
    config.constant("hash-max-listpack-entries", "512");
    config.constant("hash-max-listpack-value", "64");
    config.constant("hash-max-ziplist-entries", "512");
    config.constant("hash-max-ziplist-value", "64");
    config.constant("set-max-intset-entries", "512");
    config.constant("zset-max-listpack-entries", "128");
    config.constant("zset-max-listpack-value", "64");
    config.constant("zset-max-ziplist-entries", "128");
    config.constant("zset-max-ziplist-value", "64");
    config.constant("list-max-listpack-size", "-2");
    config.constant("list-max-ziplist-size", "-2");
    config.constant("list-compress-depth", "0");
    config.constant("hll-sparse-max-bytes", Integer.toString(HyperLogLog.SPARSE_BYTES_MAX));
    config.constant("replica-read-only", "yes");
    config.constant("slave-read-only", "yes");
    config.constant("cluster-enabled", "no");
    config.add("port", () -> Integer.toString(engine.host().port()), null);
    config.add("maxclients", () -> Integer.toString(engine.host().clientsMax()), null);
    config.add("requirepass", engine::password, engine::password);
    ServerGate gate = engine.gate();
    for (String name : new String[] {"replica-serve-stale-data", "slave-serve-stale-data"}) {
      config.add(
          name,
          () -> gate.servesStaleData() ? "yes" : "no",
          value -> gate.servesStaleData(yesOrNo(value)));
    }
    for (String name : new String[] {"min-replicas-to-write", "min-slaves-to-write"}) {
      config.add(
          name,
          () -> Integer.toString(gate.minReplicasToWrite()),
          value -> integer(value, 0, Integer.MAX_VALUE, gate::minReplicasToWrite));
    }
  }

  /**
   * "yes" or "no" in any case.
   *
   * @throws IllegalArgumentException in Redis's words
   */
  static boolean yesOrNo(String value) {
    if (value.equalsIgnoreCase("yes")) {
      return true;
    } else if (value.equalsIgnoreCase("no")) {
      return false;
    }
    throw new IllegalArgumentException("argument must be 'yes' or 'no'");
  }

  private static void integer(String value, int min, int max, IntConsumer set) {
    set.accept((int) number(value, min, max));
  }

  /**
   * An integer within bounds.
   *
   * @throws IllegalArgumentException in Redis's words
   */
  static long number(String value, long min, long max) {
    long number = Numbers.parseLong(Words.bytes(value));
    if (number == Numbers.NONE) {
      throw new IllegalArgumentException("argument couldn't be parsed into an integer");
    }
    if (number < min || number > max) {
      throw new IllegalArgumentException(
          "argument must be between " + min + " and " + max + " inclusive");
    }
    return number;
  }
}
