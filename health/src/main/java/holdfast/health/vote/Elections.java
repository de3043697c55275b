package holdfast.health.vote;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.VoterEntry;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.health.detect.DownReason;
import holdfast.health.failover.Attempt;
import holdfast.health.failover.Failover;
import holdfast.health.failover.LeaderLinks;
import holdfast.health.failover.Planned;
import holdfast.health.failover.Stage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** When to stand, pre-votes, votes. */
final class Elections {
  private static final int DOUBLINGS_MAX = 5;
  private static final long OPERATOR_NANOS = 60_000_000_000L;

  private Elections() {}

  // ---- when to stand

  static void tick(Turn turn, int random) {
    VoterState.Decision decision = turn.decided;
    if (decision != null && turn.nowNanos - decision.untilNanos() >= 0) {
      turn.decided = null;
    }
    VoterState.PreVote preVote = turn.preVote;
    if (preVote != null && turn.nowNanos - preVote.deadlineNanos() >= 0) {
      turn.preVote = null;
      turn.standing = false;
    }
    String reason = reasonToStand(turn);
    if (reason == null) {
      turn.standing = false;
      turn.preVote = null;
      return;
    }
    if (!turn.standing) {
      turn.standing = true;
      turn.standAtNanos = turn.nowNanos + delayNanos(turn, random);
    }
    if (turn.preVote == null && turn.nowNanos - turn.standAtNanos >= 0) {
      askPreVotes(turn);
    }
  }

  /** Random, within half a ping, doubled with each failure in a row. */
  private static long delayNanos(Turn turn, int random) {
    long range = (turn.config.detect().pingNanos() / 2) << Math.min(turn.failures, DOUBLINGS_MAX);
    return range / VoterEvent.RANDOM_BOUND * random;
  }

  private static @Nullable String reasonToStand(Turn turn) {
    if (atWork(turn) || turn.busy()) {
      return null;
    }
    AcceptedRecord record = turn.durable.record();
    if (turn.durable.isBlank()) {
      // Without a past only a first start, with all of the others: it may have lost its disk.
      return Founding.reasonToStand(turn);
    }
    if (!turn.isMember()) {
      return null; // removed
    }
    if (turn.decided != null) {
      return "an operator decided";
    }
    if (turn.unfinished()) {
      return turn.nowNanos - turn.unfinishedAtNanos >= 0
          ? "epoch " + Math.max(turn.durable.votedEpoch(), turn.heardEpoch) + " has no master"
          : null;
    }
    if (record == null) {
      return null; // its vote in the first start is unfinished in any case
    }
    DownReason down = masterDown(turn);
    if (down != DownReason.UP && !turn.durable.maintenance().on()) {
      return "master " + record.master() + " is down: " + down;
    }
    VoterState.PendingChange change = turn.change;
    return change == null || change.epoch() > 0 ? null : "for " + change.change();
  }

  /**
   * Whether this voter leads, or tries to. One that waits beyond its limit for a majority to accept
   * its record may wait for good: they may have voted in a later epoch.
   */
  private static boolean atWork(Turn turn) {
    return turn.stage instanceof Stage.Running
        && !(turn.stage instanceof Stage.Activating activating
            && turn.nowNanos - activating.deadlineNanos() >= 0);
  }

  static DownReason masterDown(Turn turn) {
    return MasterView.down(turn.config, turn.durable, turn.watches, turn.nowNanos);
  }

  static void decided(Turn turn, NodeAddress backend) {
    turn.decided = new VoterState.Decision(backend, turn.nowNanos + OPERATOR_NANOS);
    turn.note("an operator decided for " + backend);
    turn.stage = Failover.decided(turn.stage, backend);
    // What it stood for in vain lacked this word: the others, which lack it still, must not come
    // first each time.
    turn.failures = 0;
    turn.standing = false;
  }

  // ---- pre-vote

