package holdfast.backend.command;

import holdfast.backend.resp.RespReader;
import holdfast.backend.resp.RespValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code COMMAND DOCS} says about each command of Redis 7.0.15: summary, group, complexity,
 * arguments. Some 170 KB of text, so it is read when first asked for. Immutable, any thread.
 */
public final class CommandDocs {
  private static final String RESOURCE = "command-docs.resp";

  private final Map<String, RespValue> byName = new LinkedHashMap<>();

  private CommandDocs() {}

  /** Reads the documentation of Redis 7.0.15 from its resource. */
  public static CommandDocs redis7() {
    var docs = new CommandDocs();
    try (InputStream in = CommandDocs.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("resource " + RESOURCE + " is missing");
      }
      List<RespValue> pairs = RespReader.read(in.readAllBytes()).items();
      for (int i = 0; i < pairs.size(); i += 2) {
        docs.byName.put(pairs.get(i).text(), pairs.get(i + 1));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return docs;
  }

  /** The map about a command or a subcommand ("client|id"), or null. */
  public @Nullable RespValue of(CommandFacts command) {
    CommandFacts parent = command.parent();
    if (parent == null) {
      return byName.get(command.name());
    }
    RespValue container = byName.get(parent.name());
    RespValue subcommands = container == null ? null : field(container, "subcommands");
    return subcommands == null ? null : field(subcommands, command.name());
  }

  private static @Nullable RespValue field(RespValue map, String name) {
    List<RespValue> pairs = map.items();
    for (int i = 0; i + 1 < pairs.size(); i += 2) {
      if (pairs.get(i).text().equals(name)) {
        return pairs.get(i + 1);
      }
    }
    return null;
  }
}
