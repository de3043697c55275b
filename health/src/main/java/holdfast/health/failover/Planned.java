package holdfast.health.failover;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.EpochChain.Position;
import holdfast.backend.model.NodeAddress;
import java.util.List;

/**
 * The wish of a planned switchover: this replica, once it has all that the master has.
 *
 * <p>It only chooses between equals. Whoever the consulted backends' data makes successor stays
 * successor until the wanted one is as advanced; then the wanted one takes his place. If it does
 * not get there in time, the most advanced one does, which is the old master himself: nothing but
 * the epoch has changed then.
 *
 * @param to who is wanted
 * @param from the master that is asked to leave; while he answers nobody is more advanced than he,
 *     since no lease runs
 * @param limitNanos how long after the fence the wanted one is waited for
 * @param untilNanos when that ends; known once the fence is closed
 * @param asks how often the wanted one was asked again
 * @param askedNanos when it was last asked again
 */
public record Planned(
    NodeAddress to, NodeAddress from, long limitNanos, long untilNanos, int asks, long askedNanos) {
  /** Mostly it is there at once, or one round trip later. */
  private static final int ASKS_AT_ONCE = 3;

  private static final long ASK_AGAIN_NANOS = 5_000_000;

  /** All were asked at the same time, so who has not answered by then may be hanging. */
  private static final long OTHERS_NANOS = 20_000_000;

  /** Direct clients of the old master stay paused no longer than this beyond the limit. */
  private static final long PAUSE_SPARE_NANOS = 1_000_000_000;

  /** The wish, before the fence is closed. */
  public static Planned of(NodeAddress to, NodeAddress from, long limitNanos) {
    return new Planned(to, from, limitNanos, 0, 0, 0);
  }

  Planned fenced(long nowNanos) {
    return new Planned(to, from, limitNanos, nowNanos + limitNanos, 0, nowNanos);
  }

  Planned askedAgain(long nowNanos) {
    return new Planned(to, from, limitNanos, untilNanos, asks + 1, nowNanos);
  }

  boolean mayAskAgain(long nowNanos) {
    return asks < ASKS_AT_ONCE || nowNanos - askedNanos >= ASK_AGAIN_NANOS;
  }

  /** For a moment after the fence: whoever does not answer at once costs clients no more. */
  boolean mayAwaitOthers(long nowNanos) {
    return nowNanos - (untilNanos - limitNanos) < OTHERS_NANOS;
  }

  boolean isOver(long nowNanos) {
    return nowNanos - untilNanos >= 0;
  }

  long pauseNanos() {
    return limitNanos + PAUSE_SPARE_NANOS;
  }

  /**
   * The wanted one instead of {@code best}, if its data is as good; a wait, while it may still
   * become so; else {@code best}.
   *
   * @param lost no process listens at the wanted one's address
   */
  Choice prefer(
      Choice.Promote best,
      AcceptedRecord base,
      EpochChain chain,
      List<Answer> answers,
      long nowNanos,
      boolean lost) {
    if (best.backend().equals(to)) {
      return best;
    }
    Position bestAt = chain.positionOf(best.answer().info());
    for (Answer answer : answers) {
      if (answer.backend().equals(to)
          && base.knowsProcess(to, answer.info().runId())
          && answer.info().priority() > 0) {
        Position at = chain.positionOf(answer.info());
        if (at != null && bestAt != null && at.compareTo(bestAt) >= 0) {
          return new Choice.Promote(answer, false, at.epoch(), -1);
        }
      }
    }
    return lost || isOver(nowNanos)
        ? best
        : new Choice.Wait(to + " does not have all that " + best.backend() + " has");
  }
}
