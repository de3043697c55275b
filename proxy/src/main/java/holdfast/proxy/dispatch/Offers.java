package holdfast.proxy.dispatch;

import holdfast.routing.command.CommandTraits;
import holdfast.routing.command.Route;
import holdfast.routing.plan.Circumstances;
import holdfast.routing.read.ReadPolicy;
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

  private final ReadFloor floor = new ReadFloor();

  /** The shared link that the client's last command went to, to the master or a replica. */
  private @Nullable Upstream lastShared;

  Offers(ProxyLoop loop, ClientConnection client) {
    this.loop = loop;
    this.client = client;
  }

  /** The shared link to the master that was offered; it is the client's last from here on. */
  Upstream master() {
    lastShared = present(master);
    return lastShared;
  }

  /** Whether that is another than the client's last. */
  boolean isMasterChanged() {
    return master != lastShared;
  }

  /** The client sends this. */
  void sends(CommandTraits traits) {
    if (traits.route() != Route.ANY_NODE && loop.settings().reads().readYourWrites()) {
      floor.wrote();
    }
  }

  /** The link to a replica that was chosen; it is the client's last from here on. */
  Upstream replica() {
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
  public ReadPolicy reads() {
    return loop.settings().reads().policy();
  }

  @Override
  public boolean offersReplica() {
    replica = null;
    // What a replica is asked the master does not know of, and cannot track.
    if (!client.tracking().isOn() && floor.allowsReplica(owesReplies(), loop.nowNanos())) {
      int index = client.linkIndex();
      replica = loop.replicas().choose(index, floor, client.links());
    }
    return replica != null;
  }

  @Override
  public boolean offersMaster() {
    ClientTracking tracking = client.tracking();
    master = tracking.isOn() ? tracking.link() : client.links().master(client.linkIndex());
    return master != null && loop.leaseRuns();
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
