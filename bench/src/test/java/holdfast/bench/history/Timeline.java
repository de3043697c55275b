package holdfast.bench.history;

import holdfast.bench.history.Linearizer.Model;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** The operations of one key that must have happened, each with the latest end that it can have. */
final class Timeline {
  /** A state machine over operations. */
  @FunctionalInterface
  interface Behaviour {
    int step(int state, Operation operation);
  }

  private record Entry(Operation operation, long endNanos) {}

  private final List<Entry> entries = new ArrayList<>();

  void add(Operation operation, long endNanos) {
    entries.add(new Entry(operation, endNanos));
  }

  /** Null if there is an order that explains everything. */
  @Nullable Violation judge(String key, String what, Behaviour behaviour) {
    entries.sort(Comparator.comparingLong(entry -> entry.operation.invokedNanos()));
    int size = entries.size();
    var invoked = new long[size];
    var completed = new long[size];
    for (int i = 0; i < size; i++) {
      invoked[i] = entries.get(i).operation.invokedNanos();
      completed[i] = entries.get(i).endNanos;
    }
    Model model = (state, index) -> behaviour.step(state, entries.get(index).operation);
    int stuck = Linearizer.search(invoked, completed, model);
    if (stuck < 0) {
      return null;
    }
    return new Violation(key, what, around(stuck));
  }

  private List<Operation> around(int stuck) {
    ToIntFunction<Integer> bounded = at -> Math.clamp(at, 0, entries.size());
    return entries.subList(bounded.applyAsInt(stuck - 6), bounded.applyAsInt(stuck + 4)).stream()
        .map(Entry::operation)
        .toList();
  }
}