  private static void askPreVotes(Turn turn) {
    AcceptedRecord record = turn.durable.record();
    boolean down = record != null && !turn.unfinished() && masterDown(turn) != DownReason.UP;
    int needed = down ? Math.max(turn.quorum(), turn.majority()) : turn.majority();
    boolean wanted = turn.change != null || turn.decided != null;
    turn.preVoteRound++;
    turn.preVote =
        new VoterState.PreVote(
            turn.preVoteRound,
            turn.nowNanos + turn.config.detect().pingNanos() / 2,
            needed,
            List.of(turn.config.self()));
    turn.sendAll(
        new PeerMessage.PreVoteAsk(
            turn.preVoteRound,
            turn.durable.votedEpoch(),
            turn.durable.acceptedEpoch(),
            false,
            wanted));
    standIfAgreed(turn);
  }

  static void preVoteAsked(Turn turn, NodeId from, PeerMessage.PreVoteAsk ask) {
    turn.send(
        from,
        new PeerMessage.PreVoteAnswer(ask.round(), agrees(turn, ask), turn.durable.votedEpoch()));
    AcceptedRecord record = turn.durable.record();
    if (record != null && record.epoch() > ask.acceptedEpoch() && record.hasVoter(from)) {
      turn.send(from, new PeerMessage.Activate(record, turn.durable.chain()));
    }
  }

  /**
   * Only who sees the master down itself, or knows of an unfinished epoch. While a leader may still
   * be at work nobody else is encouraged.
   */
  private static boolean agrees(Turn turn, PeerMessage.PreVoteAsk ask) {
    AcceptedRecord record = turn.durable.record();
    boolean mineUnfinished = turn.unfinished();
    if (ask.planned()) {
      return Switchover.agrees(turn, ask);
    }
    if (turn.busy()
        || (!turn.durable.isBlank() && !turn.isMember() && !turn.wasMember())
        || atWork(turn)
        || (mineUnfinished && turn.nowNanos - turn.unfinishedAtNanos < 0)) {
      return false;
    }
    // A vote past this voter's record keeps the asker from ever accepting that record: its epoch is
    // unfinished for all. One that is only behind is sent the record instead.
    boolean theirsUnfinished =
        ask.votedEpoch() > ask.acceptedEpoch() && ask.votedEpoch() > turn.durable.acceptedEpoch();
    if (mineUnfinished || theirsUnfinished) {
      return true;
    }
    if (record == null) {
      return ask.acceptedEpoch() == 0;
    }
    return ask.acceptedEpoch() == record.epoch()
        && (ask.wanted()
            || turn.decided != null
            || (masterDown(turn) != DownReason.UP && !turn.durable.maintenance().on()));
  }

  static void preVoteAnswered(Turn turn, NodeId from, PeerMessage.PreVoteAnswer answer) {
    VoterState.PreVote preVote = turn.preVote;
    if (preVote == null || preVote.round() != answer.round() || !answer.agreed()) {
      return;
    }
    if (!preVote.agreed().contains(from)) {
      var agreed = new ArrayList<>(preVote.agreed());
      agreed.add(from);
      turn.preVote =
          new VoterState.PreVote(
              preVote.round(), preVote.deadlineNanos(), preVote.needed(), agreed);
      standIfAgreed(turn);
    }
  }

  private static void standIfAgreed(Turn turn) {
    VoterState.PreVote preVote = turn.preVote;
    if (preVote != null && preVote.agreed().size() >= preVote.needed()) {
      stand(turn);
    }
  }

  // ---- votes

  private static void stand(Turn turn) {
    stand(turn, String.valueOf(reasonToStand(turn)), null);
  }

  /** An epoch that nobody has voted in, as far as is known here. */
  static long nextEpoch(Turn turn) {
    long epoch = Math.max(turn.durable.votedEpoch(), turn.heardEpoch);
    for (PeerView peer : turn.peers) {
      epoch = peer.hello() == null ? epoch : Math.max(epoch, peer.hello().votedEpoch());
    }
    return epoch + 1;
  }

