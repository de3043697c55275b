package holdfast.backend.server;

import holdfast.backend.engine.CommandError;
import holdfast.backend.engine.ServerGate;
import holdfast.backend.lease.LeaseHolder;
import holdfast.backend.lease.LeaseView;
import holdfast.backend.lease.MasterLease;
import holdfast.backend.link.Credentials;
import holdfast.backend.link.LeaseKeeper;
import holdfast.backend.link.LinkSettings;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.RunId;
import holdfast.backend.transport.EventLoops;
import holdfast.backend.transport.SocketOptions;
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
 * so there is no write between a check and the word that the lease was given up. {@link
 * MasterLease} decides; here are the links to the voters and what clients are told.
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
   * While the lease is run down: between two looks at whether writes still come. A write that comes
   * after the last is refused, certainly not executed, and goes to the next master: longer looks
   * would only spare that, and cost each planned switchover their time.
   */
  private static final long LOOK_MILLIS = 1;

  private final ServerContext server;
  private final EventLoops loops;
  private final SecureRandom random = new SecureRandom();
  private final MasterLease lease;
  private @Nullable LeaseKeeper keeper;

  private long refusals;

  EngineLease(ServerContext server, EventLoops loops) {
    this.server = server;
    this.loops = loops;
    this.lease = new MasterLease(new RunId(server.engine().settings().runId()));
  }

  /** Master of this epoch from now on; writes are executed as soon as these voters say so. */
  void begin(long ofEpoch, List<NodeAddress> voters) {
    lease.begin(ofEpoch);
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
    LinkSettings template =
        LinkSettings.to(new InetSocketAddress(0))
            .withSocket(SocketOptions.STANDARD.withTls(server.settings().tls().voters()));
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
    boolean isMaster = server.follower().isMaster();
    lease.deposed(isMaster);
    if (!isMaster) {
      return; // replicas refuse writes for being replicas
    }
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

  /** It is a replica by now. */
  void notNeeded() {
    lease.notNeeded();
    server.engine().gate().writeLeave(null);
  }

  /** The process ends: as {@link #rest}, for good. Done when the voters have been told. */
  CompletableFuture<@Nullable Void> end() {
    notHeld();
    LeaseKeeper held = keeper;
    keeper = null;
    return held == null ? NOTHING : held.end();
  }

  private void notHeld() {
    if (lease.epoch() != 0) {
      LOG.info("gives its lease up");
    }
    lease.over();
  }

  private void onView(LeaseView view) {
    boolean had = lease.isHeld();
    boolean drains = lease.shown(view);
    long epoch = lease.epoch();
    if (lease.isHeld() && !had) {
      LOG.info("holds the lease of epoch {}: takes writes", epoch);
    } else if (had && !lease.isHeld()) {
      LOG.info("has given up the lease of epoch {}: takes no writes", epoch);
    }
    if (drains) {
      look(epoch);
    }
  }

  private void look(long ofEpoch) {
    LeaseKeeper held = keeper;
    if (held == null) {
      return;
    }
    switch (lease.look(ofEpoch)) {
      case GOES_ON -> {
        var unused =
            server.loop().schedule(() -> look(ofEpoch), LOOK_MILLIS, TimeUnit.MILLISECONDS);
      }
      case QUIET -> held.drained(ofEpoch);
      case OVER -> {}
    }
  }

  @Override
  public boolean isGiven() {
    return lease.allows(server.nowNanos());
  }

  /** As {@link #isGiven}, asked by nobody who writes: that would keep a drain from being quiet. */
  boolean runs() {
    return lease.runs(server.nowNanos());
  }

  @Override
  public CommandError refusal() {
    refusals++;
    long epoch = lease.epoch();
    if (epoch == 0) {
      return new CommandError(
          "READONLY this node is the master of no epoch: epoch "
              + server.epochs().guard().heardEpoch()
              + " is being decided. Nothing was executed");
    }
    String since =
        lease.isHeld()
            ? "it ended " + -lease.remainingNanos(server.nowNanos()) / 1_000_000 + " ms ago"
            : "no majority of the voters grants it";
    return new CommandError(
        "READONLY this master holds no lease of epoch "
            + epoch
            + ": "
            + since
            + ". Nothing was executed");
  }

  /** Milliseconds it runs on; negative if it does not. */
  long remainingMillis() {
    return lease.isHeld() ? lease.remainingNanos(server.nowNanos()) / 1_000_000 : -1;
  }

  /** The epoch this node is master of; 0 for none. */
  long epoch() {
    return lease.epoch();
  }

  /** How many writes were refused for want of it. */
  long refusals() {
    return refusals;
  }
}
