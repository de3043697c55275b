package holdfast.bench.faults;

import holdfast.bench.history.Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Holdfast says by itself of writes that switches took back: the engines' rollback files,
 * command by command, and the voters' records of the switches.
 *
 * @param takenBack all words of the commands that {@code HOLDFAST ROLLBACK PRINT} shows
 * @param bytes what the records of the switches say was lost, 0 if all say that nothing was
 * @param bounded false if nobody knows, or only the least, of one of them
 */
record LossReports(Set<String> takenBack, long bytes, boolean bounded) {
  private static final Pattern LOST =
      Pattern.compile("may be lost: (nothing|unknown|(at least )?([0-9]+) bytes)");
  private static final Pattern EPOCH = Pattern.compile("switch to epoch ([0-9]+) in force");

  /** What is said of the switches after this epoch. */
  static LossReports of(Deployment at, long afterEpoch) {
    var commands = new ArrayList<String>();
    Map<Long, Long> certain = new HashMap<>();
    var told = new HashSet<Long>();
    for (int host = 1; host <= Hosts.COUNT; host++) {
      if (at.kind() == Deployment.Kind.ENGINE) {
        commands.addAll(takenBack(at, host));
      }
      for (String line : RespSocket.strings(at.askVoter(host, "HOLDFAST", "SWITCHES"))) {
        Matcher epoch = EPOCH.matcher(line);
        Matcher lost = LOST.matcher(line);
        if (!epoch.find() || Long.parseLong(epoch.group(1)) <= afterEpoch || !lost.find()) {
          continue;
        }
        told.add(Long.parseLong(epoch.group(1)));
        if (lost.group(2) == null && !lost.group(1).equals("unknown")) {
          long bytes = lost.group(3) == null ? 0 : Long.parseLong(lost.group(3));
          certain.merge(Long.parseLong(epoch.group(1)), bytes, Math::max);
        }
      }
    }
    var words = new HashSet<String>();
    commands.forEach(command -> words.addAll(List.of(command.split("[\\s\"]+"))));
    long bytes = certain.values().stream().mapToLong(Long::longValue).sum();
    return new LossReports(words, bytes, certain.keySet().containsAll(told));
  }

  private static List<String> takenBack(Deployment at, int host) {
    var commands = new ArrayList<String>();
    if (at.askBackend(host, "HOLDFAST", "ROLLBACK", "LIST") instanceof List<?> files) {
      for (Object file : files) {
        String name = RespSocket.strings(file).getFirst();
        long from = 0;
        do {
          Object page =
              at.askBackend(host, "HOLDFAST", "ROLLBACK", "PRINT", name, Long.toString(from));
          if (!(page instanceof List<?> parts)) {
            throw new IllegalStateException("rollback file " + name + ": " + page);
          }
          commands.addAll(RespSocket.strings(parts.getFirst()));
          from = Long.parseLong(String.valueOf(parts.getLast()));
        } while (from != 0);
      }
    }
    return commands;
  }

  /** Of these lost writes, the ones that no rollback file has. */
  List<Operation> missing(List<Operation> lost) {
    return lost.stream().filter(each -> !takenBack.contains(Findings.valueOf(each))).toList();
  }

  /** Whether what is said of the bytes is enough for all of these. */
  boolean covers(List<Operation> lost) {
    long least = lost.stream().mapToLong(each -> Findings.valueOf(each).length()).sum();
    return bounded && bytes >= least;
  }
}
