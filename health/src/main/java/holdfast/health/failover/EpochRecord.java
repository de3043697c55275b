package holdfast.health.failover;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.Adopted;
import holdfast.backend.model.NodeInfo;
import java.util.List;
import java.util.function.Predicate;

/**
 * The record that the leader of an epoch writes, once: what it decided, what it takes over of the
 * record before, and which processes count or are known from the start.
 */
final class EpochRecord {
  private EpochRecord() {}

  /**
   * Writes it.
   *
   * @param info what the promoted backend says of itself now
   * @param answers what the backends said in this epoch, before any of them knew of the master
   */
  static AcceptedRecord of(
      FailoverConfig config,
      Attempt attempt,
      Choice.Promote choice,
      NodeInfo info,
      long startOffset,
      List<Answer> answers) {
    Change.Terms next = attempt.terms();
    Change.Terms terms = next == null ? first(config, attempt) : next;
    return new AcceptedRecord(
        attempt.epoch(),
        choice.baseEpoch(),
        choice.backend(),
        info.runId(),
        startOffset,
        List.of(info.replicationId()),
        terms.voters(),
        terms.backends(),
        adopted(attempt, terms, choice, answers),
        terms.replicasRequired(),
        terms.leaseNanos(),
        terms.engineLeaseNanos(),
        terms.former(),
        terms.formerVoters());
  }

  /** Before the first record the configuration says it all. */
  private static Change.Terms first(FailoverConfig config, Attempt attempt) {
    return new Change.Terms(
        attempt.members(),
        config.backends(),
        config.replicasRequired(),
        config.leaseNanos(),
        config.engineLeaseNanos(),
        null,
        List.of());
  }

  private static List<Adopted> adopted(
      Attempt attempt, Change.Terms terms, Choice.Promote choice, List<Answer> answers) {
    AcceptedRecord base = attempt.base();
    if (base == null) {
      // Who runs at first start has lost nothing of what comes after, as long as it runs.
      return with(List.of(), 0, answers, _ -> true);
    }
    List<Adopted> adopted =
        AcceptedRecord.withProcess(
            base.adopted(), new Adopted(base.master(), base.masterRunId(), base.epoch()));
    if (attempt.decided() == null && isColdStart(base, answers)) {
      adopted = with(adopted, base.epoch(), answers, _ -> true);
    }
    // A change of the set settles by who has reached the start of the epoch (unsettled).
    return terms.former() != null
        ? adopted
        : with(
            adopted,
            attempt.epoch(),
            answers,
            answer ->
                !answer.backend().equals(choice.backend())
                    && AcceptedRecord.isCounted(terms.backends(), answer.backend())
                    && mayCount(attempt, base, answer));
  }

  /**
   * Who answered in this epoch is out of earlier leaders' reach, and if it has not restarted since
   * it was in step it may count as soon as the new master shows it as its replica: nothing is added
   * by asking it once more.
   */
  private static boolean mayCount(Attempt attempt, AcceptedRecord base, Answer answer) {
    return base.knowsProcess(answer.backend(), answer.info().runId())
        && attempt.chain().positionOf(answer.info()) != null;
  }

  /**
   * Whether all that answered have restarted. All N did then, and the most advanced of what is left
   * was chosen ({@link Successor}): as at first start, whoever runs now has lost nothing of what
   * comes after. Were it not known as that process, a further epoch before replicas are in step
   * would wait for an operator.
   */
  private static boolean isColdStart(AcceptedRecord base, List<Answer> answers) {
    return answers.stream()
        .noneMatch(answer -> base.knowsProcess(answer.backend(), answer.info().runId()));
  }

  private static List<Adopted> with(
      List<Adopted> known, long epoch, List<Answer> answers, Predicate<Answer> whoever) {
    List<Adopted> adopted = known;
    for (Answer answer : answers) {
      if (whoever.test(answer)) {
        adopted =
            AcceptedRecord.withProcess(
                adopted, new Adopted(answer.backend(), answer.info().runId(), epoch));
      }
    }
    return adopted;
  }
}
