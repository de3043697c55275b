package holdfast.health.failover;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.Role;
import java.util.ArrayList;
import java.util.List;

/** Whom to promote, as far as the answers of a consultation go; it asks nobody itself. */
final class Choosing {
  private Choosing() {}

  static Choice choose(FailoverConfig config, Stage.Consulting consulting, long nowNanos) {
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
  static boolean masterAnswered(Stage.Consulting consulting, Planned planned) {
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
  static boolean lacksAnswers(Stage.Consulting consulting, Planned planned) {
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

  static boolean answered(Stage.Consulting consulting, NodeAddress backend) {
    for (Answer answer : consulting.answers()) {
      if (answer.backend().equals(backend)) {
        return true;
      }
    }
    return false;
  }
}
