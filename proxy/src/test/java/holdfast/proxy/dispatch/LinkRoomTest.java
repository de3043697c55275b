package holdfast.proxy.dispatch;

import static holdfast.proxy.dispatch.LinkRoom.BYTES_MAX;
import static holdfast.proxy.dispatch.LinkRoom.COMMANDS_MAX;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LinkRoomTest {
  private final LinkRoom room = new LinkRoom();

  private boolean has(int commands, long bytes) {
    return room.has(commands, bytes, true, COMMANDS_MAX);
  }

  @Test
  void isThereUpToTheBounds() {
    assertTrue(has(COMMANDS_MAX - 1, BYTES_MAX - 1));
    assertFalse(room.isFull());
    assertFalse(has(COMMANDS_MAX, 0));
    assertTrue(room.isFull());
    assertFalse(new LinkRoom().has(0, BYTES_MAX, true, COMMANDS_MAX));
    assertFalse(new LinkRoom().has(0, 0, false, COMMANDS_MAX));
  }

  @Test
  void whoComesBeforeHalfIsFreeDoesNotOvertakeThoseWhoWait() {
    assertFalse(has(COMMANDS_MAX, 0));
    assertFalse(has(COMMANDS_MAX - 1, 0));
    assertFalse(has(COMMANDS_MAX / 2, 0), "nobody was told yet");
    assertTrue(room.freed(COMMANDS_MAX / 2, 0, true));
    assertTrue(has(COMMANDS_MAX - 1, 0));
  }

  @Test
  void isToldOnceAndOnlyIfSomebodyWaits() {
    assertFalse(room.freed(0, 0, true));
    assertFalse(has(COMMANDS_MAX, 0));
    assertFalse(room.freed(COMMANDS_MAX / 2 + 1, 0, true));
    assertFalse(room.freed(0, BYTES_MAX / 2 + 1, true));
    assertFalse(room.freed(0, 0, false));
    assertTrue(room.freed(COMMANDS_MAX / 2, BYTES_MAX / 2, true));
    assertFalse(room.freed(0, 0, true));
  }

  @Test
  void whoMayHaveFewerUnderWayDoesNotHoldUpTheOthers() {
    assertFalse(room.has(100, 0, true, 100));
    assertTrue(has(1000, 0));
    assertFalse(room.has(60, 0, true, 100));
    assertFalse(room.freed(51, 0, true));
    assertTrue(room.freed(50, 0, true));
    assertTrue(room.has(99, 0, true, 100));
  }
}
