package holdfast.health.failover;

import holdfast.backend.lease.LeaseClock;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.VoterEntry;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Role;
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
      // What it said may not be true of the process that is met next: it is asked again.
      var asked = new ArrayList<>(consulting.asked());
      asked.remove(backend);
      return Step.of(
          new Stage.Consulting(
              consulting.attempt(),
              consulting.deadlineNanos(),
              consulting.waitNanos(),
              asked,
              without(consulting.answers(), backend)));
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
    if (!(stage instanceof Stage.Consulting consulting)) {
      return stage;
    }
    List<Answer> answers = without(consulting.answers(), backend);
    answers.add(new Answer(backend, info));
    return new Stage.Consulting(
        consulting.attempt(),
        consulting.deadlineNanos(),
        consulting.waitNanos(),
        consulting.asked(),
        answers);
  }

  private static List<Answer> without(List<Answer> answers, NodeAddress backend) {
    var others = new ArrayList<Answer>(answers.size() + 1);
    for (Answer answer : answers) {
      if (!answer.backend().equals(backend)) {
        others.add(answer);
      }
    }
    return others;
  }

  /** The promoted backend says what it is now. */
  public static Step promoted(
      FailoverConfig config, Stage stage, long nowNanos, NodeAddress backend, NodeInfo info) {
    if (!(stage instanceof Stage.Promoting promoting)
        || !promoting.choice().backend().equals(backend)) {
      return Step.of(stage);
    }
    NodeInfo before = promoting.choice().answer().info();
    if (!info.runId().equals(before.runId())) {
      return giveUp(promoting, nowNanos, backend + " restarted while it was promoted");
    }
    if (info.role() != Role.MASTER) {
      return giveUp(promoting, nowNanos, backend + " is no master after its promotion");
    }
    if (!before.replicationId().equals(info.secondReplicationId())
        || info.replicationId().equals(before.replicationId())) {
      return giveUp(
          promoting, nowNanos, backend + " shows another history after its promotion than before");
    }
    long forkOffset = info.secondOffset() - 1;
    if (forkOffset < before.dataOffset()) {
      return giveUp(
          promoting,
          nowNanos,
          backend + " stood at " + forkOffset + " when promoted, before at " + before.dataOffset());
    }
    return activate(
        config, promoting, nowNanos, info, promoting.choice(), forkOffset, promoting.answers());
  }

  private static Step activate(
      FailoverConfig config,
      Stage.Running stage,
      long nowNanos,
      NodeInfo info,
      Choice.Promote choice,
      long forkOffset,
      List<Answer> answers) {
    Attempt attempt = stage.attempt();
    long start = choice.startOffset() >= 0 ? choice.startOffset() : forkOffset;
    AcceptedRecord record = EpochRecord.of(config, attempt, choice, info, start, answers);
    return Step.of(
        new Stage.Activating(attempt, nowNanos + config.commandNanos(), record, List.of()),
        new Effect.Decided(record, answers));
  }

  /** A voter has accepted the record of this epoch. */
  public static Step accepted(Stage stage, long nowNanos, NodeId voter) {
    if (!(stage instanceof Stage.Activating activating) || activating.accepted().contains(voter)) {
      return Step.of(stage);
    }
    var accepted = new ArrayList<>(activating.accepted());
    accepted.add(voter);
    var next =
        new Stage.Activating(
            activating.attempt(), activating.deadlineNanos(), activating.record(), accepted);
    return activating(next, nowNanos);
  }

  /**
   * In force once a majority of its voters has accepted it. One of those before it as well, if they
   * can be waited for: whoever leaves may be gone, and no majority of theirs without them.
   */
  private static Step activating(Stage.Activating activating, long nowNanos) {
    AcceptedRecord record = activating.record();
    if (!majority(record.voters(), activating.accepted())
        || (!majority(activating.attempt().voters(), activating.accepted())
            && nowNanos - activating.deadlineNanos() < 0)) {
      return Step.of(activating);
    }
    long millis = (nowNanos - activating.attempt().startedNanos()) / 1_000_000;
    return Step.of(
        new Stage.Adopting(activating.epoch(), nowNanos),
        new Effect.Note(
            "epoch "
                + activating.epoch()
                + " in force: master "
                + record.master()
                + " from offset "
                + record.startOffset()
                + ", "
                + millis
                + " ms after standing"));
  }

  private static boolean majority(List<VoterEntry> voters, List<NodeId> accepted) {
    return voters.stream().filter(voter -> accepted.contains(voter.id())).count()
        > voters.size() / 2;
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
      case Stage.Consulting consulting -> consulting(config, consulting, nowNanos, usable);
      case Stage.Promoting promoting ->
          nowNanos - promoting.deadlineNanos() >= 0
              ? giveUp(promoting, nowNanos, "no answer to the promotion")
              : Step.of(promoting);
      // What a majority does not accept stays unfinished, and its voters stand themselves.
      case Stage.Activating activating -> activating(activating, nowNanos);
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
        begin(config, attempt, nowNanos),
        new Effect.Note("epoch " + attempt.epoch() + ": leases have ended, asking the backends"));
  }

  private static Stage.Consulting begin(FailoverConfig config, Attempt attempt, long nowNanos) {
    long waitNanos = nowNanos + config.consultWaitNanos();
    long deadlineNanos = waitNanos + config.patienceNanos();
    Planned planned = attempt.planned();
    if (planned != null) {
      return new Stage.Consulting(
          attempt.planned(planned.fenced(nowNanos)),
          deadlineNanos + planned.limitNanos(),
          waitNanos,
          List.of(),
          List.of());
    }
    return new Stage.Consulting(attempt, deadlineNanos, waitNanos, List.of(), List.of());
  }

  /** The old master is gone: all are asked afresh, as in any switch. */
  private static Step unplanned(FailoverConfig config, Stage.Consulting consulting, long nowNanos) {
    return Step.of(
        begin(config, consulting.attempt().planned(null), nowNanos),
        new Effect.Note(
            "epoch "
                + consulting.epoch()
                + ": the master does not answer, the switch goes on without a plan"));
  }

  private static Step consulting(
      FailoverConfig config,
      Stage.Consulting consulting,
      long nowNanos,
      Predicate<NodeAddress> usable) {
    Planned planned = consulting.attempt().planned();
    if (planned != null
        && !masterAnswered(consulting, planned)
        && (answered(consulting, planned.from())
            || planned.isOver(nowNanos)
            || (nowNanos - consulting.waitNanos() >= 0 && !usable.test(planned.from())))) {
      return unplanned(config, consulting, nowNanos);
    }
    Choice choice = choose(config, consulting, nowNanos);
    return switch (choice) {
      case Choice.Promote promote ->
          planned != null && planned.mayAwaitOthers(nowNanos) && lacksAnswers(consulting, planned)
              ? askFirst(config, consulting, nowNanos, usable)
              : promote(config, consulting, nowNanos, promote, usable);
      case Choice.Wait wait ->
          nowNanos - consulting.deadlineNanos() >= 0
              ? giveUp(consulting, nowNanos, wait.missing())
              : ask(config, consulting, nowNanos, usable);
      case Choice.Refuse refuse ->
          nowNanos - consulting.waitNanos() >= 0
              ? giveUp(consulting, nowNanos, refuse.facts())
              : ask(config, consulting, nowNanos, usable);
    };
  }

  private static Choice choose(FailoverConfig config, Stage.Consulting consulting, long nowNanos) {
    Attempt attempt = consulting.attempt();
    AcceptedRecord base = attempt.base();
    NodeAddress decided = attempt.decided();
    Change.Terms terms = attempt.terms();
    if (decided != null) {
      if (terms != null && !AcceptedRecord.isCounted(terms.backends(), decided)) {
        return new Choice.Refuse(decided + ", for which an operator decided, does not count");
      }
      Choice choice = Successor.decided(decided, consulting.answers(), attempt.chain());
      return base == null && choice instanceof Choice.Promote promote
          ? new Choice.Promote(
              promote.answer(), promote.answer().info().role() == Role.MASTER, 0, 0)
          : choice;
    }
    if (base == null) {
      var backends = new ArrayList<NodeAddress>();
      for (AcceptedRecord.BackendEntry entry : config.backends()) {
        backends.add(entry.address());
      }
      return FirstStart.choose(backends, inOrder(backends, consulting.answers()));
    }
    Planned planned = attempt.planned();
    if (planned != null && !masterAnswered(consulting, planned)) {
      return new Choice.Wait("no answer from the master " + planned.from());
    }
    Choice choice =
        new Successor(
                base,
                terms == null ? base.backends() : terms.backends(),
                attempt.chain(),
                config.emptyMayWin())
            .choose(consulting.answers(), waited(config, consulting, nowNanos));
    return planned != null && choice instanceof Choice.Promote best
        ? planned.prefer(
            best,
            base,
            attempt.chain(),
            consulting.answers(),
            nowNanos,
            attempt.refused().contains(planned.to()))
        : choice;
  }

  private static List<Answer> inOrder(List<NodeAddress> backends, List<Answer> answers) {
    var ordered = new ArrayList<Answer>(answers.size());
    for (NodeAddress backend : backends) {
      for (Answer answer : answers) {
        if (answer.backend().equals(backend)) {
          ordered.add(answer);
        }
      }
    }
    return ordered;
  }

  private static boolean waited(FailoverConfig config, Stage.Consulting consulting, long nowNanos) {
    if (nowNanos - consulting.waitNanos() >= 0) {
      return true;
    }
    Planned planned = consulting.attempt().planned();
    if (planned != null && masterAnswered(consulting, planned)) {
      return true; // no lease runs, so nobody is more advanced than he
    }
    for (AcceptedRecord.BackendEntry backend : consulting.attempt().backends(config)) {
      if (!answered(consulting, backend.address())
          && !consulting.attempt().refused().contains(backend.address())) {
        return false;
      }
    }
    return true;
  }

  /** The old master answered, and is what the record says. */
  private static boolean masterAnswered(Stage.Consulting consulting, Planned planned) {
    AcceptedRecord base = consulting.attempt().base();
    for (Answer answer : consulting.answers()) {
      if (answer.backend().equals(planned.from())) {
        return base != null
            && answer.info().role() == Role.MASTER
            && answer.info().runId().equals(base.masterRunId());
      }
    }
    return false;
  }

  /**
   * Whether fewer replicas have answered than writes will wait for. Who answers counts from the
   * start of the epoch, and the old master is the last to follow the new one.
   */
  private static boolean lacksAnswers(Stage.Consulting consulting, Planned planned) {
    AcceptedRecord base = consulting.attempt().base();
    if (base == null) {
      return false;
    }
    int others = 0;
    int answers = 0;
    for (AcceptedRecord.BackendEntry entry : base.backends()) {
      NodeAddress backend = entry.address();
      if (entry.priority() > 0
          && !backend.equals(planned.to())
          && !backend.equals(planned.from())
          && !consulting.attempt().refused().contains(backend)) {
        others++;
        answers += answered(consulting, backend) ? 1 : 0;
      }
    }
    return answers < Math.min(others, base.replicasRequired());
  }

  private static boolean answered(Stage.Consulting consulting, NodeAddress backend) {
    for (Answer answer : consulting.answers()) {
      if (answer.backend().equals(backend)) {
        return true;
      }
    }
    return false;
  }

  private static Step ask(
      FailoverConfig config,
      Stage.Consulting consulting,
      long nowNanos,
      Predicate<NodeAddress> usable) {
    Planned planned = consulting.attempt().planned();
    if (planned != null
        && masterAnswered(consulting, planned)
        && answered(consulting, planned.to())
        && planned.mayAskAgain(nowNanos)
        && usable.test(planned.to())) {
      return Step.of(
          new Stage.Consulting(
              consulting.attempt().planned(planned.askedAgain(nowNanos)),
              consulting.deadlineNanos(),
              consulting.waitNanos(),
              consulting.asked(),
              without(consulting.answers(), planned.to())),
          new Effect.Consult(planned.to(), false));
    }
    return askFirst(config, consulting, nowNanos, usable);
  }

  /** Asks those that were not asked yet. */
  private static Step askFirst(
      FailoverConfig config,
      Stage.Consulting consulting,
      long nowNanos,
      Predicate<NodeAddress> usable) {
    Attempt attempt = consulting.attempt();
    Planned planned = attempt.planned();
    boolean othersFirst = nowNanos - consulting.waitNanos() < 0;
    // The wanted one has to go on receiving.
    boolean cut = attempt.durable() && planned == null;
    var asked = new ArrayList<>(consulting.asked());
    var effects = new ArrayList<Effect>();
    for (AcceptedRecord.BackendEntry backend : attempt.backends(config)) {
      NodeAddress address = backend.address();
      if (!asked.contains(address)
          && usable.test(address)
          && !(othersFirst && address.equals(attempt.avoid()))) {
        asked.add(address);
        if (planned != null && address.equals(planned.from())) {
          effects.add(new Effect.Pause(address, planned.pauseNanos()));
        }
        effects.add(new Effect.Consult(address, cut));
      }
    }
    return new Step(
        effects.isEmpty()
            ? consulting
            : new Stage.Consulting(
                consulting.attempt(),
                consulting.deadlineNanos(),
                consulting.waitNanos(),
                asked,
                consulting.answers()),
        effects);
  }

  private static Step promote(
      FailoverConfig config,
      Stage.Consulting consulting,
      long nowNanos,
      Choice.Promote choice,
      Predicate<NodeAddress> usable) {
    Attempt attempt = consulting.attempt();
    NodeInfo info = choice.answer().info();
    // An engine has to hear of its epoch, and with it from whom it gets its lease.
    if (choice.asItIs() && !info.isEngine()) {
      return activate(
          config, consulting, nowNanos, info, choice, info.masterOffset(), consulting.answers());
    }
    if (!usable.test(choice.backend())) {
      // It answered and its connection died since: perhaps it did too. Ask again.
      return nowNanos - consulting.deadlineNanos() >= 0
          ? giveUp(consulting, nowNanos, "no connection to " + choice.backend())
          : Step.of(consulting);
    }
    return Step.of(
        new Stage.Promoting(
            attempt, nowNanos + config.commandNanos(), choice, consulting.answers()),
        new Effect.Note(
            "epoch "
                + attempt.epoch()
                + ": promotes "
                + choice.backend()
                + " with data of epoch "
                + choice.baseEpoch()
                + " to offset "
                + info.dataOffset()),
        new Effect.Promote(choice.backend(), info.role() == Role.MASTER));
  }

  /** Gives the epoch up; it stays without a master. */
  public static Step giveUp(Stage stage, long nowNanos, String reason) {
    return Step.of(
        new Stage.GivenUp(stage.epoch(), nowNanos, reason),
        new Effect.Note("epoch " + stage.epoch() + " given up: " + reason));
  }
}