  /** Stands in the next epoch; {@code planned} tells of a planned switchover, else null. */
  static void stand(Turn turn, String reason, @Nullable Planned planned) {
    long epoch = nextEpoch(turn);
    turn.preVote = null;
    turn.standing = false;
    Durable durable = turn.durable;
    List<VoterEntry> members = Founding.members(turn);
    if (durable.isBlank()) {
      durable = durable.founded(members);
    }
    turn.persist(durable.voted(epoch, turn.config.self()));
    turn.plannedEpoch = planned == null ? 0 : epoch;
    long remaining = turn.grants.remainingNanos(turn.nowNanos);
    long limitNanos = planned == null ? 0 : planned.limitNanos();
    waitForRecord(turn, remaining + limitNanos);
    VoterState.Decision decision = turn.decided;
    VoterState.PendingChange change = turn.change;
    AcceptedRecord record = turn.durable.record();
    var attempt =
        new Attempt(
            epoch,
            members,
            turn.durable.record(),
            turn.durable.chain(),
            List.of(
                new Attempt.Vote(
                    turn.config.self(), turn.nowNanos + remaining, turn.durable.acceptedEpoch())),
            List.of(),
            decision == null ? null : decision.backend(),
            record != null && masterDown(turn) == DownReason.TOO_FEW_REPLICAS
                ? record.master()
                : null,
            change == null ? null : change.change(),
            turn.nowNanos,
            String.valueOf(reason),
            planned);
    if (change != null) {
      turn.change =
          new VoterState.PendingChange(
              change.change(), change.then(), change.replyTo(), epoch, change.untilNanos());
    }
    if (planned == null || turn.links.epoch() != epoch) {
      replaceLinks(turn, linksOf(turn, epoch));
    }
    turn.wrongs = List.of();
    turn.note("stands in epoch " + epoch + ": " + reason);
    turn.sendAll(
        new PeerMessage.VoteAsk(epoch, turn.durable.record() != null, members, limitNanos));
    turn.take(Failover.stand(turn.config.failover(), attempt, turn.nowNanos, turn.failures));
  }

  static LeaderLinks linksOf(Turn turn, long epoch) {
    AcceptedRecord record = turn.durable.record();
    var backends = new ArrayList<NodeAddress>();
    (record == null ? turn.config.failover().backends() : Attempt.asked(record))
        .forEach(entry -> backends.add(entry.address()));
    return LeaderLinks.of(epoch, backends, turn.nowNanos);
  }

  static void voteAsked(Turn turn, NodeId from, PeerMessage.VoteAsk ask) {
    Durable durable = turn.durable;
    if (turn.busy() || !mayVote(turn, ask)) {
      return;
    }
    if (durable.isBlank()) {
      durable = durable.founded(ask.members());
    }
    boolean repeated = ask.epoch() == durable.votedEpoch() && from.equals(durable.votedFor());
    if (!repeated && ask.epoch() <= durable.votedEpoch()) {
      answerVote(turn, from, ask.epoch(), false);
      return;
    }
    if (!repeated) {
      turn.persist(durable.voted(ask.epoch(), from));
      turn.plannedEpoch = ask.planned() ? ask.epoch() : 0;
      waitForRecord(turn, turn.grants.remainingNanos(turn.nowNanos) + ask.limitNanos());
      turn.preVote = null;
      turn.standing = false;
      if (turn.stage instanceof Stage.Running) {
        turn.take(Failover.giveUp(turn.stage, turn.nowNanos, "voted in a later epoch"));
      }
      replaceLinks(turn, LeaderLinks.of(0, List.of(), turn.nowNanos));
      turn.wrongs = List.of();
      turn.note("votes for " + from + " in epoch " + ask.epoch());
    }
    answerVote(turn, from, ask.epoch(), true);
  }

  /**
   * With a record on either side its voters are counted, whoever was asked ({@link
   * Attempt#majorities}). Without a past a voter takes part in nothing but a first start.
   */
  private static boolean mayVote(Turn turn, PeerMessage.VoteAsk ask) {
    if (!turn.isMe(ask.members())) {
      return false; // it has lost its disk, or the candidate does not know it, or is of elsewhere
    }
    if (turn.durable.record() != null) {
      return true;
    }
    return ask.hasRecord() ? !turn.durable.isBlank() : Founding.mayVote(turn, ask.members());
  }

  private static void answerVote(Turn turn, NodeId to, long epoch, boolean voted) {
    turn.send(
        to,
        new PeerMessage.VoteAnswer(
            epoch,
            voted,
            turn.durable.votedEpoch(),
            turn.grants.remainingNanos(turn.nowNanos),
            turn.durable.record(),
            turn.durable.chain()));
  }

