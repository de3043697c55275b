package holdfast.bench.faults;

import java.time.Duration;
import java.util.Arrays;

/**
 * Scenarios by hand: {@code KIND DURABILITY SECONDS SCENARIO ...}; all of them if none is named.
 */
public final class FaultsMain {
  private FaultsMain() {}

  public static void main(String[] words) throws Exception {
    var kind = Deployment.Kind.valueOf(words[0]);
    Duration length = Duration.ofMillis((long) (Double.parseDouble(words[2]) * 1000));
    JavaParts holders = Boolean.getBoolean("unguarded") ? Unguarded.holders() : JavaParts.asBuilt();
    Scenario[] scenarios =
        words.length > 3
            ? Arrays.stream(words, 3, words.length).map(Scenario::valueOf).toArray(Scenario[]::new)
            : Scenario.values();
    try (Deployment at = Deployment.start(kind, words[1], holders)) {
      System.out.println(FaultRun.HEAD);
      for (Scenario scenario : scenarios) {
        try {
          FaultRun run = FaultRun.perform(at, scenario, length);
          System.out.println(run.details());
          System.out.println(run.row());
        } catch (IllegalStateException e) {
          System.out.println("| " + scenario + " | FAILED " + e.getMessage());
        }
      }
    }
    System.exit(0);
  }
}
