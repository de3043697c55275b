package holdfast.proxy.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WaitingRingTest {
  private final WaitingRing ring = new WaitingRing();

  /** A target of its own identity. */
  private static final class Target implements ReplyTarget {
    @Override
    public void onReplies(Upstream link, ByteBuf in, int start, int length, int n, int count) {}

    @Override
    public void onReplyPiece(
        Upstream link, ByteBuf in, int start, int length, int n, boolean last) {}

    @Override
    public void onRefused(Upstream link, Frame request, Frame error, int n) {}

    @Override
    public void onLost(Upstream link, Frame request, int n, boolean sent) {}
  }

  @Test
  void neighboursOfOneTargetAreOneRun() {
    var a = new Target();
    var b = new Target();
    ring.add(a, 0, 1);
    ring.add(a, 1, 2);
    ring.add(b, 7, 1);
    ring.add(a, 3, 1);
    assertEquals(3, ring.runs());
    assertEquals(5, ring.commands());
    assertSame(a, ring.headTarget());
    assertEquals(3, ring.headCount());
    ring.answered(2);
    assertEquals(2, ring.headNumber());
    ring.answered(1);
    assertSame(b, ring.headTarget());
  }

  @Test
  void numbersThatDoNotFollowAreNotMerged() {
    var a = new Target();
    ring.add(a, 0, 1);
    ring.add(a, 2, 1);
    assertEquals(2, ring.runs());
  }

  @Test
  void anEmptyRingHasNoHead() {
    assertThrows(IllegalStateException.class, ring::headTarget);
    ring.add(new Target(), 0, 1);
    ring.answered(1);
    assertTrue(ring.isEmpty());
    assertThrows(IllegalStateException.class, ring::headTarget);
  }

  @Test
  void agreesWithAPlainQueueOnRandomInput() {
    var random = new Random(7);
    var targets = new Target[] {new Target(), new Target(), new Target()};
    var numbers = new int[3];
    record Command(int target, int number) {}
    var queue = new ArrayDeque<Command>();
    for (int step = 0; step < 20_000; step++) {
      if (queue.isEmpty() || random.nextInt(100) < 52) {
        int t = random.nextInt(3);
        int count = 1 + random.nextInt(4);
        ring.add(targets[t], numbers[t], count);
        for (int i = 0; i < count; i++) {
          queue.add(new Command(t, numbers[t]++));
        }
      } else {
        Command expected = queue.remove();
        assertSame(targets[expected.target], ring.headTarget());
        assertEquals(expected.number, ring.headNumber());
        ring.answered(1);
      }
      assertEquals(queue.size(), ring.commands());
    }
  }
}
