package holdfast.proxy.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OnceWindowTest {
  private final OnceWindow window = new OnceWindow("key", false);

  @Test
  void commandsUnderWayHaveFieldsOfTheirOwn() {
    Set<Integer> fields = new HashSet<>();
    while (window.hasRoom()) {
      fields.add(OnceWindow.field(window.take()));
    }
    assertEquals(OnceWindow.COMMANDS_MAX, fields.size());
    assertThrows(IllegalStateException.class, window::take);
  }

  @Test
  void aFieldIsUsedAgainOnceItsCommandIsAnswered() {
    int first = OnceWindow.field(window.take());
    for (int i = 1; i < OnceWindow.COMMANDS_MAX; i++) {
      window.take();
    }
    assertFalse(window.hasRoom());
    window.answered(1);
    assertTrue(window.hasRoom());
    assertFalse(window.isHalfFree());
    assertEquals(first, OnceWindow.field(window.take()));
    window.answered(OnceWindow.COMMANDS_MAX / 2);
    assertTrue(window.isHalfFree());
  }
}
