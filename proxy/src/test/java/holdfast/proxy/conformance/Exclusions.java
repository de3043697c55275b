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

  /** What is accepted to be otherwise than at a server, each with its reason. */
  static final Map<String, String> DIFFERENCES = new TreeMap<>();

  /** Not demanded inside MULTI. */
  static final Map<String, String> NOT_IN_MULTI = new TreeMap<>();

  static {
    DIFFERENCES.put("refused commands", "they concern one server, or who is master: COMMANDS.md");
    DIFFERENCES.put(
        "SUBSCRIBE and its kin, MONITOR inside MULTI or beside WATCH",
        "refused: what confirms it comes on another link than the replies of a transaction");
    DIFFERENCES.put(
        "HELLO to another protocol, CLIENT REPLY, CLIENT UNBLOCK inside MULTI",
        "refused: the reply of EXEC would have to be written in two protocols, or not at all");
    DIFFERENCES.put(
        "CLIENT TRACKING inside MULTI or beside WATCH",
        "refused: tracking takes a link of its own, and so does a transaction");
    DIFFERENCES.put(
        "CLIENT TRACKING ON REDIRECT to a client of the other protocol",
        "FLUSHALL is told in that client's protocol; a server tells it in that of the one that"
            + " tracks, which a client of RESP2 cannot read");
    DIFFERENCES.put(
        "CLIENT LIST, KILL, PAUSE, ID", "of one proxy's clients; other proxies have others");
    DIFFERENCES.put(
        "AUTH",
        "the proxy checks the password itself: ACL LOG shows no failure, and a user that ACL"
            + " SETUSER made cannot log in");
    DIFFERENCES.put(
        "RESP3 pushes", "their order among themselves is kept, not that between them and replies");
    DIFFERENCES.put(
        "RESET with subscriptions, QUIT",
        "the server sees the end of the link a moment later: PUBSUB may still count it");
    DIFFERENCES.put(
        "errors of the proxy's own that quote an argument",
        "bytes that are no UTF-8 are shown as such");
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
    NO_SUCCESS.put("cluster|...", NO_CLUSTER);
    NO_SUCCESS.put("script|kill", NOTHING_RUNS);
    NO_SUCCESS.put("function|kill", NOTHING_RUNS);
    NO_SUCCESS.put("latency|graph", "no event was sampled: the same error");
    String opens = "opens or ends what MULTI itself is, or is refused there by a server too";
    NOT_IN_MULTI.put("client|caching", "needs tracking, which MULTI comes too late for");
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
      NOT_IN_MULTI.put(
          name,
          "its confirmations would have to stand in the reply of EXEC, which comes on another link");
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
