package holdfast.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReplyOrderTest {
  private final ReplyOrder<String> order = new ReplyOrder<>();

  @Test
  void whatIsPutAsideForOneCommandIsNoLaterOnes() {
    order.take();
    order.take();
    order.putAside(1, "one");
    for (int i = 2; i < 100; i++) {
      assertNull(order.aside(order.take()), "number " + i);
    }
    assertEquals("one", order.aside(1));
  }

  @Test
  void repliesInTurnStoreNothing() {
    int first = order.take();
    order.take();
    assertTrue(order.isHead(first));
    order.written(2);
    assertEquals(0, order.pending());
    assertFalse(order.headIsAside());
  }

  @Test
  void anEarlyReplyWaitsForItsTurn() {
    int first = order.take();
    int second = order.take();
    order.putAside(second, "two");
    order.completed(second);
    assertFalse(order.headIsAside());
    assertTrue(order.isHead(first));
    order.written(1);
    assertTrue(order.headIsAside());
    assertEquals("two", order.takeHead());
    assertEquals(0, order.pending());
    assertNull(order.takeHead());
  }

  @Test
  void apartOfAReplyThatIsAsideGoesOutWhenItsTurnComesAndTheRestFollowsDirectly() {
    order.take();
    int second = order.take();
    order.putAside(second, "half");
    order.written(1);
    assertEquals("half", order.takeHead());
    assertTrue(order.isHead(second), "its other half is still to come");
    order.written(1);
    assertEquals(0, order.pending());
  }

  @Test
  void refusesRepliesThatNobodyAwaits() {
    assertThrows(IllegalStateException.class, () -> order.written(1));
    int only = order.take();
    assertThrows(IllegalStateException.class, () -> order.putAside(only + 1, "x"));
    assertThrows(IllegalStateException.class, () -> order.completed(only));
  }

  @Test
  void everythingAsideCanBeTakenOut() {
    order.take();
    for (int i = 0; i < 5; i++) {
      order.putAside(order.take(), "r" + i);
    }
    var taken = new ArrayList<String>();
    for (String each = order.takeAny(); each != null; each = order.takeAny()) {
      taken.add(each);
    }
    assertEquals(5, taken.size());
  }

  /** Replies in any order come out in the order of the commands. */
  @Test
  void agreesWithAPlainListOnRandomInput() {
    for (int seed = 0; seed < 200; seed++) {
      var random = new Random(seed);
      var subject = new ReplyOrder<String>();
      var open = new ArrayList<Integer>();
      var written = new ArrayList<Integer>();
      int sent = 0;
      for (int step = 0; step < 400; step++) {
        if (open.isEmpty() || random.nextInt(3) > 0 && sent < 300) {
          open.add(subject.take());
          sent++;
        } else {
          int number = open.remove(random.nextInt(Math.min(open.size(), 40)));
          if (subject.isHead(number)) {
            written.add(number);
            subject.written(1);
          } else {
            subject.putAside(number, Integer.toString(number));
            subject.completed(number);
          }
          while (subject.headIsAside()) {
            written.add(Integer.valueOf(subject.takeHead()));
          }
        }
      }
      for (int i = 0; i < written.size(); i++) {
        assertEquals(i, written.get(i), "seed " + seed);
      }
      assertEquals(sent - written.size(), subject.pending(), "seed " + seed);
    }
  }

  @Test
  void sequenceOfTakesIsContiguous() {
    assertEquals(List.of(0, 1, 2), List.of(order.take(), order.take(), order.take()));
    assertEquals(3, order.pending());
  }
}
