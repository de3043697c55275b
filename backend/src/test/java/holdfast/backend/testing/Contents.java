package holdfast.backend.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All that a server holds, read over the wire key by key, in a form that can be compared. */
public final class Contents {
  /** Two servers are asked one after the other, and each key one by one. */
  private static final long EXPIRY_TOLERANCE_MILLIS = 2000;

  private record Entry(String value, long expireAtMillis) {}

  private final Map<String, Entry> entries = new TreeMap<>();

  private Contents() {}

  /** Reads databases 0 up to but without {@code databases}. */
  public static Contents of(Wire wire, int databases) {
    var contents = new Contents();
    for (int database = 0; database < databases; database++) {
      wire.call("SELECT", Integer.toString(database));
      String cursor = "0";
      do {
        var page = (List<?>) wire.call("SCAN", cursor, "COUNT", "1000");
        cursor = (String) page.get(0);
        for (Object key : (List<?>) page.get(1)) {
          contents.add(wire, database, (String) key);
        }
      } while (!cursor.equals("0"));
    }
    wire.call("SELECT", "0");
    return contents;
  }

  private void add(Wire wire, int database, String key) {
    String type = wire.text("TYPE", key);
    Object value =
        switch (type) {
          case "+string" -> wire.call("GET", key);
          case "+list" -> wire.call("LRANGE", key, "0", "-1");
          case "+set" -> sorted((List<?>) wire.call("SMEMBERS", key));
          case "+hash" -> pairs((List<?>) wire.call("HGETALL", key));
          case "+zset" -> wire.call("ZRANGE", key, "0", "-1", "WITHSCORES");
          case "+none" -> null;
          default -> throw new IllegalStateException("type " + type);
        };
    long left = (long) wire.call("PTTL", key);
    if (value != null && left != -2) {
      long at = left < 0 ? -1 : System.currentTimeMillis() + left;
      entries.put(database + " " + key, new Entry(type + " " + value, at));
    }
  }

  private static List<String> sorted(List<?> members) {
    return members.stream().map(String::valueOf).sorted().toList();
  }

  private static Map<String, String> pairs(List<?> fields) {
    var map = new TreeMap<String, String>();
    for (int i = 0; i < fields.size(); i += 2) {
      map.put((String) fields.get(i), (String) fields.get(i + 1));
    }
    return map;
  }

  /** How many keys there are. */
  public int size() {
    return entries.size();
  }

  /** What differs, at most ten lines; empty if nothing does. */
  public List<String> differences(Contents other) {
    var found = new ArrayList<String>();
    var keys = new java.util.TreeSet<>(entries.keySet());
    keys.addAll(other.entries.keySet());
    for (String key : keys) {
      Entry mine = entries.get(key);
      Entry theirs = other.entries.get(key);
      boolean same =
          mine != null
              && theirs != null
              && mine.value.equals(theirs.value)
              && (mine.expireAtMillis < 0) == (theirs.expireAtMillis < 0)
              && Math.abs(mine.expireAtMillis - theirs.expireAtMillis) <= EXPIRY_TOLERANCE_MILLIS;
      if (!same && found.size() < 10) {
        found.add(key + ": " + shown(mine) + " / " + shown(theirs));
      }
    }
    return found;
  }

  private static String shown(Entry entry) {
    if (entry == null) {
      return "nothing";
    }
    String value = entry.value;
    return (value.length() > 300 ? value.substring(0, 300) + "..." : value)
        + " @"
        + entry.expireAtMillis;
  }
}
