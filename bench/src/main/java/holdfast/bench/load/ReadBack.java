package holdfast.bench.load;

import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;

/**
 * Reads every key back from one server and compares it with what the writers were told. It may run
 * while they write on: what must be there is noted before the reads begin.
 */
final class ReadBack {
  private static final int BATCH = 200;
  private static final int SHOWN_MAX = 3;

  private ReadBack() {}

  /**
   * @param checked keys of which a write had been acknowledged
   * @param lost keys that show less than was acknowledged
   * @param lostWrites acknowledged writes that are gone: the sum of what those keys lack
   * @param examples a few of the lost, as text
   */
  record Findings(int checked, int lost, long lostWrites, List<String> examples) {}

  /** Throws JedisException when the server cannot be read. */
  static Findings of(WriteLedger ledger, String host, int port) {
    int keys = ledger.keys();
    long[] acknowledged = new long[keys];
    for (int key = 0; key < keys; key++) {
      acknowledged[key] = ledger.acknowledged(key);
    }
    int checked = 0;
    int lost = 0;
    long lostWrites = 0;
    var examples = new ArrayList<String>();
    try (var jedis = new Jedis(new HostAndPort(host, port))) {
      for (int from = 0; from < keys; from += BATCH) {
        int to = Math.min(keys, from + BATCH);
        List<String> values = read(jedis, ledger, from, to);
        for (int key = from; key < to; key++) {
          if (acknowledged[key] == 0) {
            continue;
          }
          checked++;
          String value = values.get(key - from);
          if (ledger.judge(key, acknowledged[key], value) == WriteLedger.Verdict.CURRENT) {
            continue;
          }
          lost++;
          lostWrites += acknowledged[key] - numberOr0(value);
          if (examples.size() < SHOWN_MAX) {
            examples.add(ledger.name(key) + "=" + value + "<" + acknowledged[key]);
          }
        }
      }
    }
    return new Findings(checked, lost, lostWrites, examples);
  }

  private static List<String> read(Jedis jedis, WriteLedger ledger, int from, int to) {
    var responses = new ArrayList<Response<String>>();
    try (Pipeline pipeline = jedis.pipelined()) {
      for (int key = from; key < to; key++) {
        responses.add(pipeline.get(ledger.name(key)));
      }
      pipeline.sync();
    }
    var values = new ArrayList<String>();
    for (Response<String> response : responses) {
      values.add(response.get());
    }
    return values;
  }

  private static long numberOr0(@org.jspecify.annotations.Nullable String value) {
    try {
      return value == null ? 0 : Long.parseLong(value);
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
