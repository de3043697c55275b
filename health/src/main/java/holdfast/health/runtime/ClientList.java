package holdfast.health.runtime;

import java.util.ArrayList;
import java.util.List;

/** Reads CLIENT LIST: one client a line, {@code id=3 addr=... name=...}. */
final class ClientList {
  private ClientList() {}

  /** Ids of connections in the name of an epoch before this one. */
  static List<String> earlierLeaders(String list, long epoch) {
    var ids = new ArrayList<String>();
    for (String line : list.split("\n", -1)) {
      String name = field(line, "name=");
      if (name.startsWith(BackendLinks.LEADING)
          && epochOf(name.substring(BackendLinks.LEADING.length())) < epoch) {
        ids.add(field(line, "id="));
      }
    }
    return ids;
  }

  /** What does not say its epoch is not ours to spare: it counts as the earliest. */
  private static long epochOf(String rest) {
    int dash = rest.indexOf('-');
    try {
      return Long.parseLong(dash < 0 ? rest : rest.substring(0, dash));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static String field(String line, String key) {
    for (String word : line.split(" ", -1)) {
      if (word.startsWith(key)) {
        return word.substring(key.length());
      }
    }
    return "";
  }
}
