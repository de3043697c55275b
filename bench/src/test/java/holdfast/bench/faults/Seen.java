package holdfast.bench.faults;

import holdfast.bench.history.Operation;
import holdfast.bench.history.Operation.Action;
import holdfast.bench.history.Operation.Append;
import holdfast.bench.history.Operation.Outcome;
import holdfast.bench.history.Operation.Read;
import holdfast.bench.history.Operation.ReadAll;
import holdfast.bench.history.Operation.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client wrote down of one command.
 *
 * @param host whose client
 * @param operation what was asked and answered, on the machine's monotonic clock
 * @param master the process that executed it and its replication id, where the command asked for
 *     them (it was a transaction of the append and INFO); empty otherwise
 * @param error what an error said, or how the connection ended; empty if it was answered
 */
record Seen(int host, Operation operation, String master, String error) {
  private static final String TAB = "\t";

  boolean isWrite() {
    return operation.action() instanceof Write || operation.action() instanceof Append;
  }

  boolean isOk() {
    return operation.outcome() == Outcome.OK;
  }

  /** One line, as the client's process hands it over. */
  String line() {
    String rest =
        switch (operation.action()) {
          case Write(var key, var value) -> join("S", key, value);
          case Read(var key, var value) -> join("G", key, value == null ? "-" : "=" + value);
          case Append(var key, var element, var length) ->
              join("A", key, element, Long.toString(length));
          case ReadAll(var key, var elements) -> join("L", key, String.join(",", elements));
        };
    return join(
        Integer.toString(host),
        operation.client(),
        operation.outcome().name(),
        Long.toString(operation.invokedNanos()),
        Long.toString(operation.completedNanos()),
        master,
        error.replaceAll("[\\t\\r\\n]", " "),
        rest);
  }

  private static String join(String... columns) {
    return String.join(TAB, columns);
  }

  /** Reads {@link #line()}; the same text is kept once, in {@code pool}. */
  static Seen parse(String line, Map<String, String> pool) {
    String[] at = line.split(TAB, -1);
    Action action =
        switch (at[7]) {
          case "S" -> new Write(at[8], at[9]);
          case "G" -> new Read(at[8], valueOf(at[9]));
          case "A" -> new Append(at[8], at[9], Long.parseLong(at[10]));
          case "L" -> new ReadAll(at[8], elements(at[9], pool));
          default -> throw new IllegalArgumentException(line);
        };
    return new Seen(
        Integer.parseInt(at[0]),
        new Operation(
            at[1], action, Outcome.valueOf(at[2]), Long.parseLong(at[3]), Long.parseLong(at[4])),
        at[5],
        at[6]);
  }

  private static List<String> elements(String column, Map<String, String> pool) {
    if (column.isEmpty()) {
      return List.of();
    }
    var elements = new ArrayList<String>();
    for (String element : column.split(",", -1)) {
      elements.add(pool.computeIfAbsent(element, each -> each));
    }
    return elements;
  }

  private static @Nullable String valueOf(String column) {
    return column.equals("-") ? null : column.substring(1);
  }

  /**
   * What an error says of the command's fate: never executed if it is one of those that a server or
   * the proxy answers instead of executing, else unknown.
   */
  static Outcome fateOf(String error) {
    boolean never =
        error.contains("never sent")
            || error.contains("never executed")
            || error.contains("was not executed")
            || error.startsWith("READONLY")
            || error.startsWith("NOREPLICAS")
            || error.startsWith("LOADING")
            || error.startsWith("EXECABORT");
    return never && !error.contains("unknown") ? Outcome.NEVER : Outcome.UNKNOWN;
  }
}
