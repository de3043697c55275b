package holdfast.backend.command;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The commands that a server knows. {@link #redis7()} is the built-in table (Redis 7.0.15). Built
 * once, then immutable; any thread. Lookups take bytes as they stand on the wire and make no
 * String: make a {@link ShortName} of it, or copy it (at most {@link #NAME_BYTES_MAX}) into a
 * scratch array, and ask.
 */
public final class CommandTable {
  /** A name longer than this is none. */
  public static final int NAME_BYTES_MAX = 32;

  private static final String RESOURCE = "commands.tsv";

  private final NameTable<CommandFacts> commands = new NameTable<>();
  private final List<CommandFacts> all = new ArrayList<>();

  /** An empty table, for {@link #add}. */
  CommandTable() {}

  void add(CommandFacts facts) {
    facts.index(all.size());
    all.add(facts);
    CommandFacts parent = facts.parent();
    if (parent == null) {
      commands.put(facts.name(), facts);
    } else {
      parent.addSubcommand(facts);
    }
  }

  /** Takes what another table, which is of no more use then, has and this one has not. */
  void addMissing(CommandTable other) {
    List<CommandFacts> missing = new ArrayList<>();
    for (CommandFacts facts : other.all) {
      CommandFacts parent = facts.parent();
      if (find((parent == null ? facts : parent).name()) == null) {
        missing.add(facts);
      }
    }
    for (CommandFacts facts : missing) {
      facts.index(all.size());
      all.add(facts);
      if (facts.parent() == null) {
        commands.put(facts.name(), facts);
      }
    }
  }

  /** The facts of Redis 7.0.15, read from a resource each time it is asked for. */
  public static CommandTable redis7() {
    var table = new CommandTable();
    lines(RESOURCE).forEach(table::addLine);
    return table;
  }

  /** The lines of a resource that are no comments. */
  static List<String> lines(String resource) {
    try (InputStream in = CommandTable.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("resource " + resource + " is missing");
      }
      var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      return reader.lines().filter(line -> !line.startsWith("#")).toList();
    } catch (IOException | UncheckedIOException e) {
      throw new IllegalStateException("resource " + resource + " cannot be read", e);
    }
  }

  /** One line of such a resource: a command, or a subcommand of one that is here already. */
  void addLine(String line) {
    add(parse(line));
  }

  /** What our engine knows: {@link #redis7()} and our own commands. */
  public static CommandTable engine() {
    CommandTable table = redis7();
    table.add(
        new CommandFacts(
            "holdfast",
            -2,
            List.of("admin", "noscript", "stale", "no_multi"),
            0,
            0,
            0,
            List.of("@admin", "@slow", "@dangerous"),
            List.of(),
            List.of(),
            null));
    table.add(
        new CommandFacts(
            "holdfast.once",
            -5,
            List.of("write", "denyoom", "noscript"),
            1,
            1,
            1,
            List.of("@write", "@fast"),
            List.of(),
            List.of(),
            null));
    return table;
  }

  /** The command of this name in any case, or null. Containers, not their subcommands. */
  public @Nullable CommandFacts find(byte[] source, int offset, int length) {
    return length > NAME_BYTES_MAX ? null : commands.get(source, offset, length);
  }

  /**
   * The command of this name, or null.
   *
   * @param shortName as {@link ShortName} makes it
   * @param length of the name, no more than {@link ShortName#BYTES_MAX}
   */
  public @Nullable CommandFacts find(long shortName, int length) {
    return commands.get(shortName, length);
  }

  /** The command of this name in any case, or null. */
  public @Nullable CommandFacts find(byte[] name) {
    return find(name, 0, name.length);
  }

  /** By name, a subcommand as "client|id"; null if there is none. Not for the hot path. */
  public @Nullable CommandFacts find(String name) {
    int bar = name.indexOf('|');
    byte[] first = (bar < 0 ? name : name.substring(0, bar)).getBytes(StandardCharsets.UTF_8);
    CommandFacts container = find(first);
    if (bar < 0 || container == null) {
      return container;
    }
    byte[] second = name.substring(bar + 1).getBytes(StandardCharsets.UTF_8);
    return container.subcommand(second, 0, second.length);
  }

  /** Commands without subcommands, in the table's order. */
  public Collection<CommandFacts> commands() {
    return commands.values();
  }

  /** Commands and subcommands together: one more than the largest {@link CommandFacts#index}. */
  public int size() {
    return all.size();
  }

  private CommandFacts parse(String line) {
    String[] fields = line.split("\t", -1);
    if (fields.length != 7) {
      throw new IllegalStateException("7 fields expected in \"" + line + "\"");
    }
    int bar = fields[0].indexOf('|');
    List<String> keys = words(fields[3], " ");
    var specs = new ArrayList<KeySpec>();
    for (String spec : words(fields[6], ";")) {
      specs.add(parseSpec(spec));
    }
    return new CommandFacts(
        fields[0],
        Integer.parseInt(fields[1]),
        words(fields[2], " "),
        Integer.parseInt(keys.get(0)),
        Integer.parseInt(keys.get(1)),
        Integer.parseInt(keys.get(2)),
        words(fields[4], " "),
        words(fields[5], "|"),
        specs,
        bar < 0 ? null : find(fields[0].substring(0, bar)));
  }

  private static List<String> words(String text, String separator) {
    return text.isEmpty()
        ? List.of()
        : Arrays.asList(text.split(java.util.regex.Pattern.quote(separator), -1));
  }

  private static KeySpec parseSpec(String text) {
    List<String> parts = Arrays.asList(text.split("/", 4)); // notes may hold slashes
    List<String> begin = words(parts.get(1), " ");
    List<String> find = words(parts.get(2), " ");
    return new KeySpec(
        words(parts.get(0), " "),
        switch (begin.getFirst()) {
          case "index" -> new KeySpec.Begin.Index(Integer.parseInt(begin.get(1)));
          case "keyword" -> new KeySpec.Begin.Keyword(begin.get(1), Integer.parseInt(begin.get(2)));
          default -> new KeySpec.Begin.Unknown();
        },
        switch (find.getFirst()) {
          case "range" -> new KeySpec.Find.Range(number(find, 1), number(find, 2), number(find, 3));
          case "keynum" ->
              new KeySpec.Find.KeyNum(number(find, 1), number(find, 2), number(find, 3));
          default -> new KeySpec.Find.Unknown();
        },
        parts.size() > 3 ? parts.get(3) : null);
  }

  private static int number(List<String> words, int at) {
    return Integer.parseInt(words.get(at));
  }
}
