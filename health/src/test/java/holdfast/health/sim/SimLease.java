package holdfast.health.sim;

import holdfast.backend.lease.LeaseHolder;
import holdfast.backend.lease.LeaseReply;
import holdfast.backend.lease.LeaseRequest;
import holdfast.backend.lease.LeaseSeeker;
import holdfast.backend.lease.LeaseSeeker.Effect;
import holdfast.backend.lease.LeaseView;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The lease part of a process that is a holder, a proxy or an engine: the production seeker, and
 * its voters over the simulated network. It lives as long as the process does.
 */
final class SimLease {
  private static final long FIRST_PERIOD_NANOS = 125 * World.MS;
  private static final int RENEWALS_PER_LEASE = 4;
  private static final int HURRY = 12;
  private static final long WATCH_MILLIS = 1_000;

  private final Simulation sim;
  private final World world;
  private final World.Node process;
  private final int born;
  private final SimClock clock;
  private final LeaseSeeker seeker;
  private final Consumer<LeaseView> onView;
  private final Map<SimVoter, Met> voters = new LinkedHashMap<>();
  private LeaseView view = LeaseView.NONE;
  private long periodNanos = FIRST_PERIOD_NANOS;
  private long hurryUntilNanos;
  private int renewals;
  private boolean watches;

  /** A voter it talks to; the record says which one it is. */
  private static final class Met {
    @Nullable NodeId id;
    long shown;

    /** The one to be answered, however often messages are repeated. */
    @Nullable LeaseRequest watch;
  }

  SimLease(
      Simulation sim,
      World.Node process,
      SimClock clock,
      LeaseHolder holder,
      Consumer<LeaseView> onView) {
    this.sim = sim;
    this.world = sim.world;
    this.process = process;
    this.born = process.life;
    this.clock = clock;
    this.seeker = new LeaseSeeker(holder);
    this.onView = onView;
    this.hurryUntilNanos = clock.nowNanos();
  }

  /** Asks, knowing these voters. */
  void start(List<SimVoter> known) {
    seeker.start(true);
    known.forEach(voter -> voters.put(voter, new Met()));
    watchAgainAndAgain();
    voters.forEach(this::watch);
    schedule();
  }

  /** Asks for nothing until {@link #ask}. */
  void startResting(List<SimVoter> known) {
    seeker.start(false);
    known.forEach(voter -> voters.put(voter, new Met()));
  }

  /** Who the voters are, while it rests. */
  void told(List<SimVoter> known) {
    if (!seeker.isAsking()) {
      voters.keySet().retainAll(known);
      known.forEach(voter -> voters.putIfAbsent(voter, new Met()));
    }
  }

  void ask(long epoch) {
    perform(seeker.ask(epoch), null);
  }

  void rest() {
    renewals++;
    perform(seeker.rest(), null);
  }

  void laterEpoch(long epoch) {
    perform(seeker.laterEpoch(epoch), null);
  }

  /** False if there was nothing to give up. */
  boolean drained(long epoch) {
    List<Effect> effects = seeker.drained(epoch);
    perform(effects, null);
    return !effects.isEmpty();
  }

  LeaseView view() {
    return view;
  }

  /** The epoch whose lease runs, 0 for none. */
  long heldEpoch() {
    return seeker.holds(clock.nowNanos()) ? view.epoch() : 0;
  }

  /** Whether there was a lease that was not given up, and has ended. */
  boolean hasRunOut() {
    return view.heldUntilNanos() != LeaseHolder.NOT_HELD && heldEpoch() == 0;
  }

  NodeId id() {
    return seeker.holder().id();
  }

  private boolean isEngine() {
    return seeker.holder().isEngine();
  }

  // ---- asking

  private void schedule() {
    int mine = ++renewals;
    long now = clock.nowNanos();
    boolean hurry = now - hurryUntilNanos < 0 && !seeker.holds(now);
    long period = hurry ? periodNanos / HURRY : periodNanos;
    world.after(
        period + world.between(0, period / 10),
        () -> {
          if (process.life != born || mine != renewals) {
            return;
          }
          if (process.paused) {
            schedule();
          } else {
            renew();
          }
        });
  }

