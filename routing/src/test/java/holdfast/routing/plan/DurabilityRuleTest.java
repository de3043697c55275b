package holdfast.routing.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class DurabilityRuleTest {
  @Test
  void aMajorityIsHalfOfTheBackendsRoundedDown() {
    assertEquals(0, DurabilityRule.MAJORITY.replicasOf(1));
    assertEquals(1, DurabilityRule.MAJORITY.replicasOf(2));
    assertEquals(1, DurabilityRule.MAJORITY.replicasOf(3));
    assertEquals(2, DurabilityRule.MAJORITY.replicasOf(5));
  }

  @Test
  void moreThanTheRecordMayBeAskedForNeverLess() {
    assertEquals(2, DurabilityRule.NONE.replicasOf(5, 2));
    assertEquals(3, new DurabilityRule(3).replicasOf(5, 2));
    assertEquals(2, new DurabilityRule(1).replicasOf(5, 2));
  }

  @Test
  void aNumberBelowNoneIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new DurabilityRule(-2));
  }
}
