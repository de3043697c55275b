package holdfast.health.failover;

import holdfast.backend.lease.LeaseClock;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.NodeInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A leader's way through one epoch (PROTOCOL.md, "Switching the master").
 *
 * <pre>
 * Voting -> Fencing -> Consulting -> Promoting -> Activating -> Adopting
 *    \_________\____________\____________\______-> GivenUp
 * </pre>
 *
 * Invariants: nothing is asked of a backend before the fence is closed; nothing is promoted that
 * did not answer in this epoch; the record is written once. Whatever fails or takes too long gives
 * the epoch up: then the epoch stays without master and is skipped, which costs nothing but time,
 * while a repetition of a command whose fate is unknown could make two decisions of one.
 *
 * <p>A planned switchover ({@link Planned}) goes the same way. It differs in that holders run their
 * leases down instead of dropping them, and in whom it promotes among equals; if the old master
 * does not answer, it becomes a switch that nobody planned.
 */
public final class Failover {
  /** What the voter is to do. */
  public sealed interface Effect {
    /**
     * Ask a backend where it stands, after killing earlier leaders' connections to it.
     *
     * @param cut in one transaction with the question cut it from its master, or off from writes if
     *     it is one: what is acknowledged later than its answer it does not have, so that nothing
     *     is lost even if leases failed because a clock lied
     */
    record Consult(NodeAddress backend, boolean cut) implements Effect {}

    /** Let clients of the backend wait with writes, so long at most; it may not know how. */
    record Pause(NodeAddress backend, long nanos) implements Effect {}

    /**
     * Make a backend master.
     *
     * @param again it is one already, and needs a new replication id
     */
    record Promote(NodeAddress backend, boolean again) implements Effect {}

    /**
     * The record of this epoch: accept it, and have a majority accept it.
     *
     * @param answers what the backends said in this epoch, before any of them knew of the master
     */
    record Decided(AcceptedRecord record, List<Answer> answers) implements Effect {
      /** Copies the list. */
      public Decided {
        answers = List.copyOf(answers);
      }
    }

    /** A line for the log. */
    record Note(String text) implements Effect {}
  }

  /** The next stage and what to do. */
  public record Step(Stage stage, List<Effect> effects) {
    static Step of(Stage stage, Effect... effects) {
      return new Step(stage, List.of(effects));
    }
  }

  /** A vote is waited for eight times as long at most. */
  private static final int VOTING_DOUBLINGS = 3;

  private Failover() {}

  /**
   * Stands in the attempt's epoch; the candidate's own vote is already in it.
   *
   * @param failures candidacies of this voter that failed in a row: where votes take long, for want
   *     of CPU or on a bad network, another epoch as short as the last would fail like it
   */
  public static Step stand(FailoverConfig config, Attempt attempt, long nowNanos, int failures) {
    Planned planned = attempt.planned();
    long patientNanos = config.votingNanos() << Math.clamp(failures, 0, VOTING_DOUBLINGS);
    // Holders of leases have been told: a slow vote costs less than another epoch.
    long votingNanos =
        planned == null ? patientNanos : Math.max(patientNanos, planned.limitNanos());
    return advance(config, new Stage.Voting(attempt, nowNanos + votingNanos), nowNanos, _ -> false);
  }

  /**
   * A voter has voted for this candidate, or says again how long its grants run.
   *
   * @param remainingNanos on the voter's clock, from when it answered
   */
  public static Stage voted(
      Stage stage,
      long nowNanos,
      NodeId voter,
      long remainingNanos,
      @Nullable AcceptedRecord record,
      EpochChain chain) {
    return switch (stage) {
      case Stage.Voting voting ->
          voting.with(counted(voting.attempt(), nowNanos, voter, remainingNanos, record, chain));
      case Stage.Fencing fencing ->
          fencing.with(counted(fencing.attempt(), nowNanos, voter, remainingNanos, record, chain));
      case Stage.Consulting _,
          Stage.Promoting _,
          Stage.Activating _,
          Stage.Adopting _,
          Stage.GivenUp _ ->
          stage; // the majority is there already
    };
  }

  private static Attempt counted(
      Attempt attempt,
      long nowNanos,
      NodeId voter,
      long remainingNanos,
      @Nullable AcceptedRecord record,
      EpochChain chain) {
    long endNanos =
        remainingNanos <= 0 ? nowNanos : LeaseClock.voterEndNanos(nowNanos, remainingNanos);
    return attempt.voted(voter, endNanos, record, chain);
  }

  /**
   * An operator decided for this backend: a leader that has promoted none yet goes by that. Not in
   * a planned switchover, whose master is alive.
   */
  public static Stage decided(Stage stage, NodeAddress backend) {
    return switch (stage) {
      case Stage.Voting voting -> decided(voting, backend);
      case Stage.Fencing fencing -> decided(fencing, backend);
      case Stage.Consulting consulting -> decided(consulting, backend);
      case Stage.Promoting _, Stage.Activating _, Stage.Adopting _, Stage.GivenUp _ -> stage;
    };
  }

