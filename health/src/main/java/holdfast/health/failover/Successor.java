package holdfast.health.failover;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.BackendEntry;
import holdfast.backend.model.AcceptedRecord.Former;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.EpochChain.Position;
import holdfast.backend.model.NodeAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who becomes master of a later epoch: lineage first, then offset (PROTOCOL.md, "consult").
 *
 * <p>A backend counts if its process is one that the record knows (it has not restarted since it
 * was seen caught up) and the chain of epochs tells where its data stands. At K >= 1 at least N - K
 * must count, of the set before a change as well until the change has settled, or else the recorded
 * master itself, which lacks nothing that was acknowledged; of <em>all</em> that count the most
 * advanced is promoted, or nobody if it is one that may not be: another one may lack acknowledged
 * writes. At K = 0 all are asked, for consult-wait, and the best of those that count and may be
 * promoted is taken; one whose process is known and whose data is of an unknown history stops that,
 * for nobody can tell what it has that the others lack. If every backend has restarted (cold start)
 * all N must answer, and the most advanced wins; empty ones have nothing to lose then, unknown
 * histories with data stop it.
 */
public final class Successor {
  private final AcceptedRecord record;
  private final List<BackendEntry> members;
  private final EpochChain chain;
  private final boolean emptyMayWin;

  /**
   * @param record the latest known
   * @param members the backends of the record to come, one of which is promoted
   * @param chain of all epochs known
   * @param emptyMayWin at a cold start with no data anywhere: go on with none instead of asking an
   *     operator
   */
  public Successor(
      AcceptedRecord record, List<BackendEntry> members, EpochChain chain, boolean emptyMayWin) {
    this.record = record;
    this.members = List.copyOf(members);
    this.chain = chain;
    this.emptyMayWin = emptyMayWin;
  }

  /**
   * Decides.
   *
   * @param answers of each backend at most one
   * @param waited whether consult-wait is over, or each backend has answered or refused the
   *     connection
   */
  public Choice choose(List<Answer> answers, boolean waited) {
    Former former = record.unsettled();
    boolean durable =
        record.replicasRequired() > 0 || (former != null && former.replicasRequired() > 0);
    List<Answer> counting = new ArrayList<>();
    int known = 0;
    boolean unknownData = false;
    for (Answer answer : answers) {
      if (counts(former, answer.backend())
          && (durable || promotable(answer))
          && record.knowsProcess(answer.backend(), answer.info().runId())) {
        known++;
        if (chain.positionOf(answer.info()) != null) {
          counting.add(answer);
        } else if (answer.info().dataOffset() >= 0 && answer.info().keys() > 0) {
          unknownData = true;
        }
      }
    }
    int all = record.countedBackends();
    if (durable) {
      if (enough(counting, record.backends(), record.replicasRequired())
          && (former == null || enough(counting, former.backends(), former.replicasRequired()))) {
        return best(counting);
      }
      if (waited && hasAll(counting)) {
        return best(counting);
      }
    } else if (unknownData && !(waited && hasAll(counting))) {
      return new Choice.Wait(
          "data of unknown history might be ahead of all that is known: "
              + state(answers)
              + "; if its history cannot be known any more, "
              + FirstStart.COMMAND);
    } else if (!counting.isEmpty()) {
      return waited || counting.size() == all
          ? best(counting)
          : new Choice.Wait("consult-wait is not over");
    }
    // At K = 0 nothing more can be waited for once all N have answered; at K >= 1 an operator says
    // so.
    if (known > 0 && (durable || answers.size() < all)) {
      return new Choice.Wait(
          "too few backends that have not restarted say where they stand: "
              + state(answers)
              + (durable ? "; if no more can come, " + FirstStart.COMMAND : ""));
    }
    return coldStart(answers);
  }

  /**
   * Whether the recorded master itself is among them, not restarted and with data of its epoch: it
   * has all that was acknowledged before (it was promoted for that) and all that was acknowledged
   * since (it answered it), however few others there are. No later epoch can have acknowledged
   * anything: a majority would have accepted its record, and one of these was asked for its vote.
   */
  private boolean hasAll(List<Answer> counting) {
    for (Answer answer : counting) {
      Position position = chain.positionOf(answer.info());
      if (answer.backend().equals(record.master())
          && answer.info().runId().equals(record.masterRunId())
          && position != null
          && position.epoch() == record.epoch()) {
        return true;
      }
    }
    return false;
  }

  /** At K = 0 nothing is promised of what only this set had: as many as there are will do. */
  private static boolean enough(List<Answer> counting, List<BackendEntry> set, int k) {
    if (k == 0) {
      return true;
    }
    int count = 0;
    for (Answer answer : counting) {
      if (AcceptedRecord.isCounted(set, answer.backend())) {
        count++;
      }
    }
    return count >= AcceptedRecord.counted(set) - k;
  }

