package holdfast.health.vote;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.NodeInfo;
import holdfast.health.detect.DownReason;
import holdfast.health.detect.NodeWatch;
import holdfast.health.failover.LeaderLinks;
import holdfast.health.failover.Planned;
import holdfast.health.failover.Stage;
import holdfast.health.vote.SwitchAnswer.Refused;
import org.jspecify.annotations.Nullable;

/**
 * A planned switchover, from the operator's word to the answer.
 *
 * <p>Everything that can be found out or prepared without effect comes first: a replica that had,
 * within the limit, what the master had when it was asked; a majority that would vote for it; and
 * the connections over which it will be done, already named after the epoch to come and confirmed.
 * (A name before the vote is as good as one after it: whoever leads a later epoch finds it, and
 * nothing is sent on the connection unless this voter leads the epoch it is named after.) Only then
 * the epoch is begun, so that writes wait for nothing but round trips.
 */
final class Switchover {
  private Switchover() {}

  // ---- asked

  static void asked(Turn turn, VoterEvent.SwitchAsked asked) {
    AcceptedRecord record = turn.durable.record();
    Refused refusal = refusal(turn, record, asked);
    if (record == null || refusal != null) {
      turn.effect(
          new VoterEffect.SwitchAnswered(
              asked.replyTo(),
              refusal == null ? new Refused(Refused.NOT_NOW, "no master yet") : refusal));
      return;
    }
    turn.order = Order.asked(asked, record.master(), turn.nowNanos);
    turn.note(
        "asked to switch over from "
            + record.master()
            + (asked.to() == null ? "" : " to " + asked.to()));
    ask(turn, record);
  }

  private static @Nullable Refused refusal(
      Turn turn, @Nullable AcceptedRecord record, VoterEvent.SwitchAsked asked) {
    if (turn.order != null || turn.stage instanceof Stage.Running || turn.preVote != null) {
      return new Refused(Refused.IN_PROGRESS, "another switch is under way");
    }
    if (record == null) {
      return new Refused(Refused.NOT_NOW, "no master yet");
    }
    if (turn.unfinished()) {
      return new Refused(
          Refused.IN_PROGRESS,
          "epoch "
              + Math.max(turn.durable.votedEpoch(), turn.heardEpoch)
              + " has been begun and has no master yet");
    }
    if (turn.busy()) {
      return new Refused(
          Refused.NOT_NOW, "this voter has just started and votes in nothing yet; ask another one");
    }
    DownReason down = Elections.masterDown(turn);
    if (down != DownReason.UP) {
      return new Refused(
          Refused.NOT_NOW,
          "master "
              + record.master()
              + " is down ("
              + down
              + "): that is no planned switchover"
              + (turn.durable.maintenance().on() ? ", and maintenance is on" : ""));
    }
    NodeAddress to = asked.to();
    if (to == null) {
      return null;
    }
    if (to.equals(record.master())) {
      return new Refused(Refused.NO_GOOD_REPLICA, to + " is the master already");
    }
    return turn.info(to) == null && priority(record, to) < 0
        ? new Refused(Refused.NO_GOOD_REPLICA, to + " is none of the backends")
        : null;
  }

  private static int priority(AcceptedRecord record, NodeAddress backend) {
    for (AcceptedRecord.BackendEntry entry : record.backends()) {
      if (entry.address().equals(backend)) {
        return entry.priority();
      }
    }
    return -1;
  }

  /** INFO of the master, and of those who have not got where he was. */
  private static void ask(Turn turn, AcceptedRecord record) {
    Order order = turn.order;
    for (AcceptedRecord.BackendEntry entry : record.backends()) {
      NodeAddress backend = entry.address();
      if (order != null
          && (backend.equals(record.master())
              ? order.mark() < 0
              : order.to() == null || backend.equals(order.to()))) {
        turn.effect(new VoterEffect.AskInfo(backend));
      }
    }
  }

  /** Whether this voter would vote for another one's planned switchover. */
  static boolean agrees(Turn turn, PeerMessage.PreVoteAsk ask) {
    AcceptedRecord record = turn.durable.record();
    return record != null
        && record.epoch() == ask.acceptedEpoch()
        && turn.inEpoch()
        && !turn.unfinished()
        && !turn.busy()
        && turn.order == null
        && turn.preVote == null
        && !(turn.stage instanceof Stage.Running);
  }

  static void preVoteAnswered(Turn turn, NodeId from, PeerMessage.PreVoteAnswer answer) {
    Order order = turn.order;
    if (order != null
        && order.phase() == Order.Phase.AGREEING
        && order.round() == answer.round()
        && answer.agreed()
        && answer.votedEpoch() < order.epoch()) {
      turn.order = order.agreed(from);
    }
  }

  /** Connections are opened before the epoch is begun. */
  static boolean wantsLinks(Turn turn) {
    Order order = turn.order;
    return order != null
        && order.phase() == Order.Phase.AGREEING
        && turn.links.epoch() == order.epoch();
  }

  // ---- on its way

