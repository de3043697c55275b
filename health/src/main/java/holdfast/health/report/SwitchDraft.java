package holdfast.health.report;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.health.failover.Answer;
import holdfast.health.failover.Attempt;
import holdfast.health.failover.Stage;
import holdfast.health.report.SwitchRecord.Loss;
import holdfast.health.report.SwitchRecord.Standing;
import holdfast.health.report.SwitchRecord.Took;
import holdfast.health.report.SwitchRecord.Vote;
import holdfast.health.vote.VoterConfig;
import holdfast.health.vote.VoterState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The record of a switch while it grows. Immutable.
 *
 * @param attempt as last seen
 * @param stage the name of the present one, in force since {@code sinceNanos}
 * @param votes as they came
 * @param answers of the backends, as last seen
 * @param took the stages that are over
 * @param decided the new epoch's record, null before there is one
 * @param outcome null while it goes on
 */
record SwitchDraft(
    Attempt attempt,
    long atMillis,
    String stage,
    long sinceNanos,
    List<Vote> votes,
    List<Answer> answers,
    List<Took> took,
    @Nullable AcceptedRecord decided,
    @Nullable String outcome) {
  private static final List<String> STAGES =
      List.of("voting", "fencing", "consulting", "promoting", "activating");

  SwitchDraft {
    votes = List.copyOf(votes);
    answers = List.copyOf(answers);
    took = List.copyOf(took);
  }

  /** The draft after a step; null if no attempt is under way. */
  static @Nullable SwitchDraft continued(
      @Nullable SwitchDraft draft,
      VoterConfig config,
      VoterState before,
      VoterState after,
      long nowNanos,
      long wallMillis) {
    Stage now = after.stage();
    SwitchDraft next = draft != null && draft.attempt.epoch() == now.epoch() ? draft : null;
    if (now instanceof Stage.Running running) {
      if (next == null) {
        next = begun(running.attempt(), nowNanos, wallMillis);
      }
      return next.at(running, config, nowNanos);
    }
    if (next == null) {
      return null;
    }
    return switch (now) {
      case Stage.GivenUp given -> next.ended(given.reason(), nowNanos, config);
      case Stage.Adopting _ ->
          next.decidedBy(before, after).ended(SwitchRecord.IN_FORCE, nowNanos, config);
      case Stage.Running _ -> next;
    };
  }

  private static SwitchDraft begun(Attempt attempt, long nowNanos, long wallMillis) {
    return new SwitchDraft(
        attempt,
        wallMillis - (nowNanos - attempt.startedNanos()) / 1_000_000,
        STAGES.getFirst(),
        attempt.startedNanos(),
        List.of(),
        List.of(),
        List.of(),
        null,
        null);
  }

  private SwitchDraft at(Stage.Running running, VoterConfig config, long nowNanos) {
    List<Answer> told =
        switch (running) {
          case Stage.Consulting consulting -> consulting.answers();
          case Stage.Promoting promoting -> promoting.answers();
          case Stage.Voting _, Stage.Fencing _, Stage.Activating _ -> answers;
        };
    AcceptedRecord made =
        running instanceof Stage.Activating activating ? activating.record() : decided;
    var seen =
        new SwitchDraft(
            running.attempt(),
            atMillis,
            stage,
            sinceNanos,
            votes(running.attempt(), nowNanos),
            told,
            took,
            made,
            null);
    return seen.moved(name(running), nowNanos, config);
  }

  private static String name(Stage.Running stage) {
    return switch (stage) {
      case Stage.Voting _ -> "voting";
      case Stage.Fencing _ -> "fencing";
      case Stage.Consulting _ -> "consulting";
      case Stage.Promoting _ -> "promoting";
      case Stage.Activating _ -> "activating";
    };
  }

  /** With the votes that are new, and the leases that have ended sooner than they might have. */
  private List<Vote> votes(Attempt seen, long nowNanos) {
    var next = new ArrayList<Vote>(seen.votes().size());
    for (Attempt.Vote vote : seen.votes()) {
      Vote known = vote(vote.voter());
      long afterNanos = nowNanos - seen.startedNanos();
      long endNanos = Math.max(0, vote.fenceEndNanos() - seen.startedNanos());
      if (known == null) {
        long leaseNanos = Math.max(0, vote.fenceEndNanos() - nowNanos);
        next.add(new Vote(vote.voter(), afterNanos, leaseNanos, leaseNanos));
      } else {
        long waited = Math.max(0, endNanos - known.afterNanos());
        next.add(
            new Vote(
                known.voter(),
                known.afterNanos(),
                known.leaseNanos(),
                Math.min(known.waitedNanos(), waited)));
      }
    }
    return next;
  }

  private @Nullable Vote vote(NodeId voter) {
    for (Vote vote : votes) {
      if (vote.voter().equals(voter)) {
        return vote;
      }
    }
    return null;
  }

  private SwitchDraft moved(String to, long nowNanos, VoterConfig config) {
    int target = STAGES.indexOf(to);
    SwitchDraft next = this;
    while (STAGES.indexOf(next.stage) < target) {
      next = next.over(STAGES.get(STAGES.indexOf(next.stage) + 1), nowNanos, config);
    }
    return next;
  }

  /** The present stage is over; a stage that was passed in the same step took no time. */
  private SwitchDraft over(String following, long nowNanos, VoterConfig config) {
    var all = new ArrayList<Took>(took);
    all.add(new Took(stage, nowNanos - sinceNanos, waitedFor(config)));
    return new SwitchDraft(
        attempt, atMillis, following, nowNanos, votes, answers, all, decided, outcome);
  }

  private SwitchDraft ended(String how, long nowNanos, VoterConfig config) {
    SwitchDraft last = over("", nowNanos, config);
    return new SwitchDraft(
        attempt, atMillis, "", nowNanos, votes, answers, last.took, decided, how);
  }

  /** An activation that this voter alone could complete was never seen under way. */
  private SwitchDraft decidedBy(VoterState before, VoterState after) {
    AcceptedRecord record = after.durable().record();
    boolean mine = record != null && record.epoch() == attempt.epoch();
    List<Answer> told =
        before.stage() instanceof Stage.Promoting promoting ? promoting.answers() : answers;
    return new SwitchDraft(
        attempt, atMillis, stage, sinceNanos, votes, told, took, mine ? record : decided, outcome);
  }

  private String waitedFor(VoterConfig config) {
    return switch (stage) {
      case "voting" -> votes.size() + " votes, " + attempt.majorities().needed() + " needed";
      case "fencing" -> {
        Vote longest = null;
        for (Vote vote : votes) {
          longest = longest == null || ends(vote) > ends(longest) ? vote : longest;
        }
        yield longest == null || longest.leaseNanos() == 0
            ? "no lease ran"
            : "leases granted by " + longest.voter();
      }
      case "consulting" -> {
        var missing = new ArrayList<String>();
        for (AcceptedRecord.BackendEntry backend : attempt.backends(config.failover())) {
          if (answer(backend.address()) == null) {
            missing.add(backend.address().toString());
          }
        }
        yield missing.isEmpty() ? "all answered" : "no answer of " + String.join(" ", missing);
      }
      case "promoting" -> decided == null ? "" : "answer of " + decided.master();
      case "activating" -> "a majority of the voters";
      default -> "";
    };
  }

  private static long ends(Vote vote) {
    return vote.afterNanos() + vote.waitedNanos();
  }

  private @Nullable Answer answer(NodeAddress backend) {
    for (Answer answer : answers) {
      if (answer.backend().equals(backend)) {
        return answer;
      }
    }
    return null;
  }

  /** The record of an attempt that has ended. */
  SwitchRecord record(VoterConfig config, SwitchWatch.@Nullable Seen seen) {
    AcceptedRecord base = attempt.base();
    AcceptedRecord made = SwitchRecord.IN_FORCE.equals(outcome) ? decided : null;
    return new SwitchRecord(
        attempt.epoch(),
        config.self(),
        atMillis,
        attempt.reason(),
        base == null ? null : base.master(),
        made == null ? null : made.master(),
        made == null ? -1 : made.startOffset(),
        votes,
        standings(config),
        took,
        loss(made, seen),
        outcome == null ? "" : outcome);
  }

  private List<Standing> standings(VoterConfig config) {
    var standings = new ArrayList<Standing>();
    AcceptedRecord base = attempt.base();
    for (AcceptedRecord.BackendEntry backend : attempt.backends(config.failover())) {
      Answer answer = answer(backend.address());
      if (answer == null) {
        boolean refused = attempt.refused().contains(backend.address());
        standings.add(new Standing(backend.address(), refused ? "refused" : "silent", 0, -1));
        continue;
      }
      EpochChain.Position position = attempt.chain().positionOf(answer.info());
      boolean known = base == null || base.knowsProcess(backend.address(), answer.info().runId());
      standings.add(
          new Standing(
              backend.address(),
              known ? "known" : "restarted",
              position == null ? 0 : position.epoch(),
              position == null ? answer.info().dataOffset() : position.offset()));
    }
    return standings;
  }

  private Loss loss(@Nullable AcceptedRecord made, SwitchWatch.@Nullable Seen seen) {
    AcceptedRecord base = attempt.base();
    if (made == null) {
      return new Loss(Loss.Kind.NONE, 0, "nothing was switched");
    }
    if (base == null) {
      return new Loss(Loss.Kind.NONE, 0, "first start");
    }
    if (made.masterRunId().equals(base.masterRunId())) {
      return new Loss(Loss.Kind.NONE, 0, "the master stayed the same process");
    }
    if (base.replicasRequired() > 0 && attempt.decided() == null) {
      return new Loss(
          Loss.Kind.NONE,
          0,
          "each acknowledged write had " + base.replicasRequired() + " replicas");
    }
    Answer old = answer(base.master());
    if (old != null && old.info().runId().equals(base.masterRunId())) {
      long bytes = old.info().dataOffset() - made.startOffset();
      return new Loss(
          bytes > 0 ? Loss.Kind.EXACT : Loss.Kind.NONE,
          Math.max(0, bytes),
          base.master() + " was at " + old.info().dataOffset());
    }
    String until = "until " + base.master() + " comes back as it was";
    if (seen == null || !seen.runId().equals(base.masterRunId())) {
      return new Loss(Loss.Kind.UNKNOWN, 0, until);
    }
    long bytes = seen.offset() - made.startOffset();
    return bytes > 0
        ? new Loss(Loss.Kind.AT_LEAST, bytes, until + ", last seen at " + seen.offset())
        : new Loss(
            Loss.Kind.UNKNOWN,
            0,
            until + ", last seen at " + seen.offset() + ", which is not lost");
  }
}
