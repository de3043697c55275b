package holdfast.backend.command;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The commands that servers newer than Redis 7.0.15 have besides, as their documentation says: for
 * a server that does not tell its own. Never compared with such a server, so whatever one says of
 * itself counts instead. Any thread; read from a resource each time.
 */
public final class NewerCommands {
  private static final String RESOURCE = "commands-newer.tsv";

  private NewerCommands() {}

  /** The built-in table and what a server of this version has besides. */
  public static CommandTable of(ServerVersion server) {
    return over(CommandTable.redis7(), since -> since.stream().anyMatch(server::isAtLeast));
  }

  /** The built-in table and whatever any newer server has: for documents and tests. */
  public static CommandTable all() {
    return over(CommandTable.redis7(), _ -> true);
  }

  /** Which version brought each, subcommands as "client|capa". */
  public static Map<String, List<ServerVersion>> since() {
    var since = new LinkedHashMap<String, List<ServerVersion>>();
    for (String line : CommandTable.lines(RESOURCE)) {
      since.put(line.substring(0, line.indexOf('\t')), versions(line));
    }
    return since;
  }

  private static CommandTable over(CommandTable table, Predicate<List<ServerVersion>> has) {
    for (String line : CommandTable.lines(RESOURCE)) {
      if (has.test(versions(line))) {
        table.addLine(line.substring(0, line.lastIndexOf('\t')));
      }
    }
    return table;
  }

  private static List<ServerVersion> versions(String line) {
    var versions = new ArrayList<ServerVersion>();
    for (String version : line.substring(line.lastIndexOf('\t') + 1).split(", ", -1)) {
      int space = version.indexOf(' ');
      versions.add(new ServerVersion(version.substring(0, space), version.substring(space + 1)));
    }
    return List.copyOf(versions);
  }
}
