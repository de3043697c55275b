package holdfast.proxy.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * How many frames each command of one client brings, where it is not one: subscriptions are
 * confirmed channel by channel, and CLIENT REPLY silences. Follows what the client sends, which is
 * without faults there.
 */
final class Expected {
  private final Map<String, TreeSet<String>> names = new TreeMap<>();
  private boolean silent;
  private boolean skip;

  /**
   * What a command brings.
   *
   * @param confirmed subscriptions: pushes in RESP3
   */
  record Frames(int count, boolean confirmed) {}

  Frames of(Command command) {
    String name = command.first();
    if (name.equals("reset") || name.equals("quit")) {
      names.clear();
      silent = false;
      return new Frames(1, false);
    }
    if (name.endsWith("subscribe") && (command.words().size() > 1 || name.contains("unsub"))) {
      return new Frames(confirmations(name, command.words()), true);
    }
    if (name.equals("client") && command.word(1).equals("reply")) {
      return reply(command.word(2));
    }
    boolean quiet = silent || skip;
    skip = false;
    return new Frames(quiet ? 0 : 1, false);
  }

  private Frames reply(String what) {
    switch (what) {
      case "on" -> silent = false;
      case "off" -> silent = true;
      case "skip" -> skip = !silent;
      default -> {
        return new Frames(silent ? 0 : 1, false);
      }
    }
    return new Frames(what.equals("on") ? 1 : 0, false);
  }

  private int confirmations(String name, List<String> words) {
    boolean ends = name.contains("unsub");
    String kind = name.substring(0, name.indexOf("subscribe")).replace("un", "");
    TreeSet<String> of = names.computeIfAbsent(kind, _ -> new TreeSet<>());
    List<String> given = words.subList(1, words.size());
    if (!ends) {
      of.addAll(given);
      return given.size();
    }
    if (!given.isEmpty()) {
      given.forEach(of::remove);
      return given.size();
    }
    int had = Math.max(1, of.size());
    of.clear();
    return had;
  }

  /** How many messages that brings to this client when another publishes it. */
  int messages(Command published) {
    String channel = published.words().get(1);
    return switch (published.first()) {
      case "publish" -> matches("", channel) + patterns(channel);
      case "spublish" -> matches("s", channel);
      default -> 0;
    };
  }

  private int matches(String kind, String channel) {
    return names.getOrDefault(kind, new TreeSet<>()).contains(channel) ? 1 : 0;
  }

  private int patterns(String channel) {
    var matching = new ArrayList<String>();
    for (String pattern : names.getOrDefault("p", new TreeSet<>())) {
      if (Pattern.matches(pattern.replace("*", ".*"), channel)) {
        matching.add(pattern);
      }
    }
    return matching.size();
  }
}
