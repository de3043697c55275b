package holdfast.routing.read;

/**
 * Picks the node that serves a read. Two are drawn by their weights, and the first serves it unless
 * the second would be clearly quicker: what it has in flight and how long it takes to answer count,
 * in flight measured by the weight. So idle nodes share by weight, a node that falls behind gets
 * less at once, and many proxies that see the same do not all run to the same node.
 *
 * <p>For each read: {@link #clear}, {@link #offer} those that are fit, {@link #choose}. Makes no
 * objects. One per loop; one thread. Source: Mitzenmacher, "The Power of Two Choices in Randomized
 * Load Balancing".
 */
public final class ReplicaChoice {
  /** No node was offered. */
  public static final int NONE = -1;

  /** The second of the two must be quicker than this share of the first, or the first stays. */
  private static final double CLEARLY = 0.75;

  private final int[] nodes;
  private final int[] inFlight;
  private final int[] weights;
  private final long[] latencyNanos;
  private final boolean[] near;
  private int count;
  private boolean anyNear;

  /** For at most so many nodes. */
  public ReplicaChoice(int nodesMax) {
    nodes = new int[nodesMax];
    inFlight = new int[nodesMax];
    weights = new int[nodesMax];
    latencyNanos = new long[nodesMax];
    near = new boolean[nodesMax];
  }

  /** Begins anew. */
  public void clear() {
    count = 0;
    anyNear = false;
  }

  /**
   * This node is fit.
   *
   * @param node what {@link #choose} answers for it, 0 or more
   * @param commands sent to it and not answered
   * @param weight of it, more than 0; {@link Rotation#WHOLE} is that of an ordinary node
   * @param latency how long it takes to answer, in nanoseconds
   * @param isNear whether it comes before all that are not, where that is asked for
   */
  public void offer(int node, int commands, int weight, long latency, boolean isNear) {
    nodes[count] = node;
    inFlight[count] = commands;
    weights[count] = weight;
    latencyNanos[count] = latency;
    near[count] = isNear;
    anyNear |= isNear;
    count++;
  }

  /**
   * Picks one of those offered.
   *
   * @param nearFirst whether others are picked only if none is near
   * @param random 64 random bits
   * @return a node, or {@link #NONE}
   */
  public int choose(boolean nearFirst, long random) {
    boolean onlyNear = nearFirst && anyNear;
    int total = 0;
    for (int i = 0; i < count; i++) {
      total += counts(i, onlyNear) ? weights[i] : 0;
    }
    if (total == 0) {
      return NONE;
    }
    int first = drawn(Integer.remainderUnsigned((int) random, total), onlyNear, NONE);
    int others = total - weights[first];
    if (others == 0) {
      return nodes[first];
    }
    int second = drawn(Integer.remainderUnsigned((int) (random >>> 32), others), onlyNear, first);
    return nodes[cost(second) < cost(first) * CLEARLY ? second : first];
  }

  private boolean counts(int i, boolean onlyNear) {
    return near[i] || !onlyNear;
  }

  private int drawn(int ticket, boolean onlyNear, int besides) {
    int left = ticket;
    for (int i = 0; i < count; i++) {
      if (i != besides && counts(i, onlyNear)) {
        left -= weights[i];
        if (left < 0) {
          return i;
        }
      }
    }
    throw new IllegalStateException("ticket " + ticket + " of no node");
  }

  private double cost(int i) {
    return (double) latencyNanos[i] * (1 + (double) inFlight[i] * Rotation.WHOLE / weights[i]);
  }
}
