package holdfast.proxy.session;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ByteBudgetTest {
  @Test
  void givesNoMoreThanItHas() {
    var budget = new ByteBudget(10);
    assertTrue(budget.take(4));
    assertFalse(budget.take(7));
    assertTrue(budget.take(6));
    assertFalse(budget.take(1));
    budget.giveBack(4);
    assertFalse(budget.take(5));
    assertTrue(budget.take(4));
  }
}
