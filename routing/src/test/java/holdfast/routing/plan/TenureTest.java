package holdfast.routing.plan;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TenureTest {
  @Test
  void isNotHeldBeforeTheFirstGrant() {
    assertFalse(new Tenure(1).heldAt(0));
    assertFalse(new Tenure(1).heldAt(Long.MIN_VALUE + 5));
  }

  @Test
  void isHeldUpToItsEndAndNotAtIt() {
    var tenure = new Tenure(1);
    tenure.holdUntil(1001);
    assertTrue(tenure.heldAt(1000));
    assertFalse(tenure.heldAt(1001));
    tenure.holdUntil(2001);
    assertTrue(tenure.heldAt(1500));
  }

  @Test
  void comparesAlsoWhereTheClockWrapsAround() {
    var tenure = new Tenure(1);
    tenure.holdUntil(Long.MIN_VALUE + 101);
    assertTrue(tenure.heldAt(Long.MAX_VALUE - 10));
    assertFalse(tenure.heldAt(Long.MIN_VALUE + 200));
  }

  @Test
  void givingUpIsFinal() {
    var tenure = new Tenure(1);
    tenure.holdUntil(1001);
    tenure.giveUp();
    assertFalse(tenure.heldAt(0));
    tenure.holdUntil(5001);
    assertFalse(tenure.heldAt(0), "a late grant of a lost epoch counts for nothing");
    assertTrue(tenure.isGivenUp());
  }

  @Test
  void aLoneBackendIsAlwaysHeld() {
    assertTrue(Tenure.always().heldAt(Long.MAX_VALUE));
    assertTrue(Tenure.always().heldAt(Long.MIN_VALUE));
  }
}
