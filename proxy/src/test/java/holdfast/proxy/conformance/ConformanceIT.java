package holdfast.proxy.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * "One Redis": clients of the proxy are told what clients of a server are told. Longer or other
 * runs: -Dholdfast.conformance.commands=1000000 -Dholdfast.conformance.seed=7. What was sent is in
 * target/conformance.tsv.
 */
class ConformanceIT {
  private static final long SEED = Long.getLong("holdfast.conformance.seed", 1);
  private static final long COMMANDS = Long.getLong("holdfast.conformance.commands", 100_000);

  /** So often each command has to succeed in each mode in a run of a million. */
  private static final long SUCCESSES = 100;

  private static final long LONG_RUN = 1_000_000;

  /** In a short run chance has more weight. */
  private static final long SHORT_RUN_COMMANDS_PER_SUCCESS = 20_000;

  private static final double SUCCEEDED_MIN = 0.6;

  @TempDir private Path folder;

  @Test
  void everyCommandIsAnsweredAsByOneServer() throws IOException {
    System.out.println("conformance: seed " + SEED + ", commands " + COMMANDS);
    try (var worlds = new Worlds(folder)) {
      Set<String> names = worlds.names();
      var tally = new Tally(names);
      List<String> differences = new Run(worlds, tally, SEED, COMMANDS).differences();
      tally.write(Path.of("target", "conformance.tsv"));
      assertEquals("", String.join("\n\n", differences));
      assertEquals(
          Set.of(),
          Exclusions.unexplained(tally.neverSent()),
          "commands of the server that are neither in the catalogue nor excluded");
      assertEquals(List.of(), tooRarelySucceeded(tally), "they succeed too rarely");
      for (Mode mode : Mode.ALL) {
        System.out.printf(
            "%-30s %7d commands, %.1f %% of replies no errors%n",
            mode, tally.commands(mode), 100 * tally.succeeded(mode));
        assertTrue(tally.succeeded(mode) >= SUCCEEDED_MIN, mode + " has too many errors");
      }
    }
  }

  private static long successesMin() {
    return COMMANDS >= LONG_RUN ? SUCCESSES : COMMANDS / SHORT_RUN_COMMANDS_PER_SUCCESS;
  }

  private static List<String> tooRarelySucceeded(Tally tally) {
    var found = new ArrayList<String>();
    for (Mode mode : Mode.ALL) {
      for (String name : tally.belowIn(mode, successesMin())) {
        if (Exclusions.isSuccessDemanded(name, mode)) {
          found.add(name + " (" + mode + ")");
        }
      }
    }
    return found;
  }
}