  static void voteAnswered(Turn turn, NodeId from, PeerMessage.VoteAnswer answer) {
    if (!answer.voted() || answer.epoch() != turn.stage.epoch()) {
      return;
    }
    turn.stage =
        Failover.voted(
            turn.stage,
            turn.nowNanos,
            from,
            answer.remainingNanos(),
            answer.record(),
            answer.chain());
    linkBase(turn);
  }

  /** A vote may tell of a later record than this voter's own, and so of backends to be asked. */
  private static void linkBase(Turn turn) {
    if (turn.stage instanceof Stage.Running running
        && running.epoch() == turn.links.epoch()
        && running.attempt().base() != null) {
      var backends = new ArrayList<NodeAddress>();
      Attempt.asked(running.attempt().base()).forEach(entry -> backends.add(entry.address()));
      turn.links = turn.links.including(backends, turn.nowNanos);
    }
  }

  /** Leases of earlier epochs were given up: whoever this voter voted for hears what is left. */
  static void fenceShortened(Turn turn, long remainingNanos) {
    NodeId candidate = turn.durable.votedFor();
    if (candidate == null) {
      return;
    }
    if (candidate.equals(turn.config.self())) {
      if (turn.stage.epoch() == turn.durable.votedEpoch()) {
        turn.stage =
            Failover.voted(
                turn.stage,
                turn.nowNanos,
                candidate,
                remainingNanos,
                turn.durable.record(),
                turn.durable.chain());
      }
    } else {
      answerVote(turn, candidate, turn.durable.votedEpoch(), true);
    }
  }

  /** A holder writes in no epoch before this one: it was begun, wherever its voters are now. */
  static void heardOf(Turn turn, long epoch) {
    if (!turn.unfinished()) {
      waitForRecord(turn, turn.grants.remainingNanos(turn.nowNanos));
    }
    turn.heardEpoch = epoch;
  }

  /** From the vote on, an epoch without a record has this long before others stand. */
  private static void waitForRecord(Turn turn, long remainingNanos) {
    turn.unfinishedAtNanos =
        turn.nowNanos
            + remainingNanos
            + turn.config.failover().consultWaitNanos()
            + turn.config.failover().patienceNanos();
  }

  /** This voter's own candidacy has ended without a master. */
  static void lost(Turn turn, Stage before, Stage.GivenUp given) {
    turn.failures++;
    turn.standing = false;
    turn.unfinishedAtNanos = turn.nowNanos;
    if (before instanceof Stage.Consulting) {
      turn.notice("no master: " + given.reason());
    }
  }

  // ---- connections in the name of the epoch

  static void replaceLinks(Turn turn, LeaderLinks next) {
    for (LeaderLinks.Link link : turn.links.links()) {
      if (link.status() != LeaderLinks.Status.CLOSED) {
        turn.effect(new VoterEffect.CloseLink(turn.links.epoch(), link.backend()));
      }
    }
    turn.links = next;
  }

  /** Opens what is wanted, and has the majority confirm what has been named since. */
  static void connect(Turn turn) {
    if (turn.links.epoch() == 0) {
      return;
    }
    for (LeaderLinks.Link link : turn.links.links()) {
      if (wanted(turn, link.backend()) && turn.links.mayOpen(link.backend(), turn.nowNanos)) {
        turn.links = turn.links.opening(link.backend());
        turn.effect(new VoterEffect.OpenLink(turn.links.epoch(), link.backend()));
      }
    }
    boolean overdue =
        turn.nowNanos - turn.links.askedNanos() >= turn.config.detect().pingNanos()
            && turn.links.awaitsMajority(turn.majorities());
    if ((turn.links.needsRound() || overdue) && turn.durable.votedEpoch() <= turn.links.epoch()) {
      turn.links = turn.links.asked(turn.nowNanos);
      turn.links = turn.links.confirmed(turn.config.self(), turn.links.round());
      turn.sendAll(new PeerMessage.ConfirmAsk(turn.links.epoch(), turn.links.round()));
    }
  }

  private static boolean wanted(Turn turn, NodeAddress backend) {
    if (turn.stage instanceof Stage.Running running && running.epoch() == turn.links.epoch()) {
      return true;
    }
    if (Switchover.wantsLinks(turn)) {
      return true;
    }
    for (VoterState.Wrong wrong : turn.wrongs) {
      if (wrong.backend().equals(backend)) {
        return Adoption.due(turn, wrong);
      }
    }
    return false;
  }
}
