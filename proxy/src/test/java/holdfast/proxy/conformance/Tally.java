package holdfast.proxy.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** How often each command and subcommand of the server's list was sent in each mode, and did. */
final class Tally {
  private static final int MODES = Mode.ALL.size();

  private static final class Counts {
    private final long[] sent = new long[MODES];
    private final long[] succeeded = new long[MODES];
  }

  private final Set<String> names;
  private final Map<String, Counts> counts = new TreeMap<>();
  private final Counts all = new Counts();

  /**
   * @param names what the server's COMMAND lists
   */
  Tally(Set<String> names) {
    this.names = names;
    names.forEach(name -> counts.put(name, new Counts()));
  }

  void note(Mode mode, Command command, boolean succeeded) {
    int at = Mode.ALL.indexOf(mode);
    count(all, at, succeeded);
    String whole = command.first() + "|" + command.word(1);
    Counts of = counts.get(names.contains(whole) ? whole : command.first());
    if (of != null) {
      count(of, at, succeeded);
    }
  }

  private static void count(Counts counts, int mode, boolean succeeded) {
    counts.sent[mode]++;
    counts.succeeded[mode] += succeeded ? 1 : 0;
  }

  /** All commands whose replies were compared. */
  long commands() {
    return Arrays.stream(all.sent).sum();
  }

  long commands(Mode mode) {
    return all.sent[Mode.ALL.indexOf(mode)];
  }

  /** The share of replies that were no errors. */
  double succeeded(Mode mode) {
    int at = Mode.ALL.indexOf(mode);
    return (double) all.succeeded[at] / Math.max(1, all.sent[at]);
  }

  /** Commands of the server's list that were never sent. */
  List<String> neverSent() {
    return counts.entrySet().stream()
        .filter(entry -> Arrays.stream(entry.getValue().sent).sum() == 0)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** What succeeded less often than that in this mode. */
  List<String> belowIn(Mode mode, long atLeast) {
    int at = Mode.ALL.indexOf(mode);
    return counts.entrySet().stream()
        .filter(entry -> entry.getValue().succeeded[at] < atLeast)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** One line for each command: sent and succeeded in each mode. */
  void write(Path file) {
    var lines = new ArrayList<String>();
    var head = new StringBuilder("command");
    Mode.ALL.forEach(mode -> head.append('\t').append(mode).append(" sent\tsucceeded"));
    lines.add(head.toString());
    counts.forEach((name, of) -> lines.add(line(name, of)));
    lines.add(line("(all)", all));
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(file, lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String line(String name, Counts of) {
    var line = new StringBuilder(name);
    for (int i = 0; i < MODES; i++) {
      line.append('\t').append(of.sent[i]).append('\t').append(of.succeeded[i]);
    }
    return line.toString();
  }
}
