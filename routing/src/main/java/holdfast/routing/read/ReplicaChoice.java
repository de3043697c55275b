package holdfast.routing.read;

/**
 * Picks the node with the fewest commands in flight; among equals the next in turn, so that idle
 * ones share the reads. One per loop; one thread.
 */
public final class ReplicaChoice {
  /** No node is fit. */
  public static final int NONE = -1;

  private int turn;

  /**
   * Picks one.
   *
   * @param inFlight commands sent and not answered, by node; negative: the node is not fit
   * @param count how many of {@code inFlight} are filled
   * @return an index, or {@link #NONE}
   */
  public int choose(int[] inFlight, int count) {
    int best = NONE;
    int from = count == 0 ? 0 : Integer.remainderUnsigned(turn, count);
    for (int i = 0; i < count; i++) {
      int at = from + i < count ? from + i : from + i - count;
      if (inFlight[at] >= 0 && (best == NONE || inFlight[at] < inFlight[best])) {
        best = at;
      }
    }
    turn = best + 1;
    return best;
  }
}