  static void tick(Turn turn) {
    Order order = turn.order;
    AcceptedRecord record = turn.durable.record();
    if (order != null && record != null && order.phase() == Order.Phase.CHECKING) {
      ask(turn, record);
    }
  }

  /** Whatever has become possible by the event. */
  static void advance(Turn turn) {
    Order order = turn.order;
    if (order == null) {
      return;
    }
    if (order.phase() == Order.Phase.SWITCHING) {
      switching(turn, order);
      return;
    }
    AcceptedRecord record = turn.durable.record();
    if (record == null
        || turn.unfinished()
        || turn.stage instanceof Stage.Running
        || !record.master().equals(order.master())) {
      refuse(turn, Refused.IN_PROGRESS, "another switch came first");
    } else if (turn.standing || Elections.masterDown(turn) != DownReason.UP) {
      refuse(turn, Refused.NOT_NOW, "master " + record.master() + " went down meanwhile");
    } else if (order.phase() == Order.Phase.CHECKING) {
      checking(turn, order, record);
    } else {
      agreeing(turn, order, record);
    }
  }

  private static void checking(Turn turn, Order asked, AcceptedRecord record) {
    Order order = asked;
    NodeWatch master = watch(turn, record.master());
    NodeInfo leading = master == null ? null : master.info();
    if (order.mark() < 0
        && master != null
        && leading != null
        && master.infoNanos() - order.askedNanos() > 0) {
      order = order.marked(leading.masterOffset());
      turn.order = order;
    }
    NodeAddress chosen = order.mark() < 0 ? null : best(turn, order, record);
    if (chosen != null) {
      agree(turn, order, record, chosen);
    } else if (turn.nowNanos - order.deadlineNanos() >= 0) {
      refuse(turn, Refused.NO_GOOD_REPLICA, facts(turn, order, record));
    }
  }

  /**
   * Of those that may be promoted and have what the master had when he was asked: lowest priority
   * value first, as in Redis, then the most data. Half the limit is left to the better ones.
   */
  private static @Nullable NodeAddress best(Turn turn, Order order, AcceptedRecord record) {
    NodeWatch best = null;
    boolean all = true;
    for (NodeWatch watch : turn.watches) {
      NodeAddress backend = watch.address();
      if (backend.equals(record.master())
          || (order.to() != null && !order.to().equals(backend))
          || !unfit(turn, record, watch).isEmpty()) {
        continue;
      }
      NodeInfo info = watch.info();
      boolean there =
          info != null
              && watch.infoNanos() - order.askedNanos() > 0
              && info.dataOffset() >= order.mark();
      all &= there;
      if (there && info != null && (best == null || better(record, watch, info, best))) {
        best = watch;
      }
    }
    boolean patient =
        turn.nowNanos - order.askedNanos() < order.limitNanos() / 2 && order.to() == null;
    return best == null || (patient && !all) ? null : best.address();
  }

  private static boolean better(
      AcceptedRecord record, NodeWatch one, NodeInfo info, NodeWatch other) {
    NodeInfo otherInfo = other.info();
    if (otherInfo == null) {
      return true;
    }
    int byPriority =
        Integer.compare(
            rank(record, one.address(), info), rank(record, other.address(), otherInfo));
    if (byPriority != 0) {
      return byPriority < 0;
    }
    int byData = Long.compare(info.dataOffset(), otherInfo.dataOffset());
    return byData != 0 ? byData > 0 : one.address().compareTo(other.address()) < 0;
  }

  private static int rank(AcceptedRecord record, NodeAddress backend, NodeInfo info) {
    return Math.max(priority(record, backend), info.priority());
  }

  /** Why a backend cannot become master, whatever its offset; empty if it can. */
  private static String unfit(Turn turn, AcceptedRecord record, NodeWatch watch) {
    NodeInfo info = watch.info();
    if (info == null) {
      return "not connected";
    }
    if (priority(record, watch.address()) <= 0 || info.priority() <= 0) {
      return "priority 0";
    }
    if (!info.isReplicaOf(record.master())) {
      return "does not follow the master";
    }
    if (!info.linkUp() || info.syncing() || info.loading()) {
      return "its link to the master is down";
    }
    if (turn.nowNanos - watch.lastValidNanos() >= turn.config.detect().downAfterNanos()) {
      return "silent";
    }
    for (AcceptedRecord.Adopted adopted : record.adopted()) {
      if (adopted.epoch() == record.epoch()
          && adopted.address().equals(watch.address())
          && adopted.runId().equals(info.runId())) {
        return "";
      }
    }
    return "not adopted yet: it has not caught up in epoch " + record.epoch();
  }

  private static String facts(Turn turn, Order order, AcceptedRecord record) {
    if (order.mark() < 0) {
      return "master " + record.master() + " did not say how far it is";
    }
    var text = new StringBuilder("no replica can be promoted: ");
    if (order.to() != null) {
      text = new StringBuilder(order.to() + " cannot be promoted: ");
    }
    String separator = "";
    for (NodeWatch watch : turn.watches) {
      if (watch.address().equals(record.master())
          || (order.to() != null && !order.to().equals(watch.address()))) {
        continue;
      }
      NodeInfo info = watch.info();
      String unfit = unfit(turn, record, watch);
      String why =
          !unfit.isEmpty() || info == null
              ? unfit
              : turn.nowNanos - watch.lastValidNanos() >= order.limitNanos() / 2
                  ? "does not answer"
                  : (order.mark() - info.dataOffset())
                      + " bytes behind after "
                      + order.limitNanos() / 1_000_000
                      + " ms";
      text.append(separator).append(watch.address()).append(' ').append(why);
      separator = ", ";
    }
    return text.append("; nothing has changed").toString();
  }

