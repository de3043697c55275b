package holdfast.health.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.health.spec.Tlc.Result;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * While voters are added and removed no two leaders go on from the same past; without each of the
 * three rules that see to it they do. {@code src/spec/README.md} says what was seen.
 */
class VoterChangesModelIT {
  private static final int HEAP_MEGABYTES = 512;
  private static final int TIMEOUT_SECONDS = 300;
  private static final int LONG_HEAP_MEGABYTES = 3072;
  private static final int LONG_SECONDS = 7200;
  private static final String FIVE =
      "Voters = {v1, v2, v3, v4, v5}; First = {v1, v2, v3, v4}; MaxEpoch = ";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"of-three | ''", "of-four | " + FIVE + 3})
  void haveOnePast(String name, String changes) throws Exception {
    assertSound(name, changes, HEAP_MEGABYTES, TIMEOUT_SECONDS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "BothGuard | CONSTRAINT = Fork; " + FIVE + 4,
        "SettledGuard | MaxEpoch = 4",
        "BaseGuard | MaxEpoch = 4",
      })
  void haveTwoWithoutTheRule(String guard, String changes) throws Exception {
    Result result =
        Tlc.check(
            "without-" + guard,
            "VoterChanges",
            ModelConfig.read("VoterChanges")
                .with(changes + "; Wasted = FALSE")
                .with(guard + " = FALSE")
                .checkingOnly("OnePast"),
            HEAP_MEGABYTES,
            TIMEOUT_SECONDS);
    assertEquals("OnePast", result.violated(), result::toString);
  }

  @Tag("long")
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"of-three-long | MaxEpoch = 4", "of-four-long | " + FIVE + 4})
  void haveOnePastInLargerConfigurations(String name, String changes) throws Exception {
    assertSound(name, changes, LONG_HEAP_MEGABYTES, LONG_SECONDS);
  }

  private static void assertSound(String name, String changes, int heapMegabytes, int seconds)
      throws IOException, InterruptedException {
    Result result =
        Tlc.check(
            "voters-" + name,
            "VoterChanges",
            ModelConfig.read("VoterChanges").with(changes),
            heapMegabytes,
            seconds);
    assertTrue(result.sound(), result::toString);
    assertTrue(result.states() > 500, result::toString); // what can do nothing holds as well
  }
}
