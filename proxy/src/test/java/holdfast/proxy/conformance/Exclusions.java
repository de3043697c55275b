package holdfast.proxy.conformance;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What the run leaves out or does not demand, each with its reason. */
final class Exclusions {
  private Exclusions() {}

  private static final String REFUSED = "refused by the proxy, see proxy/COMMANDS.md";
  private static final String OWN = "a container: its subcommands are counted";
  private static final String NO_CLUSTER = "the same error in both worlds: no cluster";
  private static final String NOTHING_RUNS = "nothing runs that could be stopped: the same error";

  /** Never sent. */
  static final Map<String, String> NOT_SENT = new TreeMap<>();

  /** Sent and compared, but not demanded to succeed. */
  static final Map<String, String> NO_SUCCESS = new TreeMap<>();

  /** Not demanded inside MULTI. */
  static final Map<String, String> NOT_IN_MULTI = new TreeMap<>();

  static {
    NOT_SENT.put("monitor", "its lines name times, addresses and the proxy's own links");
    NOT_SENT.put("pfselftest", "keeps a server busy for a second");
    NOT_SENT.put("bgsave", "whether an earlier child is still at work is a matter of time");
    NOT_SENT.put("bgrewriteaof", "whether an earlier child is still at work is a matter of time");
    for (String name :
        Set.of(
            "replicaof",
            "slaveof",
            "failover",
            "shutdown",
            "debug",
            "sync",
            "psync",
            "replconf",
            "config|rewrite",
            "module|load",
            "module|loadex",
            "module|unload",
            "script|debug",
            "pfdebug",
            "restore-asking")) {
      NOT_SENT.put(name, REFUSED);
    }
    for (String name :
        Set.of(
            "acl",
            "client",
            "cluster",
            "config",
            "function",
            "latency",
            "memory",
            "module",
            "object",
            "pubsub",
            "script",
            "slowlog",
            "xgroup",
            "xinfo")) {
      NO_SUCCESS.put(name, OWN);
    }
    for (String name : Set.of("asking", "readonly", "readwrite")) {
      NO_SUCCESS.put(name, NO_CLUSTER);
    }
    NO_SUCCESS.put("script|kill", NOTHING_RUNS);
    NO_SUCCESS.put("function|kill", NOTHING_RUNS);
    NO_SUCCESS.put("latency|graph", "no event was sampled: the same error");
    NO_SUCCESS.put("client|caching", "needs tracking: the same error");
    String opens = "opens or ends what MULTI itself is, or is refused there by a server too";
    NOT_IN_MULTI.put("client|unblock", "its answer comes from another link, later than EXEC's");
    for (String name : Set.of("watch", "quit", "reset", "client|reply")) {
      NOT_IN_MULTI.put(name, opens);
    }
    for (String name :
        Set.of(
            "subscribe",
            "psubscribe",
            "ssubscribe",
            "unsubscribe",
            "punsubscribe",
            "sunsubscribe")) {
      NOT_IN_MULTI.put(name, "a subscription needs a link of its own, and so does MULTI");
    }
    NOT_IN_MULTI.put("save", "refused inside MULTI by a server too");
    NOT_IN_MULTI.put("flushall", "too rare to be worth it: it takes the keys of all");
  }

  static boolean isSuccessDemanded(String name, Mode mode) {
    return !NOT_SENT.containsKey(name)
        && !NO_SUCCESS.containsKey(name)
        && !name.startsWith("cluster|")
        && !(mode.multi() && NOT_IN_MULTI.containsKey(name));
  }

  /** Of those names, which the run neither sends nor leaves out for a reason. */
  static Set<String> unexplained(Iterable<String> neverSent) {
    var left = new TreeSet<String>();
    for (String name : neverSent) {
      if (!NOT_SENT.containsKey(name) && !NO_SUCCESS.getOrDefault(name, "").equals(OWN)) {
        left.add(name);
      }
    }
    return left;
  }
}
