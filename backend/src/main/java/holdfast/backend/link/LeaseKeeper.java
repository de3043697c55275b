package holdfast.backend.link;

import holdfast.backend.lease.LeaseHolder;
import holdfast.backend.lease.LeaseReply;
import holdfast.backend.lease.LeaseRequest;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.RecordText;
import holdfast.backend.resp.RespValue;
import holdfast.backend.time.Ticker;
import holdfast.backend.transport.EventLoops;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.time.Duration;
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
 * within a round trip.
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
  private static final long WATCH_MILLIS = 2_000;
  private static final Duration LEASE_DEADLINE = Duration.ofSeconds(3);
  private static final Duration WATCH_DEADLINE = Duration.ofSeconds(4);

  /** A voter that comes back is wanted at once; a dead one must not be asked in a loop. */
  private static final Backoff BACKOFF =
      new Backoff(Duration.ofMillis(20), 2, Duration.ofMillis(500), 0.5);

  private static final LinkTimes TIMES =
      new LinkTimes(Duration.ofSeconds(1), Duration.ZERO, Duration.ofSeconds(3));

  private static final NodeId UNNAMED = new NodeId("unnamed");

  /**
   * While a new epoch's lease is not held yet, it is asked for so many times as often: only for the
   * case that a voter's news got lost, for each voter says at once that it has accepted the epoch.
   */
  private static final int HURRY = 3;

  /** Hints on one backend are this far apart: voters look by themselves too. */
  private static final long HINT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final EventLoops loops;
  private final EventLoop loop;
  private final List<NodeAddress> seeds;
  private final LinkSettings template;
  private final Ticker ticker;
  private final RandomGenerator random;
  private final Consumer<LeaseView> onView;
  private final LeaseHolder holder;
  private final Map<NodeAddress, Voter> voters = new LinkedHashMap<>();
  private volatile LeaseView view = LeaseView.NONE;
  private @Nullable ScheduledFuture<?> renewal;
  private long periodNanos = FIRST_PERIOD_NANOS;
  private boolean running;
  private boolean asking;
  private long hurryUntilNanos;
  private String lastText = "";
  private @Nullable AcceptedRecord lastRead;
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
    this.loops = loops;
    this.loop = loop;
    this.seeds = List.copyOf(seeds);
    this.template = template;
    this.ticker = ticker;
    this.random = random;
    this.onView = onView;
    this.holder = holder;
  }

  /** Begins to ask. */
  public void start() {
    onLoop(
        () -> {
          asking = true;
          connect();
          schedule();
        });
  }

  /** Connects, but asks for nothing until {@link #ask}. */
  public void startResting() {
    onLoop(this::connect);
  }

  private void connect() {
    running = true;
    connectTo(seeds);
  }

  private void connectTo(List<NodeAddress> addresses) {
    for (NodeAddress address : addresses) {
      if (!voters.containsKey(address)) {
        var voter = new Voter(address);
        voters.put(address, voter);
        voter.start();
      }
    }
  }

  /** Who the voters are, to one that rests: otherwise the record says it. */
  public void told(List<NodeAddress> addresses) {
    onLoop(
        () -> {
          if (running && !asking) {
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
              boolean gone = !named.contains(voter.address);
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
    onLoop(
        () -> {
          if (!running) {
            return;
          }
          boolean rested = !asking;
          asking = true;
          if (holder.laterEpoch(epoch)) {
            publish();
            if (!rested) {
              var unused = tellGivenUp();
            }
          }
          if (rested) {
            voters.values().forEach(Voter::watch);
            hurry();
          }
        });
  }

  /**
   * Gives up the latest epoch with those before it, tells the voters, and asks for no other until
   * {@link #ask}. On the loop the lease is given up before this returns.
   */
  public void rest() {
    onLoop(
        () -> {
          if (!running || !asking) {
            return;
          }
          asking = false;
          cancelRenewal();
          giveUpAll();
          // Like its end: it begins no epoch, for nobody has to switch for it.
          var unused = tell(holder.gaveUp().ending());
        });
  }

  private void giveUpAll() {
    AcceptedRecord last = holder.record();
    if (last != null && holder.laterEpoch(last.epoch() + 1)) {
      publish();
    }
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
    var told = new CompletableFuture<@Nullable Void>();
    onLoop(
        () -> {
          giveUpAll();
          running = false;
          cancelRenewal();
          // Its own end begins no epoch: nobody else has to switch for it.
          var unused =
              tell(holder.gaveUp().ending())
                  .orTimeout(300, TimeUnit.MILLISECONDS)
                  .whenCompleteAsync(
                      (_, _) -> {
                        voters.values().forEach(Voter::close);
                        voters.clear();
                        told.complete(null);
                      },
                      loop);
        });
    return told;
  }

  /**
   * An epoch has been heard of elsewhere than from a voter: those before it are given up. On the
   * loop this is done before it returns.
   */
  public void laterEpoch(long epoch) {
    onLoop(
        () -> {
          if (running && holder.laterEpoch(epoch)) {
            publish();
            if (asking) {
              var unused = tellGivenUp();
            }
          }
        });
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
    loop.execute(
        () -> {
          AcceptedRecord record = holder.record();
          if (holder.isDraining() && record != null && record.epoch() == epoch) {
            endDrain();
          }
        });
  }

  private void endDrain() {
    if (holder.drained()) {
      publish();
      var unused = tellGivenUp();
    }
  }

  /** The lease's own end is the end of the drain too, if nothing else was. */
  private void limitDrain(long epoch) {
    long leftNanos = holder.heldUntilNanos(epoch) - ticker.nowNanos();
    var unused = loop.schedule(() -> drained(epoch), Math.max(0, leftNanos), TimeUnit.NANOSECONDS);
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
          if (running && hinted.putIfAbsent(backend, now) == null) {
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
    boolean hurry = ticker.nowNanos() - hurryUntilNanos < 0 && !holds();
    renewal =
        loop.schedule(this::renew, hurry ? periodNanos / HURRY : periodNanos, TimeUnit.NANOSECONDS);
  }

  private boolean holds() {
    return view.holds(view.epoch(), ticker.nowNanos());
  }

  /** A new epoch: its lease is wanted now, not at the next renewal. */
  private void hurry() {
    hurryUntilNanos = ticker.nowNanos() + 2 * periodNanos;
    cancelRenewal();
    renew();
  }

  private void renew() {
    voters.values().forEach(Voter::askLease);
    schedule();
  }

  private void onReply(Voter voter, RespValue reply) {
    if (!running) {
      return;
    }
    LeaseReply answer;
    try {
      answer = LeaseReply.read(words(reply), this::record);
    } catch (IllegalArgumentException e) {
      LOG.warn("voter {} answered {}: {}", voter.address, reply, e.getMessage());
      return;
    }
    AcceptedRecord shown = answer.record();
    if (shown != null) {
      voter.shownFingerprint = shown.fingerprint();
    }
    AcceptedRecord before = holder.record();
    boolean drainedBefore = holder.isDraining();
    NodeId id = voter.id;
    boolean gaveUp;
    try {
      gaveUp =
          id != null
              ? holder.answered(id, answer)
              // Nobody knows yet which voter this is: what it tells counts, a grant does not.
              : holder.answered(
                  UNNAMED,
                  new LeaseReply.Changed(answer.votedEpoch(), answer.record(), answer.planned()));
    } catch (IllegalStateException e) {
      // Two decisions for one epoch: never to be seen. The lease runs out, which is safe.
      LOG.error("voter {}: {}", voter.address, e.getMessage());
      return;
    }
    AcceptedRecord after = holder.record();
    if (after != null && !after.equals(before)) {
      onRecord(after);
    }
    publish();
    if (!asking) {
      return;
    }
    if (gaveUp) {
      var unused = tellGivenUp();
    }
    if (after == null) {
      return;
    }
    if (holder.isDraining() && !drainedBefore) {
      limitDrain(after.epoch());
    }
    if (before == null || before.epoch() < after.epoch()) {
      hurry();
    } else if (answer instanceof LeaseReply.Changed
        && answer.record() != null
        && answer.record().epoch() == after.epoch()
        && !holds()) {
      voter.askLease(); // it has just accepted what others had told before
    }
  }

  /** Each voter sends a new record: all the same text, mostly, and long. */
  private AcceptedRecord record(String text) {
    AcceptedRecord last = lastRead;
    if (last == null || !text.equals(lastText)) {
      last = RecordText.read(text);
      lastRead = last;
      lastText = text;
    }
    return last;
  }

  private static List<String> words(RespValue reply) {
    if (!(reply instanceof RespValue.Array(List<RespValue> elements))) {
      throw new IllegalArgumentException("expected an array");
    }
    var words = new ArrayList<String>(elements.size());
    for (RespValue element : elements) {
      words.add(element.text());
    }
    return words;
  }

  private void publish() {
    AcceptedRecord record = holder.record();
    var next =
        record == null
            ? LeaseView.NONE
            : new LeaseView(record, holder.heldUntilNanos(record.epoch()), holder.isDraining());
    if (!next.equals(view)) {
      view = next;
      onView.accept(next);
    }
  }

  private CompletableFuture<?> tellGivenUp() {
    return tell(holder.gaveUp());
  }

  private CompletableFuture<?> tell(LeaseRequest told) {
    return CompletableFuture.allOf(
        voters.values().stream().map(v -> v.tell(told)).toArray(CompletableFuture<?>[]::new));
  }

  /** Talks to the voters that the record names, and to no others. */
  private void onRecord(AcceptedRecord record) {
    long leaseNanos = holder.isEngine() ? record.engineLeaseNanos() : record.leaseNanos();
    periodNanos = Math.max(1, leaseNanos / RENEWALS_PER_LEASE);
    Set<NodeAddress> named = new HashSet<>();
    for (AcceptedRecord.VoterEntry entry : record.voters()) {
      named.add(entry.address());
      Voter voter = voters.get(entry.address());
      if (voter == null) {
        voter = new Voter(entry.address());
        voters.put(entry.address(), voter);
        voter.id = entry.id();
        voter.start();
      } else if (!entry.id().equals(voter.id)) {
        voter.id = entry.id();
        voter.askLease();
      }
    }
    closeOthers(named);
  }

  /** One voter: a link for leases, and one that waits for news. */
  private final class Voter {
    final NodeAddress address;
    final ReconnectingLink leaseLink;
    final ReconnectingLink watchLink;
    final ControlLink leases;
    final ControlLink watches;
    @Nullable NodeId id;
    boolean watching;
    long shownFingerprint;

    Voter(NodeAddress address) {
      this.address = address;
      this.leaseLink = link(this::askLease);
      this.watchLink = link(this::watch);
      this.leases = new ControlLink(leaseLink);
      this.watches = new ControlLink(watchLink);
    }

    private ReconnectingLink link(Runnable onReady) {
      var settings =
          new LinkSettings(
                  InetSocketAddress.createUnresolved(address.host(), address.port()),
                  template.login(),
                  TIMES,
                  template.bounds(),
                  template.socket())
              .withClientName("holdfast-" + holder.id().value());
      return new ReconnectingLink(
          loops,
          loop,
          settings,
          BACKOFF,
          ticker,
          random,
          new LinkListener() {
            @Override
            public void onReady(Link link) {
              onReady.run();
            }

            @Override
            public void onClosed(Link link, LinkFailure failure) {
              LOG.debug("voter {}: {}", address, failure.message());
            }
          });
    }

    void start() {
      leaseLink.start();
      watchLink.start();
    }

    void close() {
      leaseLink.close();
      watchLink.close();
    }

    void askLease() {
      NodeId voter = id;
      if (!running || !asking || voter == null || leaseLink.link() == null) {
        return;
      }
      LeaseRequest request = holder.request(voter, ticker.nowNanos());
      var unused =
          leases
              .call(LEASE_DEADLINE, arguments(request))
              .whenComplete((reply, _) -> take(request, reply));
    }

    /** The record comes with the first answer; afterwards only news do. */
    void watch() {
      if (!running || !asking || watching || watchLink.link() == null) {
        return;
      }
      watching = true;
      LeaseRequest request = holder.watch(WATCH_MILLIS, shownFingerprint);
      var unused =
          watches
              .call(WATCH_DEADLINE, arguments(request))
              .whenComplete(
                  (reply, _) -> {
                    watching = false;
                    if (take(request, reply)) {
                      watch();
                    } else {
                      // Later, not in a loop; a link that comes back asks at once.
                      var unusedLater =
                          loop.schedule(this::watch, FIRST_PERIOD_NANOS, TimeUnit.NANOSECONDS);
                    }
                  });
    }

    private boolean take(LeaseRequest request, @Nullable RespValue reply) {
      if (reply instanceof RespValue.Failure error) {
        LOG.warn("voter {} refused {}: {}", address, request, error.message());
        return false;
      }
      if (reply != null) {
        onReply(this, reply);
      }
      return reply != null;
    }

    CompletableFuture<?> tell(LeaseRequest request) {
      return leaseLink.link() == null
          ? CompletableFuture.completedFuture(null)
          : leases.call(LEASE_DEADLINE, arguments(request)).toCompletableFuture();
    }

    private static String[] arguments(LeaseRequest request) {
      return request.arguments().toArray(String[]::new);
    }
  }
}
