package holdfast.health.sim;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** True time, the queue of what will happen, the network, and the trace. One thread. */
final class World {
  static final long MS = 1_000_000;

  private record Task(long at, long order, Runnable work) implements Comparable<Task> {
    @Override
    public int compareTo(Task other) {
      int byTime = Long.compare(at, other.at);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  /** Anything that can stop, crash and be cut off. */
  static class Node {
    final String name;
    final int index;
    final ArrayDeque<Runnable> inbox = new ArrayDeque<>();
    boolean alive = true;
    boolean paused;
    int life;

    Node(String name, int index) {
      this.name = name;
      this.index = index;
    }
  }

  final SplittableRandom random;
  final Tally tally;
  final boolean tracing;
  final List<String> trace = new ArrayList<>();
  private final PriorityQueue<Task> queue = new PriorityQueue<>();
  private final List<Node> nodes = new ArrayList<>();
  private boolean[][] cut = new boolean[0][0];
  private long nowNanos;
  private long order;
  private long events;
  double lossRate;
  double duplicateRate;
  double longDelayRate;

  World(long seed, Tally tally, boolean tracing) {
    this.random = new SplittableRandom(seed);
    this.tally = tally;
    this.tracing = tracing;
  }

  void add(Node node) {
    nodes.add(node);
    cut = new boolean[nodes.size()][nodes.size()];
  }

  List<Node> nodes() {
    return nodes;
  }

  long nowNanos() {
    return nowNanos;
  }

  long events() {
    return events;
  }

  void log(Supplier<String> line) {
    if (tracing) {
      trace.add("%9.3f ".formatted(nowNanos / 1e6) + line.get());
    }
  }

  boolean chance(double probability) {
    return probability > 0 && random.nextDouble() < probability;
  }

  long between(long low, long high) {
    return low + random.nextLong(high - low + 1);
  }

  void after(long delayNanos, Runnable work) {
    queue.add(new Task(nowNanos + delayNanos, order++, work));
  }

  /** Again and again, not quite in step, while this process lives and is not stopped. */
  void every(long periodNanos, Node node, Runnable work) {
    every(periodNanos, node, node.life, work);
  }

  private void every(long periodNanos, Node node, int born, Runnable work) {
    after(
        periodNanos + between(0, periodNanos / 10),
        () -> {
          if (node.life == born) {
            if (!node.paused) {
              work.run();
            }
            every(periodNanos, node, born, work);
          }
        });
  }

  /** Goes on to this time, one event after the other. */
  void runUntil(long untilNanos) {
    while (!queue.isEmpty() && queue.peek().at <= untilNanos) {
      Task task = queue.poll();
      nowNanos = task.at;
      events++;
      task.work.run();
    }
    nowNanos = untilNanos;
  }

  // ---- faults

  void cut(Node from, Node to, boolean value) {
    cut[from.index][to.index] = value;
  }

  boolean isCut(Node from, Node to) {
    return cut[from.index][to.index];
  }

  void healNetwork() {
    cut = new boolean[nodes.size()][nodes.size()];
    lossRate = 0;
    duplicateRate = 0;
    longDelayRate = 0;
  }

  /** Works on what came while it was stopped. */
  void resume(Node node) {
    node.paused = false;
    while (!node.inbox.isEmpty() && node.alive && !node.paused) {
      node.inbox.remove().run();
    }
  }

  void crash(Node node) {
    node.alive = false;
    node.paused = false;
    node.life++;
    node.inbox.clear();
  }

  /** Runs it at the node when the node runs; not at all if the node has crashed since. */
  void atNode(Node node, Runnable work) {
    int life = node.life;
    if (!node.alive) {
      return;
    }
    if (node.paused) {
      node.inbox.add(() -> atNode(node, life, work));
    } else {
      work.run();
    }
  }

  private void atNode(Node node, int life, Runnable work) {
    if (node.alive && node.life == life) {
      work.run();
    }
  }

  // ---- messages

  long delayNanos() {
    if (chance(longDelayRate)) {
      tally.add(Tally.Seen.LONG_DELAY);
      return between(50 * MS, 700 * MS);
    }
    return between(MS / 10, 3 * MS);
  }

  /** A message that may be lost, late and repeated. */
  void send(Node from, Node to, Runnable work) {
    if (chance(lossRate)) {
      tally.add(Tally.Seen.LOSS);
      return;
    }
    deliver(from, to, work);
    if (chance(duplicateRate)) {
      tally.add(Tally.Seen.DUPLICATE);
      deliver(from, to, work);
    }
  }

  private void deliver(Node from, Node to, Runnable work) {
    after(
        delayNanos(),
        () -> {
          if (!isCut(from, to)) {
            atNode(to, work);
          }
        });
  }
}
