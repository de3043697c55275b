package holdfast.backend.server;

import holdfast.backend.engine.CommandError;
import holdfast.backend.engine.ServerGate;
import holdfast.backend.lease.LeaseHolder;
import holdfast.backend.link.Credentials;
import holdfast.backend.link.LeaseKeeper;
import holdfast.backend.link.LeaseView;
import holdfast.backend.link.LinkSettings;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.transport.EventLoops;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's own lease while it is the master of an epoch: without it nobody's write is executed
 * here, whoever sends it, so that a deposed master that cannot be reached takes no writes that a
 * switch would discard. It is asked for, watched and given up on the thread that executes commands,
 * so there is no write between a check and the word that the lease was given up.
 *
 * <p>A replica that has been told of voters stays connected to them without asking for anything:
 * promoted, it has its lease a round trip after the epoch was accepted.
 *
 * <p>Source: PROTOCOL.md, "Leases". The loop's thread only.
 */
final class EngineLease implements ServerGate.WriteLeave {
  private static final Logger LOG = LoggerFactory.getLogger(EngineLease.class);
  private static final CompletableFuture<@Nullable Void> NOTHING =
      CompletableFuture.completedFuture(null);

  /**
   * So long without a write, seen in so many looks, is quiet. A write that comes later is refused,
   * certainly not executed, and goes to the next master: longer looks would only spare that, and
   * cost each planned switchover their time.
   */
  private static final long LOOK_MILLIS = 1;

  private static final int QUIET_LOOKS = 4;

  private final ServerContext server;
  private final EventLoops loops;
  private final SecureRandom random = new SecureRandom();
  private @Nullable LeaseKeeper keeper;

  /** The epoch this node is master of; 0 while it is of none. */
  private long epoch;

  /** All that the check before a write looks at: {@link LeaseHolder#NOT_HELD} or its end. */
  private long untilNanos = LeaseHolder.NOT_HELD;

  private long refusals;

  /** Writes that were asked for: while the lease is run down, one that comes is still under way. */
  private long asks;

  private long drainingEpoch;

  EngineLease(ServerContext server, EventLoops loops) {
    this.server = server;
    this.loops = loops;
  }

  /** Master of this epoch from now on; writes are executed as soon as these voters say so. */
  void begin(long ofEpoch, List<NodeAddress> voters) {
    epoch = ofEpoch;
    untilNanos = LeaseHolder.NOT_HELD;
    server.engine().gate().writeLeave(this);
    keeper(voters).ask(ofEpoch);
  }

  /** Its keeper; a new one rests. */
  private LeaseKeeper keeper(List<NodeAddress> voters) {
    LeaseKeeper known = keeper;
    if (known != null) {
      return known;
    }
    String secret = server.settings().voterSecret();
    LinkSettings template = LinkSettings.to(new InetSocketAddress(0));
    var made =
        new LeaseKeeper(
            loops,
            server.loop(),
            LeaseHolder.engine(new NodeId("engine-" + server.newId().substring(0, 16))),
            voters,
            secret == null ? template : template.withCredentials(new Credentials(null, secret)),
            server.ticker(),
            random,
            this::onView);
    keeper = made;
    made.startResting();
    return made;
  }

  /** A later epoch has begun: what this node was master of is over, and the voters hear it. */
  void deposed(long laterEpoch) {
    epoch = 0;
    untilNanos = LeaseHolder.NOT_HELD;
    if (!server.follower().isMaster()) {
      return; // replicas refuse writes for being replicas
    }
    // Also where it never had a lease: led by somebody now, it writes with leave only.
    server.engine().gate().writeLeave(this);
    LeaseKeeper held = keeper;
    if (held != null) {
      held.laterEpoch(laterEpoch);
    }
  }

  /**
   * No master any more: gives the lease up and tells the voters.
   *
   * @param voters to stay connected to; empty if the leader did not name them
   */
  void rest(List<NodeAddress> voters) {
    notHeld();
    if (keeper != null) {
      keeper.rest();
    }
    if (!voters.isEmpty()) {
      keeper(voters).told(voters);
    }
  }

  /** The process ends: as {@link #rest}, for good. Done when the voters have been told. */
  CompletableFuture<@Nullable Void> end() {
    notHeld();
    LeaseKeeper held = keeper;
    keeper = null;
    return held == null ? NOTHING : held.end();
  }

  private void notHeld() {
    if (epoch != 0) {
      LOG.info("gives its lease up");
    }
    epoch = 0;
    untilNanos = LeaseHolder.NOT_HELD;
  }

  private void onView(LeaseView view) {
    AcceptedRecord record = view.record();
    boolean mine =
        record != null
            && record.epoch() == epoch
            && record.masterRunId().value().equals(server.engine().settings().runId());
    boolean had = untilNanos != LeaseHolder.NOT_HELD;
    untilNanos = mine ? view.heldUntilNanos() : LeaseHolder.NOT_HELD;
    boolean has = untilNanos != LeaseHolder.NOT_HELD;
    if (has && !had) {
      LOG.info("holds the lease of epoch {}: takes writes", epoch);
    } else if (had && !has) {
      LOG.info("has given up the lease of epoch {}: takes no writes", epoch);
    }
    if (mine && view.draining() && drainingEpoch != epoch) {
      drainingEpoch = epoch;
      drain(epoch, asks, QUIET_LOOKS);
    }
  }

  /**
   * Before a planned switchover: proxies are told at about the same time, and send nothing more.
   * What they have sent is executed; when no write has come for a while the lease is given up, or
   * it ends by itself.
   */
  private void drain(long ofEpoch, long asksBefore, int looksLeft) {
    LeaseKeeper held = keeper;
    if (ofEpoch != epoch || held == null) {
      return;
    }
    int left = asks == asksBefore ? looksLeft - 1 : QUIET_LOOKS;
    if (left < 0) {
      held.drained(ofEpoch);
      return;
    }
    long asksNow = asks;
    var unused =
        server
            .loop()
            .schedule(() -> drain(ofEpoch, asksNow, left), LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  @Override
  public boolean isGiven() {
    asks++;
    return LeaseHolder.runs(untilNanos, server.nowNanos());
  }

  @Override
  public CommandError refusal() {
    refusals++;
    if (epoch == 0) {
      return new CommandError(
          "READONLY this node is the master of no epoch: epoch "
              + server.epochs().guard().heardEpoch()
              + " is being decided. Nothing was executed");
    }
    String since =
        untilNanos == LeaseHolder.NOT_HELD
            ? "no majority of the voters grants it"
            : "it ended " + (server.nowNanos() - untilNanos) / 1_000_000 + " ms ago";
    return new CommandError(
        "READONLY this master holds no lease of epoch "
            + epoch
            + ": "
            + since
            + ". Nothing was executed");
  }

  /** Milliseconds it runs on; negative if it does not. */
  long remainingMillis() {
    return untilNanos == LeaseHolder.NOT_HELD ? -1 : (untilNanos - server.nowNanos()) / 1_000_000;
  }

  /** The epoch this node is master of; 0 for none. */
  long epoch() {
    return epoch;
  }

  /** How many writes were refused for want of it. */
  long refusals() {
    return refusals;
  }
}
