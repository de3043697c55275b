package holdfast.proxy.dispatch;

import holdfast.routing.command.CommandTraits;
import holdfast.routing.command.Route;
import holdfast.routing.plan.Circumstances;
import holdfast.routing.read.Otherwise;
import holdfast.routing.read.ReadPolicy;
import holdfast.routing.read.ReadRule;
import org.jspecify.annotations.Nullable;

/**
 * A client's state and what its loop offers it, as the planning asks for it. What was offered is
 * kept until the plan is carried out. One loop's thread.
 */
final class Offers implements Circumstances {
  private final ProxyLoop loop;
  private final ClientConnection client;
  private @Nullable Upstream master;
  private @Nullable Upstream replica;
  private @Nullable Upstream own;

  /** A read is the master's for want of replicas. */
  private boolean instead;

  /** Who serves reads that come in the same pass, for so many more. */
  private Reader last = Reader.MASTER;

  private @Nullable ReplicaNode lastNode;
  private ReadPolicy lastPolicy = ReadPolicy.MASTER;
  private int lastRule;
  private int lastPass;
  private int lastLeft;

  /** The shared link that the client's last command went to, to the master or a replica. */
  private @Nullable Upstream lastShared;

  Offers(ProxyLoop loop, ClientConnection client) {
    this.loop = loop;
    this.client = client;
  }

  /** The shared link to the master that was offered; it is the client's last from here on. */
  Upstream master() {
    if (instead) {
      instead = false;
      loop.counters().readInstead();
    }
    lastShared = present(master);
    return lastShared;
  }

  /** The same, whatever becomes of it; null if there was none. */
  @Nullable Upstream offeredMaster() {
    return master;
  }

  /** Whether that is another than the client's last. */
  boolean isMasterChanged() {
    return master != lastShared;
  }

  /** The client sends this. */
  void sends(CommandTraits traits) {
    if (traits.route() != Route.ANY_NODE) {
      client.reads().floor().wrote();
    }
  }

  /** The link to a replica that was chosen; it is the client's last from here on. */
  Upstream replica() {
    if (lastNode != null) {
      lastNode.figures().read();
    }
    lastShared = present(replica);
    return lastShared;
  }

  /** The link that was taken for the client alone. */
  Upstream own() {
    Upstream taken = present(own);
    own = null;
    return taken;
  }

  private static Upstream present(@Nullable Upstream offered) {
    if (offered == null) {
      throw new IllegalStateException("the plan uses a link that was not offered");
    }
    return offered;
  }

  @Override
  public boolean loggedIn() {
    return client.session().authenticated();
  }

  @Override
  public boolean hasOpen() {
    return client.use().isInUse();
  }

  @Override
  public boolean owesReplies() {
    return client.replies().unanswered() > 0;
  }

  @Override
  public boolean refuses() {
    return client.waiting().refuses();
  }

  @Override
  public Reader reader(CommandTraits traits) {
    instead = false;
    ClientReads reads = client.reads();
    ReadPolicy policy = reads.policy(traits);
    // What a replica is asked the master does not know of, and cannot track.
    if (policy == ReadPolicy.MASTER || client.tracking().isOn()) {
      return Reader.MASTER;
    }
    if (goesTogether(policy, reads)) {
      lastLeft--;
      return last;
    }
    last = choose(policy, reads);
    lastPolicy = policy;
    lastRule = reads.changes();
    lastPass = loop.pass();
    lastLeft = last == Reader.REPLICA || last == Reader.MASTER ? ReplicaLinks.TOGETHER - 1 : 0;
    instead = last == Reader.MASTER_INSTEAD;
    return last;
  }

  /** Whether the choice for the read before holds for this one. */
  private boolean goesTogether(ReadPolicy policy, ClientReads reads) {
    if (lastLeft <= 0
        || lastPass != loop.pass()
        || lastPolicy != policy
        || lastRule != reads.changes()) {
      return false;
    }
    Upstream to = replica;
    return !reads.floor().hasWritten()
        && (last != Reader.REPLICA
            || (to != null && to.isReady() && to.hasRoom() && to.index() == client.linkIndex()));
  }

  private Reader choose(ReadPolicy policy, ClientReads reads) {
    replica = null;
    ReadRule rule = reads.rule();
    boolean owes = owesReplies();
    if (!reads.floor().allowsReplica(rule, owes, loop.nowNanos())) {
      // Behind what is under way at the master.
      return rule.otherwise(policy) == Otherwise.MASTER
          ? Reader.MASTER
          : Reader.NOBODY_BEFORE_REPLIES;
    }
    Reader reader = loop.replicas().choose(client.linkIndex(), policy, reads, client.links());
    if (reader == Reader.REPLICA) {
      replica = loop.replicas().chosen();
      lastNode = loop.replicas().chosenNode();
    }
    return reader;
  }

  @Override
  public boolean masterHasRoomForReads() {
    int most = loop.settings().reads().masterReadsMax();
    return most == 0 ? masterHasRoom() : present(master).hasRoomBelow(most);
  }

  @Override
  public boolean offersMaster() {
    ClientTracking tracking = client.tracking();
    master = tracking.isOn() ? tracking.link() : client.links().master(client.linkIndex());
    return master != null && loop.leaseRanAt(client.proceedsAtNanos());
  }

  @Override
  public boolean masterHasRoom() {
    return present(master).hasRoom();
  }

  @Override
  public boolean owesRepliesElsewhere() {
    Upstream last = lastShared;
    return last != master && last != null && !last.isClosed() && owesReplies();
  }

  @Override
  public boolean offersOwnLink() {
    own = client.use().takeLink();
    return own != null;
  }

  @Override
  public boolean offersLinkBeside() {
    own = client.use().takeLinkBeside();
    return own != null;
  }

  @Override
  public boolean lacksReplicas() {
    return loop.commits().lacksReplicas();
  }
}
