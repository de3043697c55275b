package holdfast.bench.history;

import holdfast.bench.history.Operation.Outcome;
import holdfast.bench.history.Operation.Read;
import holdfast.bench.history.Operation.Write;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether reads and writes of one key are those of one register that begins without a value.
 *
 * <p>Values are unique, so a read tells which write it saw. A write of unknown outcome that nobody
 * saw can be left out: nothing follows from it. One that was seen took effect before the first that
 * saw it had ended. So every operation has an end, and the search stays short.
 */
final class RegisterHistory {
  private final String key;
  private final List<Operation> operations;
  private final Map<String, Operation> writes = new HashMap<>();
  private final Map<String, Integer> numbers = new HashMap<>();

  /** When the first read ended that saw the value. */
  private final Map<String, Operation> firstSeen = new HashMap<>();

  private RegisterHistory(String key, List<Operation> operations) {
    this.key = key;
    this.operations = operations;
  }

  /** Null if they are. */
  static @Nullable Violation check(String key, List<Operation> operations) {
    return new RegisterHistory(key, operations).check();
  }

  private @Nullable Violation check() {
    for (Operation operation : operations) {
      if (operation.action() instanceof Write(var _, var value)) {
        if (writes.put(value, operation) != null) {
          throw new IllegalArgumentException(key + ": " + value + " was written twice");
        }
        numbers.put(value, numbers.size() + 1);
      }
    }
    var timeline = new Timeline();
    for (Operation operation : operations) {
      if (operation.action() instanceof Read(var _, var value) && operation.is(Outcome.OK)) {
        Violation impossible = value == null ? null : read(operation, value);
        if (impossible != null) {
          return impossible;
        }
        timeline.add(operation, operation.completedNanos());
      }
    }
    for (Map.Entry<String, Operation> entry : writes.entrySet()) {
      Operation write = entry.getValue();
      Operation seen = firstSeen.get(entry.getKey());
      switch (write.outcome()) {
        case OK -> timeline.add(write, write.completedNanos());
        case UNKNOWN -> {
          if (seen != null) {
            timeline.add(write, seen.completedNanos());
          }
        }
        case NEVER -> {
          if (seen != null) {
            return new Violation(
                key, "a command said never to be executed was", List.of(write, seen));
          }
        }
      }
    }
    return timeline.judge(key, "no order of reads and writes explains this", this::step);
  }

  private @Nullable Violation read(Operation read, String value) {
    Operation write = writes.get(value);
    if (write == null) {
      return new Violation(key, "a value that nobody wrote", List.of(read));
    }
    if (read.completedNanos() < write.invokedNanos()) {
      return new Violation(key, "a value before it was written", List.of(read, write));
    }
    Operation before = firstSeen.get(value);
    if (before == null || read.completedNanos() < before.completedNanos()) {
      firstSeen.put(value, read);
    }
    return null;
  }

  private int step(int state, Operation operation) {
    return switch (operation.action()) {
      case Write(var _, var value) -> number(value);
      case Read(var _, var value) ->
          state == (value == null ? 0 : number(value)) ? state : Linearizer.REFUSED;
      default -> throw new IllegalArgumentException(key + " is no register: " + operation);
    };
  }

  private int number(String value) {
    return numbers.getOrDefault(value, Linearizer.REFUSED);
  }
}
