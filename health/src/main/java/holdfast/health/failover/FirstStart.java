package holdfast.health.failover;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Role;
import java.util.ArrayList;
import java.util.List;

/**
 * Who becomes master of the first epoch, when there is no record: exactly one master with data is
 * adopted as it is, or all are empty and one is promoted. Anything else could throw data away, so
 * it is refused with the facts and the command that decides.
 */
public final class FirstStart {
  private FirstStart() {}

  /**
   * Decides.
   *
   * @param backends all of them that count, in the configured order
   * @param answers of each at most one
   */
  public static Choice choose(List<NodeAddress> backends, List<Answer> answers) {
    var missing = new ArrayList<NodeAddress>(backends);
    answers.forEach(answer -> missing.remove(answer.backend()));
    if (!missing.isEmpty()) {
      return new Choice.Wait("first start needs every backend, no answer from " + missing);
    }
    for (Answer answer : answers) {
      if (answer.info().loading()) {
        return new Choice.Wait(answer.backend() + " is loading its data");
      }
    }
    List<Answer> mastersWithData = new ArrayList<>();
    List<Answer> replicasWithData = new ArrayList<>();
    for (Answer answer : answers) {
      if (answer.info().keys() > 0) {
        (answer.info().role() == Role.MASTER ? mastersWithData : replicasWithData).add(answer);
      }
    }
    if (mastersWithData.isEmpty() && replicasWithData.isEmpty()) {
      return empty(answers);
    }
    if (mastersWithData.size() != 1) {
      return refuse(
          mastersWithData.isEmpty()
              ? "backends hold data but none of them is a master"
              : "more than one master holds data",
          answers);
    }
    Answer master = mastersWithData.getFirst();
    for (Answer replica : replicasWithData) {
      if (!replica.info().replicationId().equals(master.info().replicationId())) {
        return refuse(
            replica.backend() + " holds data that is not of the master " + master.backend(),
            answers);
      }
    }
    return new Choice.Promote(master, true, 0, 0);
  }

  /**
   * All empty: a lone master stays master, else the first that answered in the configured order.
   */
  private static Choice empty(List<Answer> answers) {
    Answer chosen = null;
    for (Answer answer : answers) {
      if (answer.info().role() == Role.MASTER) {
        if (chosen != null) {
          chosen = null;
          break;
        }
        chosen = answer;
      }
    }
    return new Choice.Promote(chosen == null ? answers.getFirst() : chosen, false, 0, 0);
  }

  private static Choice refuse(String why, List<Answer> answers) {
    return new Choice.Refuse(why + ": " + facts(answers) + "; " + COMMAND);
  }

  static final String COMMAND =
      "say which one's data counts with HOLDFAST DECIDE <host:port> at any voter (the others' data"
          + " is then replaced)";

  static String facts(List<Answer> answers) {
    var text = new StringBuilder();
    for (Answer answer : answers) {
      NodeInfo info = answer.info();
      text.append(text.isEmpty() ? "" : ", ").append(answer.backend());
      text.append(info.role() == Role.MASTER ? " master" : " replica of " + info.masterAddress());
      text.append(" with ").append(info.keys()).append(" keys, replid ");
      text.append(info.replicationId().value(), 0, 8).append(", offset ");
      text.append(info.dataOffset());
    }
    return text.toString();
  }
}
