package holdfast.backend.command;

import holdfast.backend.resp.RespValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads the {@code COMMAND} reply of a live server, RESP2 or RESP3, of Redis 5 or later: an older
 * server sends fewer fields, a newer one perhaps flags that we do not know.
 */
public final class CommandReply {
  /** A server with more than this is none. */
  private static final int COMMANDS_MAX = 10_000;

  private CommandReply() {}

  /**
   * The table of that server.
   *
   * @throws IllegalArgumentException if the reply has another shape, saying where
   */
  public static CommandTable read(RespValue reply) {
    var table = new CommandTable();
    List<RespValue> rows = items(reply, "the reply");
    if (rows.size() > COMMANDS_MAX) {
      throw new IllegalArgumentException(
          rows.size() + " commands, expected at most " + COMMANDS_MAX);
    }
    for (RespValue row : rows) {
      if (!row.isNil()) {
        read(table, row, null);
      }
    }
    return table;
  }

  /**
   * The table of that server over the built-in one: what the server does not list is as Redis
   * 7.0.15 says.
   *
   * @throws IllegalArgumentException if the reply has another shape, saying where
   */
  public static CommandTable readOverBuiltIn(RespValue reply) {
    CommandTable table = read(reply);
    table.addMissing(CommandTable.redis7());
    return table;
  }

  private static void read(CommandTable table, RespValue row, @Nullable CommandFacts parent) {
    List<RespValue> fields = items(row, "a command");
    if (fields.size() < 6) {
      throw new IllegalArgumentException(
          "a command with " + fields.size() + " fields, expected at least 6");
    }
    String name = text(fields.getFirst(), "a command's name").toLowerCase(Locale.ROOT);
    if (parent != null && name.indexOf('|') < 0) {
      name = parent.name() + "|" + name;
    }
    if (name.length() > 2 * CommandTable.NAME_BYTES_MAX) {
      throw new IllegalArgumentException("a command's name of " + name.length() + " characters");
    }
    var specs = new ArrayList<KeySpec>();
    if (fields.size() > 8) {
      for (RespValue spec : items(fields.get(8), name)) {
        specs.add(spec(spec, name));
      }
    }
    int firstKey = number(fields.get(3), name);
    int lastKey = number(fields.get(4), name);
    int keyStep = number(fields.get(5), name);
    List<String> flags = texts(fields.get(2), name);
    if (fields.size() <= 8 && firstKey > 0) {
      specs.add(oldSpec(firstKey, lastKey, keyStep, flags.contains("movablekeys")));
    }
    var facts =
        new CommandFacts(
            name,
            number(fields.get(1), name),
            flags,
            firstKey,
            lastKey,
            keyStep,
            fields.size() > 6 ? texts(fields.get(6), name) : List.of(),
            fields.size() > 7 ? texts(fields.get(7), name) : List.of(),
            specs,
            parent);
    table.add(facts);
    if (fields.size() > 9) {
      for (RespValue subcommand : items(fields.get(9), name)) {
        read(table, subcommand, facts);
      }
    }
  }

  /** What servers before 7 say about keys, as a specification. */
  private static KeySpec oldSpec(int first, int last, int step, boolean movable) {
    List<String> flags = movable ? List.of("incomplete") : List.of();
    int relative = last >= 0 ? last - first : last;
    return new KeySpec(
        flags, new KeySpec.Begin.Index(first), new KeySpec.Find.Range(relative, step, 0), null);
  }

  private static KeySpec spec(RespValue value, String command) {
    List<RespValue> pairs = items(value, command);
    RespValue flags = field(pairs, "flags", command);
    RespValue notes = lookUp(pairs, "notes");
    return new KeySpec(
        texts(flags, command),
        begin(items(field(pairs, "begin_search", command), command), command),
        find(items(field(pairs, "find_keys", command), command), command),
        notes == null ? null : text(notes, command));
  }

  private static KeySpec.Begin begin(List<RespValue> pairs, String command) {
    List<RespValue> spec = items(field(pairs, "spec", command), command);
    return switch (text(field(pairs, "type", command), command)) {
      case "index" -> new KeySpec.Begin.Index(number(field(spec, "index", command), command));
      case "keyword" ->
          new KeySpec.Begin.Keyword(
              text(field(spec, "keyword", command), command),
              number(field(spec, "startfrom", command), command));
      default -> new KeySpec.Begin.Unknown();
    };
  }

  private static KeySpec.Find find(List<RespValue> pairs, String command) {
    List<RespValue> spec = items(field(pairs, "spec", command), command);
    return switch (text(field(pairs, "type", command), command)) {
      case "range" ->
          new KeySpec.Find.Range(
              number(field(spec, "lastkey", command), command),
              number(field(spec, "keystep", command), command),
              number(field(spec, "limit", command), command));
      case "keynum" ->
          new KeySpec.Find.KeyNum(
              number(field(spec, "keynumidx", command), command),
              number(field(spec, "firstkey", command), command),
              number(field(spec, "keystep", command), command));
      default -> new KeySpec.Find.Unknown();
    };
  }

  private static @Nullable RespValue lookUp(List<RespValue> pairs, String name) {
    for (int i = 0; i + 1 < pairs.size(); i += 2) {
      if (text(pairs.get(i), name).equals(name)) {
        return pairs.get(i + 1);
      }
    }
    return null;
  }

  private static RespValue field(List<RespValue> pairs, String name, String command) {
    RespValue value = lookUp(pairs, name);
    if (value == null) {
      throw new IllegalArgumentException(command + ": no field \"" + name + "\"");
    }
    return value;
  }

  private static List<RespValue> items(RespValue value, String where) {
    try {
      return value.items();
    } catch (IllegalStateException e) {
      throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
    }
  }

  private static List<String> texts(RespValue value, String where) {
    var texts = new ArrayList<String>();
    for (RespValue item : items(value, where)) {
      texts.add(text(item, where));
    }
    return texts;
  }

  private static String text(RespValue value, String where) {
    try {
      return value.text();
    } catch (IllegalStateException e) {
      throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
    }
  }

  private static int number(RespValue value, String where) {
    try {
      return Math.toIntExact(value.integer());
    } catch (IllegalStateException | ArithmeticException e) {
      throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
    }
  }
}
