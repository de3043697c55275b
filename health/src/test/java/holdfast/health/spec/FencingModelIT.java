package holdfast.health.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.health.spec.Tlc.Result;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The specification holds, and each of its guards is needed: switched off, it ends in the violation
 * that is named here. Each line is a difference from {@code src/spec/Fencing.cfg}; {@code
 * src/spec/README.md} says what was seen.
 */
class FencingModelIT {
  private static final int HEAP_MEGABYTES = 512;
  private static final int TIMEOUT_SECONDS = 300; // many times what it takes on an idle machine
  private static final int LONG_HEAP_MEGABYTES = 2048;
  private static final int LONG_SECONDS = 3600;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          base            | ""
          steps           | Eager = FALSE
          epochs          | MaxEpoch = 3; LoseDisk = 0
          unguarded-send  | SendGuard = FALSE
          read            | Reads = 1; LoseDisk = 0
          read-none       | Reads = 1; LoseDisk = 0; K = 0
          replid          | Replids = TRUE; MaxChanges = 1; LoseDisk = 0
          shrink          | Changes = Shrink; LoseDisk = 0
          grow            | Changes = Grow; Initial = {b1, b2}; LoseDisk = 0
          raise           | Changes = RaiseK; LoseDisk = 0
          lower           | Changes = LowerK; LoseDisk = 0
          no-resync-guard | ResyncGuard = FALSE
          """)
  void holds(String name, String changes) throws Exception {
    assertSound(name, changes, HEAP_MEGABYTES, TIMEOUT_SECONDS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          LeaseGuard      | NoAckedLoss  | ""
          GrantGuard      | OneWriter    | Eager = FALSE
          FenceWait       | OneWriter    | ""
          FenceWait       | NoAckedLoss  | ""
          ConsultEnough   | NoAckedLoss  | ""
          RunIdGuard      | NoAckedLoss  | ""
          FencedStart     | NoAckedLoss  | ""
          BackendGuard    | NoAckedLoss  | LoseDisk = 0
          AdoptGuard      | NoAckedLoss  | MaxEpoch = 3; CONSTRAINT = Late
          ReadCommitGuard | NoSeenLoss   | Reads = 1; LoseDisk = 0
          ReadLeaseGuard  | CurrentReads | Reads = 1; LoseDisk = 0; K = 0
          StartGuard      | NoAckedLoss  | Replids = TRUE; LoseDisk = 0; MaxEpoch = 3; CONSTRAINT = InOrder
          UnknownGuard    | NoAckedLoss  | Replids = TRUE; MaxChanges = 1; LoseDisk = 0
          KGuard          | NoAckedLoss  | LoseDisk = 0
          BestGuard       | NoAckedLoss  | Changes = Shrink; LoseDisk = 0
          JointGuard      | NoAckedLoss  | Changes = Shrink; LoseDisk = 0; MaxEpoch = 3; CONSTRAINT = InOrder
          SettleGuard     | NoAckedLoss  | Changes = Shrink; LoseDisk = 0; MaxEpoch = 3; CONSTRAINT = InOrder
          OneChangeGuard  | NoAckedLoss  | Changes = Shrink; LoseDisk = 0; MaxEpoch = 4; CONSTRAINT = InOrder
          """)
  void breaksWithoutTheGuard(String guard, String invariant, String changes) throws Exception {
    ModelConfig config =
        ModelConfig.read("Fencing").with(changes).with(guard + " = FALSE").checkingOnly(invariant);
    Result result =
        Tlc.check(
            "without-" + guard + "-" + invariant,
            "Fencing",
            config,
            HEAP_MEGABYTES,
            TIMEOUT_SECONDS);
    assertEquals(invariant, result.violated(), result::toString);
  }

  @Tag("long")
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          three-voters    | Eager = FALSE; LoseDisk = 0; Voters = {v1, v2, v3}; SYMMETRY = AlikeVoters
          epochs-restart  | MaxEpoch = 3
          two-proxies     | Proxies = {p1, p2}; Writes = {w1, w2}; SYMMETRY = AlikeProxies
          replid-restart  | Replids = TRUE; MaxChanges = 1
          replid-epochs   | Replids = TRUE; MaxEpoch = 3; LoseDisk = 0
          shrink-restart  | Changes = Shrink
          shrink-epochs   | Changes = Shrink; MaxEpoch = 3; LoseDisk = 0
          grow-epochs     | Changes = Grow; Initial = {b1, b2}; MaxEpoch = 3; LoseDisk = 0
          raise-epochs    | Changes = RaiseK; MaxEpoch = 3; LoseDisk = 0
          lower-epochs    | Changes = LowerK; MaxEpoch = 3; LoseDisk = 0
          """)
  void holdsInLargerConfigurations(String name, String changes) throws Exception {
    assertSound(name, changes, LONG_HEAP_MEGABYTES, LONG_SECONDS);
  }

  private static void assertSound(String name, String changes, int heapMegabytes, int seconds)
      throws IOException, InterruptedException {
    Result result =
        Tlc.check(
            "holds-" + name,
            "Fencing",
            ModelConfig.read("Fencing").with(changes),
            heapMegabytes,
            seconds);
    assertTrue(result.sound(), result::toString);
    assertTrue(result.states() > 500, result::toString); // what can do nothing holds as well
  }
}
