package holdfast.routing.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ReplicaChoiceTest {
  private static final int NODES_MAX = 6;
  private static final int DRAWS = 20_000;

  private final SplittableRandom random = new SplittableRandom(11);
  private final ReplicaChoice choice = new ReplicaChoice(NODES_MAX);

  private record Node(int number, int inFlight, int weight, long latency, boolean near) {}

  private static Node idle(int number, int weight) {
    return new Node(number, 0, weight * Rotation.WHOLE, 100_000, false);
  }

  private static Node busy(int inFlight) {
    return new Node(inFlight - 8, inFlight, Rotation.WHOLE, 100_000, false);
  }

  /** How many of the draws each node gets, in percent. */
  private int[] shares(boolean nearFirst, Node... nodes) {
    int[] counts = new int[nodes.length];
    for (int i = 0; i < DRAWS; i++) {
      counts[offered(nearFirst, random.nextLong(), List.of(nodes))]++;
    }
    for (int i = 0; i < counts.length; i++) {
      counts[i] = Math.round(counts[i] * 100f / DRAWS);
    }
    return counts;
  }

  private int offered(boolean nearFirst, long bits, List<Node> nodes) {
    choice.clear();
    for (Node each : nodes) {
      choice.offer(each.number, each.inFlight, each.weight, each.latency, each.near);
    }
    return choice.choose(nearFirst, bits);
  }

  @Test
  void idleNodesShareByWeight() {
    int[] shares = shares(false, idle(0, 1), idle(1, 3));
    assertEquals(25, shares[0], 2);
    assertEquals(75, shares[1], 2);
  }

  @Test
  void oneThatComesBackGetsLittle() {
    var back = new Node(1, 0, Rotation.LEAST, 100_000, false);
    assertEquals(6, shares(false, idle(0, 1), back)[1], 2);
  }

  @Test
  void whoHasMoreInFlightGetsLess() {
    Node busy = new Node(0, 9, Rotation.WHOLE, 100_000, false);
    assertEquals(0, shares(false, busy, idle(1, 1))[0], "nothing, of two");
    assertEquals(0, shares(false, idle(0, 1), busy(9), idle(2, 1))[1]);
    assertEquals(33, shares(false, busy(8), busy(9), busy(10))[2], 2, "nobody is clearly quicker");
  }

  @Test
  void inFlightIsMeasuredByTheWeight() {
    var heavy = new Node(0, 9, 10 * Rotation.WHOLE, 100_000, false);
    var light = new Node(1, 9, Rotation.WHOLE, 100_000, false);
    assertEquals(100, shares(false, heavy, light)[0]);
  }

  @Test
  void whoTakesLongerToAnswerGetsLessAndALittleDifferenceIsNone() {
    var slow = new Node(0, 0, Rotation.WHOLE, 1_000_000, false);
    assertEquals(0, shares(false, slow, idle(1, 1))[0]);
    var near = new Node(0, 0, Rotation.WHOLE, 110_000, false);
    assertEquals(50, shares(false, near, idle(1, 1))[0], 2);
  }

  @Test
  void thoseThatAreNearComeFirstWhereThatIsAskedFor() {
    var near = new Node(1, 50, Rotation.WHOLE, 10_000_000, true);
    assertEquals(100, shares(true, idle(0, 1), near)[1]);
    assertEquals(0, shares(false, idle(0, 1), near)[1]);
    assertEquals(50, shares(true, idle(0, 1), idle(1, 1))[1], 2, "nobody is near");
  }

  @Test
  void saysSoIfNoneIsFit() {
    assertEquals(ReplicaChoice.NONE, offered(false, 0, List.of()));
    assertEquals(ReplicaChoice.NONE, offered(true, -1, List.of()));
  }

  /** It is asked for each read. */
  @Test
  void makesNoObjects() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long sum = 0;
    long before = 0;
    for (int i = 0; i < 200_000; i++) {
      if (i == 100_000) {
        before = threads.getCurrentThreadAllocatedBytes();
      }
      choice.clear();
      choice.offer(0, i & 7, 64, 100_000, false);
      choice.offer(1, i & 3, 128, 200_000, true);
      choice.offer(2, i & 15, 4, 90_000, false);
      sum += choice.choose((i & 1) == 0, i * 0x9E3779B97F4A7C15L);
    }
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(sum > 0);
    assertTrue(bytes < 10_000, bytes + " bytes for 100,000 choices");
  }

  /** One ticket for each unit of weight, in a list; two are drawn from it. */
  private static int twin(boolean nearFirst, long bits, List<Node> nodes) {
    boolean only = nearFirst && nodes.stream().anyMatch(Node::near);
    var tickets = new ArrayList<Node>();
    for (Node each : nodes) {
      for (int i = 0; i < each.weight && (each.near || !only); i++) {
        tickets.add(each);
      }
    }
    if (tickets.isEmpty()) {
      return ReplicaChoice.NONE;
    }
    Node first = tickets.get((int) ((bits & 0xFFFFFFFFL) % tickets.size()));
    tickets.removeIf(each -> each == first);
    if (tickets.isEmpty()) {
      return first.number;
    }
    Node second = tickets.get((int) ((bits >>> 32) % tickets.size()));
    return cost(second) < 0.75 * cost(first) ? second.number : first.number;
  }

  private static double cost(Node node) {
    return node.latency * (1.0 + node.inFlight * 64.0 / node.weight);
  }

  @Test
  void choosesAsADumbTwinDoes() {
    for (int i = 0; i < 20_000; i++) {
      var nodes = new ArrayList<Node>();
      int count = random.nextInt(NODES_MAX + 1);
      for (int n = 0; n < count; n++) {
        nodes.add(
            new Node(
                10 + n,
                random.nextInt(4) * random.nextInt(100),
                1 + random.nextInt(400),
                1 + random.nextInt(2_000_000),
                random.nextInt(3) == 0));
      }
      boolean nearFirst = random.nextBoolean();
      long bits = random.nextLong();
      assertEquals(
          twin(nearFirst, bits, nodes),
          offered(nearFirst, bits, nodes),
          "turn " + i + ": " + nodes);
    }
  }

  /**
   * Many proxies, each of which sees only what it has in flight itself, before nodes of which one
   * is ten times slower: it must get the least, and none may be without reads.
   */
  @Test
  void nodesOfUnequalSpeedAreUsedByTheirSpeed() {
    long[] serveNanos = {100_000, 100_000, 1_000_000};
    int[] served = new int[3];
    int[] inFlight = new int[3];
    long[] busyUntil = new long[3];
    var latencies = List.of(new Latency(), new Latency(), new Latency());
    var ends = new ArrayList<long[]>();
    for (long now = 0; now < 2_000_000_000L; now += 60_000) {
      for (var it = ends.iterator(); it.hasNext(); ) {
        long[] end = it.next();
        if (end[0] <= now) {
          inFlight[(int) end[1]]--;
          it.remove();
        }
      }
      var nodes = new ArrayList<Node>();
      for (int n = 0; n < 3; n++) {
        if (now % 20_000_000 < 60_000) {
          latencies.get(n).answered(Math.max(0, busyUntil[n] - now) + serveNanos[n]);
        }
        nodes.add(new Node(n, inFlight[n], Rotation.WHOLE, latencies.get(n).nanos(), false));
      }
      int at = offered(false, random.nextLong(), nodes);
      busyUntil[at] = Math.max(now, busyUntil[at]) + serveNanos[at];
      ends.add(new long[] {busyUntil[at], at});
      inFlight[at]++;
      served[at]++;
    }
    int all = served[0] + served[1] + served[2];
    assertTrue(served[2] * 100 / all < 12, "the slow one got " + served[2] + " of " + all);
    assertTrue(served[2] > 0, "it is still used");
    assertTrue(busyUntil[2] < 2_050_000_000L, "and has no long queue");
    assertEquals(served[0], served[1], all / 10.0);
  }
}
