package holdfast.bench.failover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A few switches of each cause under the mixed load; {@code bench/hiding} makes more of them. */
class HidingIT {
  private static final List<String> REPEATABLE = List.of("set", "pipeline", "transaction");
  private static final List<String> KEPT = List.of("set", "pipeline", "incr", "rpush", "eval");

  @TempDir private Path folder;

  @Test
  void clientsOfAProxySeeNoneOfTheSwitches() throws Exception {
    try (var hiding = new Hiding(folder)) {
      for (int i = 0; i < 4; i++) {
        hiding.switchMaster(Hiding.Cause.of(i));
      }
      List<Hiding.Outcome> outcomes = hiding.finish();
      hiding.print(outcomes, System.out);
      for (Hiding.Outcome each : outcomes) {
        if (each.way().isDirect()) {
          assertTrue(each.seen().acknowledged() > 20, each::toString);
          assertEquals(0, each.seen().wrong(), each::toString);
          assertEquals(0, each.missing(), each::toString);
          assertEquals(0, each.duplicates(), each::toString);
          if (mayNotFail(each)) {
            assertEquals(0, each.seen().failed(), each::toString);
          }
        }
      }
    }
  }

  /** What is repeatable under idempotent; what servers keep replies of under exactly-once. */
  private static boolean mayNotFail(Hiding.Outcome outcome) {
    boolean once = outcome.way().title().equals("exactly-once");
    return once ? KEPT.contains(outcome.kind()) : REPEATABLE.contains(outcome.kind());
  }
}
