package holdfast.health.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.health.spec.Tlc.Result;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Epochs that were begun and not finished never stop the grants for good; without each of the three
 * rules that see to it they do. {@code src/spec/README.md} says what was seen.
 */
class UnfinishedModelIT {
  private static final int HEAP_MEGABYTES = 512;
  private static final int TIMEOUT_SECONDS = 300;
  private static final int LONG_SECONDS = 3600;

  @Test
  void alwaysGrantsAgain() throws Exception {
    assertSound("four", "Troubles = 4; MaxEpoch = 12", TIMEOUT_SECONDS);
  }

  @ParameterizedTest
  @CsvSource({"StandGuard, NeverStuck", "AgreeGuard, NeverStuck", "LearnGuard, Room"})
  void stopsForGoodWithoutTheRule(String guard, String invariant) throws Exception {
    Result result =
        check(
            "without-" + guard,
            ModelConfig.read("Unfinished").with(guard + " = FALSE").checkingOnly(invariant),
            TIMEOUT_SECONDS);
    assertEquals(invariant, result.violated(), result::toString);
  }

  @Tag("long")
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          five     | Troubles = 5; MaxEpoch = 14
          voters   | Voters = {v1, v2, v3, v4, v5}; Quorum = 3; Troubles = 4; MaxEpoch = 12
          temporal | PROPERTY = Settles
          """)
  void alwaysGrantsAgainInLargerConfigurations(String name, String changes) throws Exception {
    assertSound(name, changes, LONG_SECONDS);
  }

  private static void assertSound(String name, String changes, int seconds)
      throws IOException, InterruptedException {
    Result result =
        check("unfinished-" + name, ModelConfig.read("Unfinished").with(changes), seconds);
    assertTrue(result.sound(), result::toString);
    assertTrue(result.states() > 500, result::toString); // what can do nothing holds as well
  }

  private static Result check(String name, ModelConfig config, int seconds)
      throws IOException, InterruptedException {
    return Tlc.check(name, "Unfinished", config, HEAP_MEGABYTES, seconds);
  }
}
