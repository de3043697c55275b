package holdfast.bench.history;

import holdfast.bench.history.Operation.Append;
import holdfast.bench.history.Operation.ReadAll;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.BiFunction;

/**
 * Judges a history of registers and lists, key by key: linearizability is local, a history is
 * linearizable if that of each object is (Herlihy and Wing 1990, 3.3).
 */
public final class HistoryChecker {
  private HistoryChecker() {}

  /** What is wrong with it; empty if nothing is. One violation a key. */
  public static List<Violation> check(List<Operation> history) {
    var keys = new TreeMap<String, List<Operation>>();
    history.forEach(each -> keys.computeIfAbsent(each.key(), _ -> new ArrayList<>()).add(each));
    var violations = new ArrayList<Violation>();
    keys.forEach(
        (key, operations) -> {
          BiFunction<String, List<Operation>, @org.jspecify.annotations.Nullable Violation> judge =
              isList(operations) ? ListHistory::check : RegisterHistory::check;
          Violation found = judge.apply(key, operations);
          if (found != null) {
            violations.add(found);
          }
        });
    return violations;
  }

  private static boolean isList(List<Operation> operations) {
    return operations.getFirst().action() instanceof Append
        || operations.getFirst().action() instanceof ReadAll;
  }
}
