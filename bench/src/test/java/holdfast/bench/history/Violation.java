package holdfast.bench.history;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Why a history cannot be that of one register or one list.
 *
 * @param key of which
 * @param what the rule that is broken
 * @param around the operations that show it, or those at which the search got no further
 */
public record Violation(String key, String what, List<Operation> around) {
  /** Copies the list. */
  public Violation {
    around = List.copyOf(around);
  }

  @Override
  public String toString() {
    long origin = around.stream().mapToLong(Operation::invokedNanos).min().orElse(0);
    return key
        + ": "
        + what
        + around.stream()
            .map(each -> "\n    " + each.describe(origin))
            .collect(Collectors.joining());
  }
}