  private static Stage decided(Stage.Running stage, NodeAddress backend) {
    Attempt attempt = stage.attempt();
    return attempt.planned() == null ? stage.with(attempt.decided(backend)) : stage;
  }

  /** The connection to a backend came up, or failed; {@code refused}: no process listens there. */
  public static Step connection(
      Stage stage, long nowNanos, NodeAddress backend, boolean up, boolean refused) {
    if (!(stage instanceof Stage.Running running)) {
      return Step.of(stage);
    }
    Stage.Running known = running.with(running.attempt().refused(backend, !up && refused));
    if (up) {
      return Step.of(known);
    }
    if (known instanceof Stage.Consulting consulting) {
      return Step.of(Consultation.lost(consulting, backend));
    }
    if (known instanceof Stage.Promoting promoting
        && promoting.choice().backend().equals(backend)) {
      return giveUp(
          promoting, nowNanos, "lost the connection to " + backend + " while promoting it");
    }
    return Step.of(known);
  }

  /** A backend said where it stands. */
  public static Stage consulted(Stage stage, NodeAddress backend, NodeInfo info) {
    return stage instanceof Stage.Consulting consulting
        ? Consultation.answered(consulting, backend, info)
        : stage;
  }

  /** The promoted backend says what it is now. */
  public static Step promoted(
      FailoverConfig config, Stage stage, long nowNanos, NodeAddress backend, NodeInfo info) {
    return stage instanceof Stage.Promoting promoting
            && promoting.choice().backend().equals(backend)
        ? Activation.promoted(config, promoting, nowNanos, info)
        : Step.of(stage);
  }

  /** A voter has accepted the record of this epoch. */
  public static Step accepted(Stage stage, long nowNanos, NodeId voter) {
    return stage instanceof Stage.Activating activating
        ? Activation.accepted(activating, nowNanos, voter)
        : Step.of(stage);
  }

  /**
   * Goes on as far as it can: called after each event and on each tick.
   *
   * @param usable whether commands may go out on the connection to a backend
   */
  public static Step advance(
      FailoverConfig config, Stage stage, long nowNanos, Predicate<NodeAddress> usable) {
    var effects = new ArrayList<Effect>();
    Stage next = stage;
    while (true) {
      Step step = once(config, next, nowNanos, usable);
      effects.addAll(step.effects());
      boolean moved = step.stage().getClass() != next.getClass();
      next = step.stage();
      if (!moved) {
        return new Step(next, effects);
      }
    }
  }

  private static Step once(
      FailoverConfig config, Stage stage, long nowNanos, Predicate<NodeAddress> usable) {
    return switch (stage) {
      case Stage.Voting voting -> voting(voting, nowNanos);
      case Stage.Fencing fencing -> fencing(config, fencing, nowNanos);
      case Stage.Consulting consulting ->
          Consultation.advance(config, consulting, nowNanos, usable);
      case Stage.Promoting promoting ->
          nowNanos - promoting.deadlineNanos() >= 0
              ? giveUp(promoting, nowNanos, "no answer to the promotion")
              : Step.of(promoting);
      // What a majority does not accept stays unfinished, and its voters stand themselves.
      case Stage.Activating activating -> Activation.advance(activating, nowNanos);
      case Stage.Adopting _, Stage.GivenUp _ -> Step.of(stage);
    };
  }

  private static Step voting(Stage.Voting voting, long nowNanos) {
    Attempt attempt = voting.attempt();
    if (attempt.isElected()) {
      long last = nowNanos;
      for (Attempt.Vote vote : attempt.votes()) {
        last = vote.fenceEndNanos() - last > 0 ? vote.fenceEndNanos() : last;
      }
      return Step.of(
          new Stage.Fencing(attempt, last),
          new Effect.Note(
              "leads epoch "
                  + attempt.epoch()
                  + "; leases run for "
                  + (last - nowNanos) / 1_000_000
                  + " ms at most"));
    }
    return nowNanos - voting.deadlineNanos() >= 0
        ? giveUp(
            voting,
            nowNanos,
            attempt.votes().size() + " votes of " + attempt.majorities().needed() + " needed")
        : Step.of(voting);
  }

  private static Step fencing(FailoverConfig config, Stage.Fencing fencing, long nowNanos) {
    Attempt attempt = fencing.attempt();
    if (!attempt.isFenced(nowNanos)) {
      return Step.of(fencing);
    }
    return Step.of(
        Consultation.begin(config, attempt, nowNanos),
        new Effect.Note("epoch " + attempt.epoch() + ": leases have ended, asking the backends"));
  }

  /** Gives the epoch up; it stays without a master. */
  public static Step giveUp(Stage stage, long nowNanos, String reason) {
    return Step.of(
        new Stage.GivenUp(stage.epoch(), nowNanos, reason),
        new Effect.Note("epoch " + stage.epoch() + " given up: " + reason));
  }
}
