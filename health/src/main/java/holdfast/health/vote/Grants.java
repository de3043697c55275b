package holdfast.health.vote;

import holdfast.backend.lease.LeaseReply;
import holdfast.backend.lease.LeaseRequest;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeId;
import holdfast.health.detect.NodeWatch;
import org.jspecify.annotations.Nullable;

/** Answers to holders. */
final class Grants {
  private static final int FENCE_STEPS = 8;

  private Grants() {}

  /** A later epoch than anybody can have reached by voting; who says it is broken. */
  private static final long EPOCHS_AHEAD_MAX = 1_000_000;

  static void asked(Turn turn, LeaseRequest request, long replyTo) {
    switch (request) {
      case LeaseRequest.Lease lease -> lease(turn, lease, replyTo);
      case LeaseRequest.GaveUp gaveUp -> gaveUp(turn, gaveUp, replyTo);
      case LeaseRequest.Watch watch ->
          turn.effect(reply(replyTo, changed(turn.durable, turn.votedAsPlanned(), watch)));
      case LeaseRequest.Hint hint -> hint(turn, hint, replyTo);
    }
  }

  private static VoterEffect reply(long replyTo, LeaseReply reply) {
    return new VoterEffect.Reply(replyTo, reply);
  }

  private static void lease(Turn turn, LeaseRequest.Lease request, long replyTo) {
    fenced(turn, request.holder(), request.belowEpoch());
    heard(turn, request.belowEpoch());
    AcceptedRecord record = turn.durable.record();
    String refusal = refusal(turn, request, record);
    if (record == null || refusal != null) {
      turn.effect(
          reply(
              replyTo,
              new LeaseReply.Refused(
                  request.sequence(),
                  refusal == null ? "no master yet" : refusal,
                  turn.durable.votedEpoch(),
                  news(turn.durable, request.knownFingerprint()),
                  turn.votedAsPlanned())));
      return;
    }
    long leaseNanos = request.engine() ? record.engineLeaseNanos() : record.leaseNanos();
    if (leaseNanos > turn.durable.longestLeaseNanos()) {
      turn.persist(turn.durable.granted(leaseNanos));
    }
    turn.grants = turn.grants.granted(request.holder(), record.epoch(), leaseNanos, turn.nowNanos);
    turn.effect(
        reply(
            replyTo,
            new LeaseReply.Granted(
                request.sequence(),
                record.epoch(),
                leaseNanos,
                turn.durable.votedEpoch(),
                news(turn.durable, request.knownFingerprint()))));
  }

  private static @Nullable String refusal(
      Turn turn, LeaseRequest.Lease request, @Nullable AcceptedRecord record) {
    if (record == null) {
      return "no master yet";
    }
    if (!turn.isMember()) {
      return "this voter was removed";
    }
    if (turn.durable.unfinished()) {
      return "voted in epoch " + turn.durable.votedEpoch();
    }
    if (turn.grants.gaveUp(request.holder(), record.epoch())) {
      return "this holder gave up epoch " + record.epoch();
    }
    if (!turn.grants.hasRoomFor(request.holder(), turn.nowNanos)) {
      return "too many holders";
    }
    return null;
  }

  private static @Nullable AcceptedRecord news(Durable durable, long knownFingerprint) {
    return durable.fingerprint() == knownFingerprint ? null : durable.record();
  }

  private static void gaveUp(Turn turn, LeaseRequest.GaveUp request, long replyTo) {
    fenced(turn, request.holder(), request.belowEpoch());
    if (!request.ends()) {
      heard(turn, request.belowEpoch());
    }
    turn.effect(reply(replyTo, nothingNew(turn)));
  }

  private static LeaseReply nothingNew(Turn turn) {
    return new LeaseReply.Changed(turn.durable.votedEpoch(), null, turn.votedAsPlanned());
  }

  /** A holder sees something amiss: looks at once, and believes what it sees itself. */
  private static void hint(Turn turn, LeaseRequest.Hint hint, long replyTo) {
    for (NodeWatch watch : turn.watches) {
      if (watch.address().equals(hint.backend())) {
        turn.effect(new VoterEffect.LookNow(hint.backend()));
      }
    }
    turn.effect(reply(replyTo, nothingNew(turn)));
  }

  /** A leader that waits for this voter's grants to end hears of it at once. */
  private static void fenced(Turn turn, NodeId holder, long belowEpoch) {
    long before = turn.grants.remainingNanos(turn.nowNanos);
    turn.grants = turn.grants.givenUp(holder, belowEpoch);
    long after = turn.grants.remainingNanos(turn.nowNanos);
    if (turn.durable.unfinished() && steps(turn, after) < steps(turn, before)) {
      Elections.fenceShortened(turn, after);
    }
  }

  /** A leader is told of the end, and of a good part less, but not by each of many holders. */
  private static long steps(Turn turn, long remainingNanos) {
    long stepNanos = Math.max(1, turn.durable.longestLeaseNanos() / FENCE_STEPS);
    return (remainingNanos + stepNanos - 1) / stepNanos;
  }

  /**
   * A holder has heard of an epoch and writes in none before: one that nobody finishes would stop
   * it for good.
   */
  private static void heard(Turn turn, long belowEpoch) {
    if (belowEpoch > Math.max(turn.heardEpoch, turn.durable.votedEpoch())
        && belowEpoch - turn.durable.votedEpoch() < EPOCHS_AHEAD_MAX) {
      Elections.heardOf(turn, belowEpoch);
    }
  }

  /**
   * Whether a watching holder has to be told at once: of a later vote, a later record, or an
   * addition to this voter's record that it has not shown yet.
   */
  static boolean isNews(Durable durable, LeaseRequest.Watch watch) {
    long fingerprint = durable.fingerprint();
    return durable.votedEpoch() > watch.knownVoted()
        || durable.acceptedEpoch() > AcceptedRecord.epochOf(watch.knownFingerprint())
        || (fingerprint != 0 // else it has lost its disk, and nothing that it could tell
            && watch.shownFingerprint() != 0
            && watch.shownFingerprint() != fingerprint
            && watch.knownFingerprint() != fingerprint);
  }

  /** What a watching holder is told. */
  static LeaseReply changed(Durable durable, boolean planned, LeaseRequest.Watch watch) {
    return new LeaseReply.Changed(
        durable.votedEpoch(), news(durable, watch.knownFingerprint()), planned);
  }
}