  /**
   * In the set, or in the one before a change that has not settled: who has priority 0 by now may
   * be the one that has it all.
   */
  private boolean counts(@Nullable Former former, NodeAddress backend) {
    return record.isCounted(backend)
        || (former != null && AcceptedRecord.isCounted(former.backends(), backend));
  }

  private Choice coldStart(List<Answer> answers) {
    Former former = record.unsettled();
    int all = 0;
    for (BackendEntry backend : Attempt.asked(record)) {
      all += counts(former, backend.address()) ? 1 : 0;
    }
    List<Answer> counted = new ArrayList<>();
    for (Answer answer : answers) {
      if (answer.info().priority() > 0 && counts(former, answer.backend())) {
        counted.add(answer);
      }
    }
    if (counted.size() < all) {
      return new Choice.Wait(
          "cold start needs all "
              + all
              + " backends: "
              + state(answers)
              + "; "
              + FirstStart.COMMAND);
    }
    List<Answer> comparable = new ArrayList<>();
    for (Answer answer : counted) {
      if (chain.positionOf(answer.info()) != null) {
        comparable.add(answer);
      } else if (answer.info().loading()) {
        return new Choice.Wait(answer.backend() + " is loading its data");
      } else if (answer.info().keys() > 0) {
        return new Choice.Refuse(
            "cold start: the data of "
                + answer.backend()
                + " is of no recorded history: "
                + FirstStart.facts(answers)
                + "; "
                + FirstStart.COMMAND);
      }
    }
    if (!comparable.isEmpty()) {
      return best(comparable);
    }
    return emptyMayWin && promotable(counted.getFirst())
        ? new Choice.Promote(counted.getFirst(), false, 0, -1)
        : new Choice.Refuse(
            "cold start: every backend is empty, though there was data once: "
                + FirstStart.facts(answers)
                + "; "
                + FirstStart.COMMAND);
  }

  private Choice best(List<Answer> counting) {
    Position most = null;
    for (Answer answer : counting) {
      Position position = chain.positionOf(answer.info());
      if (position != null && (most == null || position.compareTo(most) > 0)) {
        most = position;
      }
    }
    Answer best = null;
    for (Answer answer : counting) {
      if (most != null
          && promotable(answer)
          && most.equals(chain.positionOf(answer.info()))
          && (best == null || preferred(answer, best))) {
        best = answer;
      }
    }
    return most == null || best == null
        ? new Choice.Wait(
            "who has most data may not be promoted: it has priority 0 or is leaving: "
                + state(counting)
                + "; "
                + FirstStart.COMMAND)
        : promote(best, most);
  }

  /** Equal data: the master stays, then Redis's priority (lower first), then the address. */
  private boolean preferred(Answer one, Answer other) {
    boolean master = one.backend().equals(record.master());
    if (master || other.backend().equals(record.master())) {
      return master;
    }
    int byPriority = Integer.compare(one.info().priority(), other.info().priority());
    return byPriority != 0 ? byPriority < 0 : one.backend().compareTo(other.backend()) < 0;
  }

  /**
   * Under a replication id that nobody recorded, the second one tells how far the data is known:
   * the new epoch's history leaves its base there.
   */
  private Choice.Promote promote(Answer answer, Position position) {
    boolean past = position.offset() < answer.info().dataOffset();
    return new Choice.Promote(answer, false, position.epoch(), past ? position.offset() : -1);
  }

  /** An operator's word: this backend, whatever the others have. */
  public static Choice decided(
      NodeAddress backend, List<Answer> answers, @Nullable EpochChain chain) {
    for (Answer answer : answers) {
      if (answer.backend().equals(backend)) {
        Position position = chain == null ? null : chain.positionOf(answer.info());
        return new Choice.Promote(answer, false, position == null ? 0 : position.epoch(), -1);
      }
    }
    return new Choice.Wait("no answer from " + backend + ", which the operator chose");
  }

  private boolean promotable(Answer answer) {
    return answer.info().priority() > 0 && AcceptedRecord.isCounted(members, answer.backend());
  }

  private String state(List<Answer> answers) {
    var text = new StringBuilder();
    for (BackendEntry backend : Attempt.asked(record)) {
      String said = "no answer";
      for (Answer answer : answers) {
        if (answer.backend().equals(backend.address())) {
          Position position = chain.positionOf(answer.info());
          said =
              (record.knowsProcess(answer.backend(), answer.info().runId())
                      ? "same process"
                      : "restarted")
                  + (position == null
                      ? ", data of unknown history "
                          + answer.info().replicationId().value().substring(0, 8)
                          + " to "
                          + answer.info().dataOffset()
                      : ", data of epoch " + position.epoch() + " to " + position.offset());
        }
      }
      text.append(text.isEmpty() ? "" : ", ").append(backend.address()).append(": ").append(said);
    }
    return text.toString();
  }
}
