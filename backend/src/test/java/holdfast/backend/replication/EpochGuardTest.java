package holdfast.backend.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.replication.EpochGuard.Standing;
import org.junit.jupiter.api.Test;

class EpochGuardTest {
  private static final String RUN = "a".repeat(40);
  private static final Standing STANDING = new Standing(RUN, 100, true);

  private final EpochGuard guard = EpochGuard.startingAt(0).heard(5);

  @Test
  void nobodyLeadsBeforeTheFirstEpoch() {
    assertFalse(EpochGuard.startingAt(0).isLed());
    assertTrue(guard.isLed());
    assertTrue(EpochGuard.startingAt(3).isLed());
  }

  @Test
  void obeysNoLeaderOfAnEarlierEpoch() {
    assertNull(guard.refusal(5));
    assertNull(guard.refusal(6));
    assertTrue(String.valueOf(guard.refusal(4)).startsWith("STALEEPOCH"));
    assertNotNull(guard.refusal(0));
    assertNotNull(guard.refusalOfPromotion(4, RUN, 0, STANDING));
    assertNotNull(guard.refusalOfFollowing(4));
  }

  @Test
  void anEpochIsNeverForgotten() {
    assertEquals(5, guard.heard(3).heardEpoch());
    assertEquals(7, guard.promoted(7).following(6).heardEpoch());
  }

  @Test
  void isPromotedOnlyAsTheProcessWithTheDataThatWasChosen() {
    assertNull(guard.refusalOfPromotion(5, RUN, 100, STANDING));
    assertNotNull(guard.refusalOfPromotion(5, "b".repeat(40), 100, STANDING));
    assertNotNull(guard.refusalOfPromotion(5, RUN, 101, STANDING));
    assertNotNull(guard.refusalOfPromotion(5, RUN, 100, new Standing(RUN, 100, false)));
  }

  @Test
  void theMasterOfAnEpochIsNobodysReplicaInIt() {
    EpochGuard master = guard.promoted(6);
    assertEquals(6, master.promotedEpoch());
    assertNotNull(master.refusalOfFollowing(6));
    assertNull(master.refusalOfFollowing(7));
    assertEquals(0, master.following(7).promotedEpoch());
  }

  @Test
  void refusesWhatCannotBe() {
    assertThrows(IllegalArgumentException.class, () -> new EpochGuard(-1, 0));
    assertThrows(IllegalArgumentException.class, () -> new EpochGuard(3, 4));
  }
}
