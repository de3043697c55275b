package holdfast.health.failover;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.EpochChain.Position;
import holdfast.backend.model.NodeAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who becomes master of a later epoch: lineage first, then offset (PROTOCOL.md, "consult").
 *
 * <p>A backend counts if its process is one that the record knows (it has not restarted since it
 * was seen caught up) and the chain of epochs tells where its data stands. At K >= 1 N - K must
 * count; at K = 0 all are asked, for consult-wait, and the best of those that count is taken. If
 * every backend has restarted (cold start) all N must answer, and the most advanced wins; empty
 * ones have nothing to lose then, unknown histories with data stop it.
 */
public final class Successor {
  private final AcceptedRecord record;
  private final EpochChain chain;
  private final boolean emptyMayWin;

  /**
   * @param record the latest known
   * @param chain of all epochs known
   * @param emptyMayWin at a cold start with no data anywhere: go on with none instead of asking an
   *     operator
   */
  public Successor(AcceptedRecord record, EpochChain chain, boolean emptyMayWin) {
    this.record = record;
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
    List<Answer> counting = new ArrayList<>();
    int known = 0;
    for (Answer answer : answers) {
      if (!promotable(answer)) {
        continue;
      }
      if (record.knowsProcess(answer.backend(), answer.info().runId())) {
        known++;
        if (chain.positionOf(answer.info()) != null) {
          counting.add(answer);
        }
      }
    }
    int all = record.countedBackends();
    if (record.replicasRequired() > 0) {
      int needed = all - record.replicasRequired();
      if (counting.size() >= needed) {
        return best(counting);
      }
    } else if (!counting.isEmpty()) {
      return waited || counting.size() == all
          ? best(counting)
          : new Choice.Wait("consult-wait is not over");
    }
    // At K = 0 nothing more can be waited for once all N have answered; at K >= 1 an operator says
    // so.
    if (known > 0 && (record.replicasRequired() > 0 || answers.size() < all)) {
      return new Choice.Wait(
          "too few backends that have not restarted say where they stand: " + state(answers));
    }
    return coldStart(answers, all);
  }

  private Choice coldStart(List<Answer> answers, int all) {
    List<Answer> promotable = new ArrayList<>();
    for (Answer answer : answers) {
      if (promotable(answer)) {
        promotable.add(answer);
      }
    }
    if (promotable.size() < all) {
      return new Choice.Wait(
          "cold start needs all "
              + all
              + " backends: "
              + state(answers)
              + "; "
              + FirstStart.COMMAND);
    }
    List<Answer> comparable = new ArrayList<>();
    for (Answer answer : promotable) {
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
    return emptyMayWin
        ? new Choice.Promote(promotable.getFirst(), false, 0, -1)
        : new Choice.Refuse(
            "cold start: every backend is empty, though there was data once: "
                + FirstStart.facts(answers)
                + "; "
                + FirstStart.COMMAND);
  }

  private Choice best(List<Answer> counting) {
    Map<NodeAddress, Position> positions = new HashMap<>();
    for (Answer answer : counting) {
      Position position = chain.positionOf(answer.info());
      if (position != null) {
        positions.put(answer.backend(), position);
      }
    }
    Answer best = null;
    Position bestPosition = null;
    for (Answer answer : counting) {
      Position position = positions.get(answer.backend());
      if (position != null
          && (best == null
              || bestPosition == null
              || better(answer, position, best, bestPosition))) {
        best = answer;
        bestPosition = position;
      }
    }
    if (best == null || bestPosition == null) {
      throw new IllegalStateException("nothing to choose from");
    }
    return promote(best, bestPosition);
  }

  private boolean better(Answer one, Position at, Answer other, Position otherAt) {
    int byData = at.compareTo(otherAt);
    if (byData != 0) {
      return byData > 0;
    }
    // Equal data: the master stays, then Redis's priority (lower first), then the address.
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
    if (answer.info().priority() == 0) {
      return false;
    }
    for (AcceptedRecord.BackendEntry backend : record.backends()) {
      if (backend.address().equals(answer.backend())) {
        return backend.priority() > 0;
      }
    }
    return false;
  }

  private String state(List<Answer> answers) {
    var text = new StringBuilder();
    for (AcceptedRecord.BackendEntry backend : record.backends()) {
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
