package holdfast.proxy.dispatch;

import java.util.HashMap;
import java.util.Map;

/** The flags of each client that a reply to CLIENT LIST names. Immutable, pure. */
record ClientFlags(Map<Long, String> byId) {
  /** Copies the map. */
  ClientFlags {
    byId = Map.copyOf(byId);
  }

  /** Reads the reply; lines without an id or flags are passed over. */
  static ClientFlags of(String reply) {
    var byId = new HashMap<Long, String>();
    for (String line : reply.split("\n", -1)) {
      String id = field(line, "id");
      String flags = field(line, "flags");
      if (!id.isEmpty() && !flags.isEmpty()) {
        byId.put(Long.parseLong(id), flags);
      }
    }
    return new ClientFlags(byId);
  }

  private static String field(String line, String name) {
    for (String field : line.strip().split(" ", -1)) {
      if (field.startsWith(name + "=")) {
        return field.substring(name.length() + 1);
      }
    }
    return "";
  }

  /** Whether a command of that client is put aside; false if there is no such client. */
  boolean isBlocked(long id) {
    return byId.getOrDefault(id, "").contains("b");
  }
}
