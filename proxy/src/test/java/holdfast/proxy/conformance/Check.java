package holdfast.proxy.conformance;

import java.util.Set;
import java.util.TreeSet;

/**
 * The normalisers: how a reply of the one world is compared with that of the other. All but the
 * first are there because two servers, or two moments, differ in what they show and not in what it
 * means.
 */
enum Check {
  EXACT("byte for byte") {
    @Override
    boolean same(String direct, String proxied) {
      return direct.equals(proxied);
    }
  },

  UNORDERED(
      "elements of arrays and sets, pairs of maps, in any order: a hash table's order comes from a"
          + " seed that each server draws at its start") {
    @Override
    boolean same(String direct, String proxied) {
      return direct.equals(proxied) || Reply.sorted(direct).equals(Reply.sorted(proxied));
    }
  },

  ROUGH(
      "integers may be off by 20,000: times, ids of connections, sizes that depend on how far a"
          + " table was rehashed; all else byte for byte") {
    @Override
    boolean same(String direct, String proxied) {
      String[] one = direct.split("\r\n", -1);
      String[] other = proxied.split("\r\n", -1);
      boolean same = one.length == other.length;
      for (int i = 0; same && i < one.length; i++) {
        same = one[i].equals(other[i]) || isNear(one[i], other[i]);
      }
      return same;
    }
  },

  NAMES(
      "of \"name:value\" lines and \"name=value\" words the names, none of which may be missing:"
          + " values tell of the process (INFO, CLIENT INFO, CLIENT LIST)") {
    @Override
    boolean same(String direct, String proxied) {
      return Reply.isError(direct) || Reply.isError(proxied)
          ? direct.equals(proxied)
          : names(proxied).containsAll(names(direct));
    }
  },

  KIND("errors word for word, else only that both are none: random, or the time itself") {
    @Override
    boolean same(String direct, String proxied) {
      return direct.equals(proxied) || (!Reply.isError(direct) && !Reply.isError(proxied));
    }
  };

  private static final long NEAR = 20_000;

  /** Of INFO: each is there once something of the kind has happened. */
  private static final Set<String> COME_AND_GO = Set.of("errorstat", "cmdstat", "latency");

  /** What follows is the proxy's own section of INFO. */
  private static final String OURS = "# Holdfast";

  private final String why;

  Check(String why) {
    this.why = why;
  }

  /** What is compared, and why no more. */
  String why() {
    return why;
  }

  abstract boolean same(String direct, String proxied);

  /** The check of that mark before a command. */
  static Check marked(char mark) {
    return switch (mark) {
      case '~' -> UNORDERED;
      case '%' -> ROUGH;
      case '@' -> NAMES;
      case '!' -> KIND;
      default -> EXACT;
    };
  }

  private static boolean isNear(String one, String other) {
    if (!one.startsWith(":") || !other.startsWith(":")) {
      return false;
    }
    long a = Long.parseLong(one.substring(1));
    long b = Long.parseLong(other.substring(1));
    return a >= 0 && b >= 0 && Math.abs(a - b) < NEAR;
  }

  private static Set<String> names(String reply) {
    int ours = reply.indexOf(OURS);
    String text = ours < 0 ? reply : reply.substring(0, ours);
    var names = new TreeSet<String>();
    for (String word : text.split("[\r\n ]+")) {
      String name = word.split("[:=]", 2)[0];
      if (name.length() < word.length() && !COME_AND_GO.contains(name.split("_", 2)[0])) {
        names.add(name);
      }
    }
    return names;
  }
}
