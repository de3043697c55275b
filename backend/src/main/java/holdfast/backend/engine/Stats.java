package holdfast.backend.engine;

import java.util.Map;
import java.util.TreeMap;

/** Counters for INFO; CONFIG RESETSTAT sets them to zero. */
public final class Stats {
  private static final int ERROR_CODES_MAX = 128;

  private final Map<String, Long> errors = new TreeMap<>();
  private long commands;
  private long connections;
  private long hits;
  private long misses;
  private long errorReplies;

  void looked(boolean found) {
    if (found) {
      hits++;
    } else {
      misses++;
    }
  }

  void executed() {
    commands++;
  }

  void connected() {
    connections++;
  }

  /** An error reply went out: counted by its first word. */
  void failed(String text) {
    errorReplies++;
    int space = text.indexOf(' ');
    String code = space < 0 ? text : text.substring(0, space);
    if (errors.size() < ERROR_CODES_MAX || errors.containsKey(code)) {
      errors.merge(code, 1L, Long::sum);
    }
  }

  void reset() {
    errors.clear();
    commands = 0;
    connections = 0;
    hits = 0;
    misses = 0;
    errorReplies = 0;
  }

  /** Commands executed, those in transactions counted singly. */
  public long commands() {
    return commands;
  }

  public long connections() {
    return connections;
  }

  public long hits() {
    return hits;
  }

  public long misses() {
    return misses;
  }

  public long errorReplies() {
    return errorReplies;
  }

  /** Error replies by first word. */
  public Map<String, Long> errors() {
    return errors;
  }
}