  private void renew() {
    voters.forEach(this::askLease);
    schedule();
  }

  private void askLease(SimVoter voter, Met met) {
    NodeId id = met.id;
    if (seeker.isAsking() && id != null) {
      send(voter, seeker.holder().request(id, clock.nowNanos()));
    }
  }

  private void watchAgainAndAgain() {
    if (!watches) {
      watches = true;
      world.every(WATCH_MILLIS * World.MS, process, () -> voters.forEach(this::watch));
    }
  }

  private void watch(SimVoter voter, Met met) {
    if (seeker.isAsking()) {
      LeaseRequest watch = seeker.holder().watch(WATCH_MILLIS, met.shown);
      met.watch = watch;
      send(voter, watch);
    }
  }

  private void send(SimVoter voter, LeaseRequest asked) {
    world.send(
        process,
        voter,
        () ->
            voter.asked(
                asked,
                reply -> {
                  count(reply);
                  world.send(voter, process, () -> answered(voter, asked, reply));
                }));
  }

  private void count(LeaseReply reply) {
    if (reply instanceof LeaseReply.Granted) {
      world.tally.add(isEngine() ? Tally.Seen.ENGINE_GRANT_ALLOWED : Tally.Seen.GRANT_ALLOWED);
    } else if (reply instanceof LeaseReply.Refused) {
      world.tally.add(isEngine() ? Tally.Seen.ENGINE_GRANT_REFUSED : Tally.Seen.GRANT_REFUSED);
    }
  }

  private void answered(SimVoter voter, LeaseRequest asked, LeaseReply reply) {
    Met met = voters.get(voter);
    if (process.life != born || met == null) {
      return;
    }
    AcceptedRecord told = reply.record();
    if (told != null) {
      met.shown = told.fingerprint();
    }
    perform(seeker.answered(met.id, reply, clock.nowNanos()), voter);
    if (met.watch == asked) {
      met.watch = null;
      watch(voter, met);
    }
  }

  // ---- what follows

  private void perform(List<Effect> effects, @Nullable SimVoter by) {
    for (Effect effect : effects) {
      switch (effect) {
        case Effect.Show(LeaseView next) -> {
          view = next;
          onView.accept(next);
        }
        case Effect.Meet(AcceptedRecord record) -> meet(record);
        case Effect.Tell(LeaseRequest.GaveUp word) -> {
          world.log(() -> id() + " gives up below epoch " + word.belowEpoch());
          voters.keySet().forEach(voter -> send(voter, word));
        }
        case Effect.WatchAll _ -> {
          watchAgainAndAgain();
          voters.forEach(this::watch);
        }
        case Effect.Hurry _ -> {
          hurryUntilNanos = clock.nowNanos() + 2 * periodNanos;
          schedule();
        }
        case Effect.AskAgain _ -> {
          Met met = by == null ? null : voters.get(by);
          if (by != null && met != null) {
            askLease(by, met);
          }
        }
        case Effect.LimitDrain(long epoch, long atNanos) ->
            world.after(
                Math.max(0, atNanos - clock.nowNanos()),
                () -> {
                  if (process.life == born) {
                    world.atNode(process, () -> limitDrain(epoch));
                  }
                });
      }
    }
  }

  private void limitDrain(long epoch) {
    if (drained(epoch)) {
      world.tally.add(Tally.Seen.DRAIN_ENDED_BY_LEASE);
    }
  }

  private void meet(AcceptedRecord record) {
    long leaseNanos = isEngine() ? record.engineLeaseNanos() : record.leaseNanos();
    periodNanos = leaseNanos / RENEWALS_PER_LEASE;
    var named = new ArrayList<SimVoter>();
    for (AcceptedRecord.VoterEntry entry : record.voters()) {
      SimVoter voter = sim.voter(entry.id());
      named.add(voter);
      Met met = voters.computeIfAbsent(voter, _ -> new Met());
      if (!entry.id().equals(met.id)) {
        met.id = entry.id();
        askLease(voter, met);
        if (met.watch == null) {
          watch(voter, met);
        }
      }
    }
    voters.keySet().retainAll(named);
  }
}
