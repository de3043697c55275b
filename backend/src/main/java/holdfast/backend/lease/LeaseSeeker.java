package holdfast.backend.lease;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When a process asks for its lease, what it shows its own loops of it, and what it tells the
 * voters: the decisions of {@code LeaseKeeper}, which has the links and timers.
 *
 * <p>It <em>asks</em>, <em>rests</em> (it is no holder at present, but may become one: it asks for
 * nothing, hears of nothing, has nothing to give up), or is <em>over</em>. Invariant: whatever ends
 * a lease shows so <em>before</em> it tells the voters, since they may promote another master from
 * that moment on. One thread.
 */
public final class LeaseSeeker {
  /** What the shell is to do, in this order. */
  public sealed interface Effect {
    /** Let the loops see this. */
    record Show(LeaseView view) implements Effect {}

    /** Talk to the voters that this record names, and to no others. */
    record Meet(AcceptedRecord record) implements Effect {}

    /** Tell each voter. */
    record Tell(LeaseRequest.GaveUp word) implements Effect {}

    /** Wait at each voter for news. */
    record WatchAll() implements Effect {}

    /**
     * A new epoch's lease is wanted: ask all more often until it is held. Only for the case that
     * news get lost: a voter that has not accepted the epoch would refuse, and says when it has.
     */
    record Hurry() implements Effect {}

    /** Ask the voter that has just answered. */
    record AskAgain() implements Effect {}

    /** Say {@link #drained} of this epoch at this time, if nobody has by then. */
    record LimitDrain(long epoch, long atNanos) implements Effect {}
  }

  private static final NodeId UNNAMED = new NodeId("unnamed");

  private final LeaseHolder holder;
  private LeaseView shown = LeaseView.NONE;
  private boolean running;
  private boolean asking;

  /**
   * @param holder of a process never used before, that has asked nobody yet
   */
  public LeaseSeeker(LeaseHolder holder) {
    this.holder = holder;
  }

  /** Its own side of the lease. */
  public LeaseHolder holder() {
    return holder;
  }

  /** Whether it has begun, and is not over. */
  public boolean isRunning() {
    return running;
  }

  /** Whether it wants a lease: else no voter is asked for anything. */
  public boolean isAsking() {
    return running && asking;
  }

  /** Whether it holds the lease of the epoch it shows. */
  public boolean holds(long nowNanos) {
    return shown.holds(shown.epoch(), nowNanos);
  }

  /** Begins to ask, or to rest. */
  public void start(boolean asks) {
    running = true;
    asking |= asks;
  }

  /**
   * Asks for the lease of this epoch and those after it; those before it are given up. Without
   * effect once it is over.
   */
  public List<Effect> ask(long epoch) {
    var effects = new ArrayList<Effect>();
    if (!running) {
      return effects;
    }
    boolean rested = !asking;
    asking = true;
    if (holder.laterEpoch(epoch)) {
      show(effects);
      if (!rested) {
        effects.add(new Effect.Tell(holder.gaveUp()));
      }
    }
    if (rested) {
      effects.add(new Effect.WatchAll());
      effects.add(new Effect.Hurry());
    }
    return effects;
  }

  /**
   * Gives up the latest epoch with those before it, and asks for no other until {@link #ask}. Like
   * its end it begins no epoch, for nobody has to switch for it.
   */
  public List<Effect> rest() {
    var effects = new ArrayList<Effect>();
    if (running && asking) {
      asking = false;
      giveUpAll(effects);
    }
    return effects;
  }

  /** As {@link #rest}, for good. */
  public List<Effect> end() {
    var effects = new ArrayList<Effect>();
    running = false;
    giveUpAll(effects);
    return effects;
  }

  private void giveUpAll(List<Effect> effects) {
    AcceptedRecord last = holder.record();
    if (last != null && holder.laterEpoch(last.epoch() + 1)) {
      show(effects);
    }
    effects.add(new Effect.Tell(holder.gaveUp().ending()));
  }

  /** An epoch has been heard of elsewhere than from a voter: those before it are given up. */
  public List<Effect> laterEpoch(long epoch) {
    var effects = new ArrayList<Effect>();
    if (running && holder.laterEpoch(epoch)) {
      show(effects);
      if (asking) {
        effects.add(new Effect.Tell(holder.gaveUp()));
      }
    }
    return effects;
  }

  /**
   * Nothing of this epoch is under way any more, or its lease has ended: gives it up, if it is
   * being drained.
   */
  public List<Effect> drained(long epoch) {
    var effects = new ArrayList<Effect>();
    AcceptedRecord record = holder.record();
    if (holder.isDraining() && record != null && record.epoch() == epoch && holder.drained()) {
      show(effects);
      effects.add(new Effect.Tell(holder.gaveUp()));
    }
    return effects;
  }

  /**
   * A voter has answered.
   *
   * @param voter null if nobody knows yet which one it is: what it tells counts, a grant does not
   * @throws IllegalStateException if it tells another decision of an epoch than is known: never to
   *     be seen. The lease runs out, which is safe
   */
  public List<Effect> answered(@Nullable NodeId voter, LeaseReply answer, long nowNanos) {
    var effects = new ArrayList<Effect>();
    if (!running) {
      return effects;
    }
    AcceptedRecord before = holder.record();
    boolean drainedBefore = holder.isDraining();
    boolean gaveUp =
        voter != null
            ? holder.answered(voter, answer)
            : holder.answered(
                UNNAMED,
                new LeaseReply.Changed(answer.votedEpoch(), answer.record(), answer.planned()));
    AcceptedRecord after = holder.record();
    if (after != null && !after.equals(before)) {
      effects.add(new Effect.Meet(after));
    }
    show(effects);
    if (!asking) {
      return effects;
    }
    if (gaveUp) {
      effects.add(new Effect.Tell(holder.gaveUp()));
    }
    if (after == null) {
      return effects;
    }
    if (holder.isDraining() && !drainedBefore) {
      // The lease's own end is the end of the drain too, if nothing else was.
      effects.add(new Effect.LimitDrain(after.epoch(), holder.heldUntilNanos(after.epoch())));
    }
    boolean another = before == null || before.epoch() < after.epoch();
    if (another) {
      effects.add(new Effect.Hurry());
    }
    boolean mayGrant = another ? !(answer instanceof LeaseReply.Granted) : isNewsOf(after, answer);
    if (mayGrant && !holds(nowNanos)) {
      effects.add(new Effect.AskAgain());
    }
    return effects;
  }

  /** Whether the voter has just accepted what others had told before. */
  private static boolean isNewsOf(AcceptedRecord record, LeaseReply answer) {
    AcceptedRecord told = answer.record();
    return answer instanceof LeaseReply.Changed && told != null && told.epoch() == record.epoch();
  }

  private void show(List<Effect> effects) {
    AcceptedRecord record = holder.record();
    var next =
        record == null
            ? LeaseView.NONE
            : new LeaseView(record, holder.heldUntilNanos(record.epoch()), holder.isDraining());
    if (!next.equals(shown)) {
      shown = next;
      effects.add(new Effect.Show(next));
    }
  }
}
