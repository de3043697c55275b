package holdfast.health.sim;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.health.vote.SwitchAnswer;
import holdfast.health.vote.VoterEvent;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Planned switchovers in a schedule, and what they may not cost where no fault excuses it. */
final class Switchovers {
  private static final long LIMIT_NANOS = 600 * World.MS;
  private static final long ANSWER_WITHIN_NANOS = 4_000 * World.MS;

  private final Simulation sim;
  private final Set<Integer> acknowledged = new HashSet<>();
  private long asked;
  private long inDoubt;
  private @Nullable SwitchAnswer last;

  Switchovers(Simulation sim) {
    this.sim = sim;
  }

  /** Among faults: it may end in any way, and the checkers look on. */
  void ask(SimVoter voter) {
    if (voter.alive && !voter.paused) {
      sim.world.log(() -> voter.name + " is asked to switch over");
      voter.on(new VoterEvent.SwitchAsked(wanted(), LIMIT_NANOS, ++asked));
    }
  }

  private @Nullable NodeAddress wanted() {
    return sim.world.chance(0.5)
        ? null
        : sim.backends.get(sim.world.random.nextInt(sim.backends.size())).address;
  }

  void answered(long replyTo, SwitchAnswer answer) {
    sim.world.log(() -> "switchover " + replyTo + ": " + answer);
    if (replyTo == asked) {
      last = answer;
    }
    switch (answer) {
      case SwitchAnswer.Done _ -> sim.world.tally.add(Tally.Seen.SWITCHOVER_DONE);
      case SwitchAnswer.Refused refused ->
          sim.world.tally.add(
              refused.code().equals(SwitchAnswer.Refused.FAILED)
                  ? Tally.Seen.SWITCHOVER_FAILED
                  : Tally.Seen.SWITCHOVER_REFUSED);
    }
  }

  void acknowledged(int write) {
    acknowledged.add(write);
  }

  void inDoubt(String holder) {
    sim.world.log(() -> holder + " has a write in doubt");
    inDoubt++;
  }

  void pause(@Nullable SimConnection link, long nanos) {
    if (link != null) {
      link.send(() -> link.backend.pausedUntilNanos = sim.world.nowNanos() + nanos);
    }
  }

  void resume(@Nullable SimConnection link) {
    if (link != null) {
      link.send(() -> link.backend.pausedUntilNanos = 0);
    }
  }

  /** One after the other, each by another voter, with no fault. */
  void inARow(int count) {
    acknowledged.clear();
    inDoubt = 0;
    for (int i = 0; i < count; i++) {
      SimVoter voter = sim.members().get(i % sim.members().size());
      AcceptedRecord before = voter.record();
      last = null;
      voter.on(new VoterEvent.SwitchAsked(null, LIMIT_NANOS, ++asked));
      long end = sim.world.nowNanos() + ANSWER_WITHIN_NANOS;
      while (last == null && sim.world.nowNanos() < end) {
        sim.world.runUntil(sim.world.nowNanos() + World.MS);
      }
      if (!(last instanceof SwitchAnswer.Done done)
          || before == null
          || done.master().equals(before.master())) {
        throw new Violation("a planned switchover without faults ended with " + last);
      }
      sim.world.runUntil(sim.world.nowNanos() + sim.world.between(700, 1_200) * World.MS);
    }
    judge();
  }

  private void judge() {
    if (inDoubt > 0) {
      throw new Violation(inDoubt + " writes in doubt over planned switchovers without faults");
    }
    AcceptedRecord record = sim.voters.getFirst().record();
    if (record == null || acknowledged.isEmpty()) {
      throw new Violation("nothing was acknowledged");
    }
    Set<Integer> lost = new HashSet<>(acknowledged);
    for (int write : sim.backend(record.master()).log()) {
      if (write > 0 && !lost.remove(write) && acknowledged.contains(write)) {
        throw new Violation("write " + write + " was executed twice");
      }
    }
    if (!lost.isEmpty()) {
      throw new Violation("lost " + lost + " over planned switchovers without faults");
    }
  }
}