  private static void agree(Turn turn, Order order, AcceptedRecord record, NodeAddress chosen) {
    turn.preVoteRound++;
    long epoch = Elections.nextEpoch(turn);
    turn.order =
        order.agreeing(
            chosen,
            epoch,
            turn.preVoteRound,
            turn.config.self(),
            turn.nowNanos + turn.config.failover().commandNanos());
    turn.sendAll(
        new PeerMessage.PreVoteAsk(
            turn.preVoteRound, turn.durable.votedEpoch(), record.epoch(), true, false));
    Elections.replaceLinks(turn, Elections.linksOf(turn, epoch));
    advance(turn); // a single voter agrees with itself
  }

  private static void agreeing(Turn turn, Order order, AcceptedRecord record) {
    NodeAddress to = order.to();
    NodeWatch watch = to == null ? null : watch(turn, to);
    boolean agreed = order.agreed().size() >= turn.majority();
    boolean connected =
        to != null
            && turn.links.epoch() == order.epoch()
            && turn.links.usable(to, turn.majorities())
            && turn.links.usable(order.master(), turn.majorities());
    if (to == null || watch == null || !unfit(turn, record, watch).isEmpty()) {
      refuse(
          turn,
          Refused.NO_GOOD_REPLICA,
          to + " " + (watch == null ? "is gone" : unfit(turn, record, watch)));
    } else if (agreed && connected && Elections.nextEpoch(turn) == order.epoch()) {
      turn.order = order.switching();
      Elections.stand(
          turn, "planned switchover to " + to, Planned.of(to, order.master(), order.limitNanos()));
      advance(turn);
    } else if (turn.nowNanos - order.deadlineNanos() >= 0) {
      refuse(
          turn,
          Refused.NOT_NOW,
          agreed
              ? "no connection to " + order.master() + " and " + to + " to command them"
              : order.agreed().size()
                  + " voters of "
                  + turn.majority()
                  + " needed agree to a switch now");
    }
  }

  private static void switching(Turn turn, Order order) {
    if (turn.stage instanceof Stage.Running running && running.epoch() == order.epoch()) {
      return;
    }
    AcceptedRecord record = turn.durable.record();
    NodeAddress to = order.to();
    if (turn.stage instanceof Stage.Adopting && record != null && to != null) {
      end(
          turn,
          record.master().equals(to)
              ? new SwitchAnswer.Done(to, record.epoch(), turn.nowNanos - order.askedNanos())
              : new Refused(
                  Refused.FAILED,
                  to
                      + " did not get all of the data in time; master is "
                      + record.master()
                      + " in epoch "
                      + record.epoch()));
      return;
    }
    if (turn.links.epoch() == order.epoch()) {
      turn.effect(new VoterEffect.Resume(order.epoch(), order.master()));
    }
    end(
        turn,
        new Refused(
            Refused.FAILED,
            "epoch "
                + order.epoch()
                + " was given up"
                + (turn.stage instanceof Stage.GivenUp given ? ": " + given.reason() : "")
                + "; the voters find a master by themselves"));
  }

  /** Nothing has changed: connections are again those of the epoch in force. */
  private static void refuse(Turn turn, String code, String reason) {
    Order order = turn.order;
    if (order != null
        && order.phase() == Order.Phase.AGREEING
        && turn.links.epoch() == order.epoch()
        && !(turn.stage instanceof Stage.Running)) {
      AcceptedRecord record = turn.durable.record();
      Elections.replaceLinks(
          turn,
          record == null || turn.durable.unfinished()
              ? LeaderLinks.of(0, java.util.List.of(), turn.nowNanos)
              : Elections.linksOf(turn, record.epoch()));
    }
    end(turn, new Refused(code, reason));
  }

  private static void end(Turn turn, SwitchAnswer answer) {
    Order order = turn.order;
    turn.order = null;
    if (order == null) {
      return;
    }
    switch (answer) {
      case SwitchAnswer.Done done ->
          turn.note(
              "switched over to "
                  + done.master()
                  + " in epoch "
                  + done.epoch()
                  + ", "
                  + done.tookNanos() / 1_000_000
                  + " ms after it was asked for");
      case Refused refused -> turn.warn("no switchover: " + refused.reason());
    }
    turn.effect(new VoterEffect.SwitchAnswered(order.replyTo(), answer));
  }

  private static @Nullable NodeWatch watch(Turn turn, NodeAddress backend) {
    for (NodeWatch watch : turn.watches) {
      if (watch.address().equals(backend)) {
        return watch;
      }
    }
    return null;
  }
}
