package holdfast.health.failover;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Role;
import holdfast.health.failover.Failover.Effect;
import holdfast.health.failover.Failover.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The backends are asked where they stand, each once it can be commanded, until one of them can be
 * promoted (PROTOCOL.md, "consult").
 */
final class Consultation {
  private Consultation() {}

  static Stage.Consulting begin(FailoverConfig config, Attempt attempt, long nowNanos) {
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

  /** Goes on as far as the answers allow. */
  static Step advance(
      FailoverConfig config,
      Stage.Consulting consulting,
      long nowNanos,
      Predicate<NodeAddress> usable) {
    Planned planned = consulting.attempt().planned();
    if (planned != null
        && !Choosing.masterAnswered(consulting, planned)
        && (Choosing.answered(consulting, planned.from())
            || planned.isOver(nowNanos)
            || (nowNanos - consulting.waitNanos() >= 0 && !usable.test(planned.from())))) {
      return unplanned(config, consulting, nowNanos);
    }
    Choice choice = Choosing.choose(config, consulting, nowNanos);
    return switch (choice) {
      case Choice.Promote promote ->
          planned != null
                  && planned.mayAwaitOthers(nowNanos)
                  && Choosing.lacksAnswers(consulting, planned)
              ? askFirst(config, consulting, nowNanos, usable)
              : promote(config, consulting, nowNanos, promote, usable);
      case Choice.Wait wait ->
          nowNanos - consulting.deadlineNanos() >= 0
              ? Failover.giveUp(consulting, nowNanos, wait.missing())
              : ask(config, consulting, nowNanos, usable);
      case Choice.Refuse refuse ->
          nowNanos - consulting.waitNanos() >= 0
              ? Failover.giveUp(consulting, nowNanos, refuse.facts())
              : ask(config, consulting, nowNanos, usable);
    };
  }

  private static Step ask(
      FailoverConfig config,
      Stage.Consulting consulting,
      long nowNanos,
      Predicate<NodeAddress> usable) {
    Planned planned = consulting.attempt().planned();
    if (planned != null
        && Choosing.masterAnswered(consulting, planned)
        && Choosing.answered(consulting, planned.to())
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
      return Activation.activate(
          config, consulting, nowNanos, info, choice, info.masterOffset(), consulting.answers());
    }
    if (!usable.test(choice.backend())) {
      // It answered and its connection died since: perhaps it did too. Ask again.
      return nowNanos - consulting.deadlineNanos() >= 0
          ? Failover.giveUp(consulting, nowNanos, "no connection to " + choice.backend())
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

  /** A backend said where it stands. */
  static Stage.Consulting answered(
      Stage.Consulting consulting, NodeAddress backend, NodeInfo info) {
    List<Answer> answers = without(consulting.answers(), backend);
    answers.add(new Answer(backend, info));
    return new Stage.Consulting(
        consulting.attempt(),
        consulting.deadlineNanos(),
        consulting.waitNanos(),
        consulting.asked(),
        answers);
  }

  /** What it said may not be true of the process that is met next: it is asked again. */
  static Stage.Consulting lost(Stage.Consulting consulting, NodeAddress backend) {
    var asked = new ArrayList<>(consulting.asked());
    asked.remove(backend);
    return new Stage.Consulting(
        consulting.attempt(),
        consulting.deadlineNanos(),
        consulting.waitNanos(),
        asked,
        without(consulting.answers(), backend));
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
}
