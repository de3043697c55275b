package holdfast.health.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.health.spec.Tlc.Result;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The specification holds, and each of its guards is needed: switched off, it ends in the violation
 * that is named here. {@code src/spec/README.md} has the figures.
 */
class FencingModelIT {
  private static final int HEAP_MEGABYTES = 512;
  private static final int TIMEOUT_SECONDS = 300; // many times what it takes on an idle machine
  private static final int LONG_SECONDS = 3600;

  @ParameterizedTest
  @ValueSource(strings = {"Fencing", "FencingSteps"})
  void holdsWithAllGuards(String configuration) throws Exception {
    assertSound(check(configuration, ModelConfig.read(configuration)));
  }

  @Test
  void holdsInThreeEpochs() throws Exception {
    assertSound(
        check("FencingEpochs-no-loss", ModelConfig.read("FencingEpochs").with("LoseDisk", "0")));
  }

  /** With fenced start a replica need not refuse older data as well; kept as one more obstacle. */
  @Test
  void holdsWithoutTheResyncGuard() throws Exception {
    assertSound(
        check("without-ResyncGuard", ModelConfig.read("Fencing").with("ResyncGuard", "FALSE")));
  }

  @ParameterizedTest
  @CsvSource({
    "LeaseGuard, NoAckedLoss",
    "FenceWait, OneWriter",
    "FenceWait, NoAckedLoss",
    "ConsultEnough, NoAckedLoss",
    "RunIdGuard, NoAckedLoss",
    "FencedStart, NoAckedLoss",
    "BackendGuard, NoAckedLoss",
  })
  void breaksWithoutTheGuard(String guard, String invariant) throws Exception {
    assertBreaks(guard, invariant, ModelConfig.read("Fencing"));
  }

  @Test
  void breaksIfVotersGrantAfterVotingInALaterEpoch() throws Exception {
    assertBreaks("GrantGuard", "OneWriter", ModelConfig.read("FencingSteps"));
  }

  @Test
  void breaksIfReplicasCountThatAnEarlierLeaderCanStillMove() throws Exception {
    assertBreaks("AdoptGuard", "NoAckedLoss", ModelConfig.read("FencingEpochs").within("Late"));
  }

  @Tag("long")
  @Test
  void holdsInThreeEpochsWithARestart() throws Exception {
    assertSound(
        Tlc.check(
            "FencingEpochs", "Fencing", ModelConfig.read("FencingEpochs"), 1024, LONG_SECONDS));
  }

  @Tag("long")
  @Test
  void holdsWithThreeVotersStepByStep() throws Exception {
    assertSound(
        Tlc.check(
            "FencingVoters", "Fencing", ModelConfig.read("FencingVoters"), 1024, LONG_SECONDS));
  }

  private static void assertBreaks(String guard, String invariant, ModelConfig config)
      throws IOException, InterruptedException {
    Result result =
        check(
            "without-" + guard + "-" + invariant,
            config.with(guard, "FALSE").checkingOnly(invariant));
    assertEquals(invariant, result.violated(), result::toString);
  }

  private static Result check(String name, ModelConfig config)
      throws IOException, InterruptedException {
    return Tlc.check(name, "Fencing", config, HEAP_MEGABYTES, TIMEOUT_SECONDS);
  }

  private static void assertSound(Result result) {
    assertTrue(result.sound(), result::toString);
    assertTrue(
        result.states() > 1000, result::toString); // a specification that can do nothing holds
  }
}
