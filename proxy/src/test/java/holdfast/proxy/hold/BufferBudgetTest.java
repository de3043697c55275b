package holdfast.proxy.hold;

import static holdfast.proxy.hold.BufferBudget.LEAST_READ_BYTES;
import static holdfast.proxy.hold.BufferBudget.STALLED_LOOKS;
import static holdfast.proxy.hold.BufferBudget.TURN_LOOKS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.proxy.hold.BufferBudget.Turn;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BufferBudgetTest {
  private static final int KB = 1024;
  private static final long MAX = 1024 * KB;

  private final BufferBudget<String> budget = new BufferBudget<>(MAX);

  /** All there may be is there, and these would like to be read from. */
  private void fullWith(String... clients) {
    budget.add(MAX - budget.bytes());
    for (String client : clients) {
      assertFalse(budget.mayRead(client));
    }
  }

  @Test
  void everybodyIsReadFromUntilItIsUsedUp() {
    budget.add(MAX - 1);
    assertTrue(budget.mayRead("a"));
    assertEquals(2048, budget.readBytes(2048));
    budget.add(1);
    assertFalse(budget.mayRead("a"));
    assertEquals(LEAST_READ_BYTES, budget.readBytes(2048));
    assertEquals(100, budget.readBytes(100));
  }

  @Test
  void goesOnWhenAQuarterIsFreeAndNotBefore() {
    fullWith("a");
    budget.add(-MAX / 4 + 1);
    assertTrue(budget.isOver());
    assertEquals(List.of(), budget.admit());
    budget.add(-1);
    assertFalse(budget.isOver());
    assertEquals(List.of("a"), budget.admit());
    assertEquals(List.of(), budget.admit());
  }

  @Test
  void firstComeFirstServedForAsManyAsThereIsRoomFor() {
    fullWith("a", "b", "c", "d", "e", "f", "g");
    assertFalse(budget.mayRead("a"), "it keeps its place");
    budget.add(-MAX / 4);
    assertEquals(List.of("a", "b", "c", "d"), budget.admit(), "256 KB, 64 for each");
    assertTrue(budget.isWaitedFor());
    budget.add(MAX / 4 - 1);
    assertEquals(List.of("e"), budget.admit(), "somebody always, if nothing is used up");
    budget.add(1);
    assertEquals(List.of(), budget.admit());
  }

  @Test
  void nobodyHasItsTurnWhileSomeOfItGoesByItself() {
    fullWith("a", "b");
    for (int i = 0; i < 100; i++) {
      assertEquals(Turn.SAME, budget.look(true));
      assertNull(budget.holder());
    }
    assertFalse(budget.mayRead("a"));
  }

  @Test
  void oneAfterTheOtherHasItsTurnWhenNothingGoesByItself() {
    fullWith("a", "b");
    assertEquals(Turn.GIVEN, budget.look(false));
    assertTrue(budget.mayRead("a"));
    assertFalse(budget.mayRead("b"));
    budget.read("b", true);
    assertTrue(budget.mayRead("a"), "the turn is not b's to end");
    budget.read("a", false);
    assertTrue(budget.mayRead("a"), "there is more of it");
    budget.read("a", true);
    assertFalse(budget.mayRead("a"), "behind b");
    assertEquals(Turn.GIVEN, budget.look(false));
    assertEquals("b", budget.holder());
  }

  @Test
  void aTurnEndsWhenNothingComes() {
    fullWith("a", "b");
    budget.look(false);
    for (int i = 1; i < STALLED_LOOKS; i++) {
      assertEquals(Turn.SAME, budget.look(false));
      assertEquals("a", budget.holder());
    }
    assertEquals(Turn.GIVEN, budget.look(false));
    assertEquals("b", budget.holder());
    for (int i = 0; i < STALLED_LOOKS; i++) {
      budget.look(false);
    }
    assertEquals("a", budget.holder(), "it came behind b");
  }

  @Test
  void aTurnLastsWhileSomethingComesButNotForEver() {
    fullWith("a", "b");
    budget.look(false);
    for (int i = 1; i < TURN_LOOKS; i++) {
      budget.read("a", false);
      assertEquals(Turn.SAME, budget.look(false));
      assertEquals("a", budget.holder());
    }
    budget.read("a", false);
    assertEquals(Turn.GIVEN, budget.look(false));
    assertEquals("b", budget.holder());
  }

  @Test
  void whoseTurnLedToNothingIsToBeClosedAtTheCeiling() {
    fullWith("a", "b");
    budget.look(false);
    budget.add(MAX / 2);
    for (int i = 1; i < STALLED_LOOKS; i++) {
      assertEquals(Turn.SAME, budget.look(false));
    }
    assertEquals(Turn.WASTED, budget.look(false));
    assertEquals("a", budget.holder());
    budget.leave("a");
    assertNull(budget.holder());
    assertEquals(Turn.GIVEN, budget.look(false));
    assertEquals("b", budget.holder());
  }

  @Test
  void nobodyIsClosedWhileSomeOfItGoesByItself() {
    fullWith("a");
    budget.look(false);
    budget.add(MAX);
    for (int i = 0; i < STALLED_LOOKS; i++) {
      assertEquals(Turn.SAME, budget.look(true));
    }
    assertNull(budget.holder());
    assertTrue(budget.isWaitedFor());
  }

  @Test
  void whoIsGoneIsNotServed() {
    fullWith("a", "b");
    budget.look(false);
    budget.leave("a");
    budget.leave("b");
    assertFalse(budget.isWaitedFor());
    assertEquals(Turn.SAME, budget.look(false));
    budget.add(-MAX);
    assertEquals(List.of(), budget.admit());
  }

  @Test
  void refusesWhatHoldsNoReadOfOneClient() {
    assertThrows(IllegalArgumentException.class, () -> new BufferBudget<String>(63 * KB));
  }

  /**
   * Clients with commands of up to 300 KB, all begun, none of which goes away before it is whole:
   * all become whole, and there is never more than the ceiling and one command.
   */
  @Test
  void allCommandsBecomeWholeWithinTheBound() {
    for (int seed = 0; seed < 50; seed++) {
      var random = new Random(seed);
      var all = new BufferBudget<Integer>(MAX);
      int[] wanted = random.ints(100, 1, 300 * KB).toArray();
      int[] here = new int[wanted.length];
      Deque<Integer> read = new ArrayDeque<>();
      for (int i = 0; i < wanted.length; i++) {
        read.add(i);
      }
      int whole = 0;
      for (int step = 0; whole < wanted.length; step++) {
        assertTrue(step < 1_000_000, "seed " + seed + ": " + whole + " are whole");
        Integer client = read.poll();
        if (client == null) {
          assertTrue(all.look(false) != Turn.WASTED || all.holder() != null);
          List<Integer> next = new ArrayList<>(all.admit());
          Integer holder = all.holder();
          if (holder != null) {
            next.add(holder);
          }
          read.addAll(next);
          continue;
        }
        if (all.mayRead(client)) {
          int bytes = Math.min(all.readBytes(64 * KB), wanted[client] - here[client]);
          all.add(bytes);
          here[client] += bytes;
          if (here[client] == wanted[client]) {
            whole++;
            all.add(-here[client]);
            all.read(client, true);
          } else {
            all.read(client, false);
            read.add(client);
          }
        }
        long most = all.ceiling() + 300 * KB + (long) wanted.length * LEAST_READ_BYTES;
        assertTrue(all.bytes() <= most, "seed " + seed + ": " + all.bytes());
      }
      assertEquals(0, all.bytes());
    }
  }
}
