package holdfast.backend.link;

import holdfast.backend.lease.LeaseHolder;
import holdfast.backend.lease.LeaseReply;
import holdfast.backend.lease.LeaseRequest;
import holdfast.backend.lease.LeaseSeeker;
import holdfast.backend.lease.LeaseSeeker.Effect;
import holdfast.backend.lease.LeaseView;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.RecordReader;
import holdfast.backend.time.Ticker;
import holdfast.backend.transport.EventLoops;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the write lease of this process: asks each voter for it at a quarter of its length, and
 * waits at each for news of a later epoch ({@link LeaseRequest.Watch}), so that a switch is known
 * within a round trip. {@link LeaseSeeker} decides; here are links and timers.
 *
 * <p>The voters it was configured with only tell it the record; the record names the voters that
 * count. A later epoch ends the lease at once: the new {@link LeaseView} is published
 * <em>before</em> the voters are told that the lease was given up, since they may promote another
 * master from that moment on.
 *
 * <p>A process that is no holder at present, but may become one, {@link #rest rests}: its links
 * stay open, but it asks for nothing, hears of nothing, and has nothing to give up.
 *
 * <p>Everything happens on one event loop; {@link #view} may be read by any thread. Source:
 * PROTOCOL.md, "Leases".
 */
public final class LeaseKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseKeeper.class);

  /** A quarter of the default lease, until a record tells another one. */
  private static final long FIRST_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(125);

  private static final int RENEWALS_PER_LEASE = 4;
  private static final long TELL_MILLIS_MAX = 300;

  /**
   * While a new epoch's lease is not held yet, it is asked for so many times as often: only for the
   * case that a voter's news got lost, for each voter says at once that it has accepted the epoch.
   */
  private static final int HURRY = 3;

  /** Hints on one backend are this far apart: voters look by themselves too. */
  private static final long HINT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final EventLoop loop;
  private final List<NodeAddress> seeds;
  private final VoterLink.Means means;
  private final Ticker ticker;
  private final Consumer<LeaseView> onView;
  private final LeaseHolder holder;
  private final LeaseSeeker seeker;
  private final Map<NodeAddress, VoterLink> voters = new LinkedHashMap<>();
  private volatile LeaseView view = LeaseView.NONE;
  private @Nullable ScheduledFuture<?> renewal;
  private long periodNanos = FIRST_PERIOD_NANOS;
  private long hurryUntilNanos;
  private final Map<NodeAddress, Long> hinted = new HashMap<>();

  /** Keeps the lease of a holder that gives up at once whenever it hears of a later epoch. */
  public LeaseKeeper(
      EventLoops loops,
      EventLoop loop,
      NodeId id,
      List<NodeAddress> seeds,
      LinkSettings template,
      Ticker ticker,
      RandomGenerator random,
      Consumer<LeaseView> onView) {
    this(loops, loop, new LeaseHolder(id), seeds, template, ticker, random, onView);
  }

  /**
   * @param loop everything happens on it
   * @param holder of a process never used before, that has asked nobody yet
   * @param seeds voters to ask first
   * @param template how to show oneself to a voter; the address in it is not used
   * @param onView told of each new view, on {@code loop}, once it is published
   */
  public LeaseKeeper(
      EventLoops loops,
      EventLoop loop,
      LeaseHolder holder,
      List<NodeAddress> seeds,
      LinkSettings template,
      Ticker ticker,
      RandomGenerator random,
      Consumer<LeaseView> onView) {
    this.loop = loop;
    this.seeds = List.copyOf(seeds);
    this.means = new VoterLink.Means(loops, loop, template, ticker, random, new RecordReader());
    this.ticker = ticker;
    this.onView = onView;
    this.holder = holder;
    this.seeker = new LeaseSeeker(holder);
  }

  /** Begins to ask. */
  public void start() {
    onLoop(
        () -> {
          seeker.start(true);
          connectTo(seeds);
          schedule();
        });
  }

  /** Connects, but asks for nothing until {@link #ask}. */
  public void startResting() {
    onLoop(
        () -> {
          seeker.start(false);
          connectTo(seeds);
        });
  }

  private void connectTo(List<NodeAddress> addresses) {
    for (NodeAddress address : addresses) {
      if (!voters.containsKey(address)) {
        connectTo(address).start();
      }
    }
  }

  private VoterLink connectTo(NodeAddress address) {
    var voter = new VoterLink(address, means, seeker, this::answered);
    voters.put(address, voter);
    return voter;
  }

  /** Who the voters are, to one that rests: otherwise the record says it. */
  public void told(List<NodeAddress> addresses) {
    onLoop(
        () -> {
          if (seeker.isRunning() && !seeker.isAsking()) {
            closeOthers(Set.copyOf(addresses));
            connectTo(addresses);
          }
        });
  }

  private void closeOthers(Set<NodeAddress> named) {
    voters
        .values()
        .removeIf(
            voter -> {
              boolean gone = !named.contains(voter.address());
              if (gone) {
                voter.close();
              }
              return gone;
            });
  }

  /**
   * Asks for the lease of this epoch and those after it; those before it are given up. Without
   * effect once it ends.
   */
  public void ask(long epoch) {
    onLoop(() -> perform(seeker.ask(epoch)));
  }

  /**
   * Gives up the latest epoch with those before it, tells the voters, and asks for no other until
   * {@link #ask}. On the loop the lease is given up before this returns.
   */
  public void rest() {
    onLoop(
        () -> {
          if (seeker.isAsking()) {
            cancelRenewal();
            perform(seeker.rest());
          }
        });
  }

  private void cancelRenewal() {
    if (renewal != null) {
      renewal.cancel(false);
      renewal = null;
    }
  }

  /** The latest view. Any thread. */
  public LeaseView view() {
    return view;
  }

  /**
   * Gives the lease up, tells the voters, so that the next leader need not wait for this process,
   * and closes the links. Waits for that, 300 ms at most; not to be called on the loop.
   */
  @Override
  public void close() {
    end().join();
  }

  /**
   * As {@link #close}, without waiting: what it answers is done when the voters have been told, or
   * 300 ms have passed. On the loop the lease is given up before this returns.
   */
  public CompletableFuture<@Nullable Void> end() {
    var ended = new CompletableFuture<@Nullable Void>();
    onLoop(
        () -> {
          cancelRenewal();
          var told = new ArrayList<CompletableFuture<?>>();
          perform(seeker.end(), null, told);
          var unused =
              CompletableFuture.allOf(told.toArray(CompletableFuture<?>[]::new))
                  .orTimeout(TELL_MILLIS_MAX, TimeUnit.MILLISECONDS)
                  .whenCompleteAsync(
                      (_, _) -> {
                        voters.values().forEach(VoterLink::close);
                        voters.clear();
                        ended.complete(null);
                      },
                      loop);
        });
    return ended;
  }

  /**
   * An epoch has been heard of elsewhere than from a voter: those before it are given up. On the
   * loop this is done before it returns.
   */
  public void laterEpoch(long epoch) {
    onLoop(() -> perform(seeker.laterEpoch(epoch)));
  }

  private void onLoop(Runnable action) {
    if (loop.inEventLoop()) {
      action.run();
    } else {
      loop.execute(action);
    }
  }

  /**
   * Nothing of this epoch is under way any more: gives it up, if it is being drained. Any thread.
   *
   * @param epoch of the view that said draining
   */
  public void drained(long epoch) {
    loop.execute(() -> perform(seeker.drained(epoch)));
  }

  /** Something is amiss with this backend: the voters should look. Any thread. */
  public void hint(NodeAddress backend) {
    if (loop.isShuttingDown()) {
      return;
    }
    loop.execute(
        () -> {
          long now = ticker.nowNanos();
          hinted.values().removeIf(at -> now - at >= HINT_NANOS);
          if (seeker.isRunning() && hinted.putIfAbsent(backend, now) == null) {
            LeaseRequest hint = new LeaseRequest.Hint(holder.id(), backend);
            voters
                .values()
                .forEach(
                    voter -> {
                      var unused = voter.tell(hint); // one that does not hear it looks by itself
                    });
          }
        });
  }

  private void schedule() {
    long now = ticker.nowNanos();
    boolean hurry = now - hurryUntilNanos < 0 && !seeker.holds(now);
    renewal =
        loop.schedule(this::renew, hurry ? periodNanos / HURRY : periodNanos, TimeUnit.NANOSECONDS);
  }

  private void hurry() {
    hurryUntilNanos = ticker.nowNanos() + 2 * periodNanos;
    cancelRenewal();
    schedule();
  }

  private void renew() {
    voters.values().forEach(VoterLink::askLease);
    schedule();
  }

  private void answered(VoterLink voter, LeaseReply answer) {
    List<Effect> effects;
    try {
      effects = seeker.answered(voter.id(), answer, ticker.nowNanos());
    } catch (IllegalStateException e) {
      LOG.error("voter {}: {}", voter.address(), e.getMessage());
      return;
    }
    perform(effects, voter, new ArrayList<>());
  }

  private void perform(List<Effect> effects) {
    perform(effects, null, new ArrayList<>());
  }

  /**
   * @param by the voter whose answer they come from, null for none
   * @param told done when a voter has heard what there was to tell
   */
  private void perform(
      List<Effect> effects, @Nullable VoterLink by, List<CompletableFuture<?>> told) {
    for (Effect effect : effects) {
      switch (effect) {
        case Effect.Show(LeaseView next) -> {
          view = next;
          onView.accept(next);
        }
        case Effect.Meet(AcceptedRecord record) -> meet(record);
        case Effect.Tell(LeaseRequest.GaveUp word) ->
            voters.values().forEach(voter -> told.add(voter.tell(word)));
        case Effect.WatchAll _ -> voters.values().forEach(VoterLink::watch);
        case Effect.Hurry _ -> hurry();
        case Effect.AskAgain _ -> {
          if (by != null) {
            by.askLease();
          }
        }
        case Effect.LimitDrain(long epoch, long atNanos) -> {
          var unused =
              loop.schedule(
                  () -> drained(epoch),
                  Math.max(0, atNanos - ticker.nowNanos()),
                  TimeUnit.NANOSECONDS);
        }
      }
    }
  }

  /** Talks to the voters that the record names, and to no others. */
  private void meet(AcceptedRecord record) {
    long leaseNanos = holder.isEngine() ? record.engineLeaseNanos() : record.leaseNanos();
    periodNanos = Math.max(1, leaseNanos / RENEWALS_PER_LEASE);
    Set<NodeAddress> named = new HashSet<>();
    for (AcceptedRecord.VoterEntry entry : record.voters()) {
      named.add(entry.address());
      VoterLink voter = voters.get(entry.address());
      if (voter == null) {
        voter = connectTo(entry.address());
        voter.named(entry.id());
        voter.start();
      } else if (!entry.id().equals(voter.id())) {
        voter.named(entry.id());
        voter.askLease();
      }
    }
    closeOthers(named);
  }
}
