package holdfast.proxy.runtime;

import holdfast.backend.lease.LeaseHolder;
import holdfast.backend.lease.LeaseView;
import holdfast.backend.link.Credentials;
import holdfast.backend.link.LeaseKeeper;
import holdfast.backend.link.LinkSettings;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.time.Ticker;
import holdfast.backend.transport.EventLoops;
import holdfast.backend.transport.SocketOptions;
import holdfast.proxy.dispatch.ProxyLoop;
import holdfast.routing.plan.Durability;
import holdfast.routing.plan.DurabilityRule;
import holdfast.routing.plan.Tenure;
import holdfast.routing.plan.View;
import holdfast.routing.read.ReplicaSet;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The voters say who is master: turns each {@link LeaseView} into what the loops read. A renewal
 * moves the end of the tenure on, which they see at once; a new epoch, or a new list of replicas,
 * is a new {@link View}, which each loop takes up in turn. Between the two nothing of the old epoch
 * is acknowledged, because its tenure has been given up before.
 *
 * <p>Before a planned switchover the tenure is drained: the loops send nothing more in it, and once
 * nothing is under way on any of them it is given up, so that nothing is ever in doubt. If that
 * takes longer than the lease, the lease ends it.
 *
 * <p>One thread of its own, so that a busy client loop cannot cost the lease.
 */
final class QuorumTopology implements ControlPlane {
  private static final Logger LOG = LoggerFactory.getLogger(QuorumTopology.class);

  private final TopologySettings.Quorum settings;
  private final DurabilityRule durability;
  private final HostAddresses hosts = new HostAddresses();
  private final List<ProxyLoop> proxies;
  private final CommandLearner learner;
  private final Ticker ticker;
  private final EventLoops loops;
  private final LeaseKeeper keeper;

  private Tenure tenure = new Tenure(0);
  private View shown = View.unknown();

  QuorumTopology(
      NodeId id,
      TopologySettings.Quorum settings,
      DurabilityRule durability,
      List<ProxyLoop> proxies,
      CommandLearner learner,
      Ticker ticker) {
    this.settings = settings;
    this.durability = durability;
    this.proxies = proxies;
    this.learner = learner;
    this.ticker = ticker;
    this.loops = EventLoops.start("control", 1);
    var random = new SecureRandom();
    var suffix = new byte[6];
    random.nextBytes(suffix);
    this.keeper =
        new LeaseKeeper(
            loops,
            loops.loop(0),
            // A holder that restarts is another one: it knows nothing of what it held.
            LeaseHolder.draining(new NodeId(id + "-" + HexFormat.of().formatHex(suffix))),
            settings.voters(),
            template(),
            ticker,
            random,
            this::onView);
    proxies.forEach(proxy -> proxy.onTrouble(keeper::hint));
  }

  private LinkSettings template() {
    LinkSettings links =
        LinkSettings.to(new InetSocketAddress(0))
            .withSocket(SocketOptions.STANDARD.withTls(settings.tls()));
    String secret = settings.secret();
    return secret == null ? links : links.withCredentials(new Credentials(null, secret));
  }

  @Override
  public void start() {
    keeper.start();
  }

  /** On the control thread. */
  private void onView(LeaseView view) {
    AcceptedRecord record = view.record();
    if (record == null) {
      return;
    }
    long now = ticker.nowNanos();
    if (record.epoch() != tenure.epoch()) {
      tenure.giveUp();
      tenure = new Tenure(record.epoch());
      LOG.info("epoch {}: master {} ({})", record.epoch(), record.master(), record.masterRunId());
      learner.ask(record.master());
    }
    boolean held = tenure.heldAt(now);
    if (view.heldUntilNanos() == LeaseHolder.NOT_HELD) {
      tenure.lapse();
    } else {
      tenure.holdUntil(view.heldUntilNanos());
    }
    var next =
        new View(
            record.master(),
            record.masterRunId(),
            tenure,
            replicas(record),
            durability(record, now));
    if (!next.equals(shown)) {
      shown = next;
      proxies.forEach(proxy -> proxy.show(next));
    }
    if (!held && tenure.heldAt(now)) {
      proxies.forEach(ProxyLoop::leaseHeld);
    }
    if (view.draining() && !tenure.isDraining()) {
      drain(tenure);
    }
  }

  private void drain(Tenure leaving) {
    leaving.drain();
    long begunNanos = ticker.nowNanos();
    LOG.info("epoch {}: about to end as planned, nothing more is sent", leaving.epoch());
    var busy = new AtomicInteger(proxies.size());
    for (ProxyLoop proxy : proxies) {
      proxy.quiesce(
          leaving,
          () -> {
            if (busy.decrementAndGet() == 0) {
              leaving.giveUp();
              keeper.drained(leaving.epoch());
              LOG.info(
                  "epoch {}: drained in {} us",
                  leaving.epoch(),
                  (ticker.nowNanos() - begunNanos) / 1_000);
            }
          });
    }
  }

  /** What is required, and which replicas count: those adopted in this epoch, never one of 0. */
  private Durability durability(AcceptedRecord record, long nowNanos) {
    int required = required(record);
    if (required == 0) {
      return Durability.NONE;
    }
    List<Durability.Replica> adopted =
        record.backends().stream()
            .filter(backend -> backend.priority() > 0)
            .map(AcceptedRecord.BackendEntry::address)
            .filter(address -> !address.equals(record.master()) && isAdopted(record, address))
            .map(
                address ->
                    new Durability.Replica(hosts.of(address.host(), nowNanos), address.port()))
            .toList();
    return new Durability(required, adopted, record.replicationIds());
  }

  private static boolean isAdopted(AcceptedRecord record, NodeAddress address) {
    return record.adopted().stream()
        .anyMatch(entry -> entry.epoch() == record.epoch() && entry.address().equals(address));
  }

  private int required(AcceptedRecord record) {
    return durability.replicasOf(record.countedBackends(), record.replicasRequired());
  }

  /** Those of priority 0 too: they are never promoted, but read from. */
  private static ReplicaSet replicas(AcceptedRecord record) {
    List<ReplicaSet.Member> members =
        record.adopted().stream()
            .filter(entry -> entry.epoch() == record.epoch())
            .filter(entry -> !entry.address().equals(record.master()))
            .map(entry -> new ReplicaSet.Member(entry.address(), entry.runId()))
            .toList();
    return new ReplicaSet(members, record.replicationIds());
  }

  @Override
  public List<String> status() {
    LeaseView view = keeper.view();
    AcceptedRecord record = view.record();
    if (record == null) {
      return List.of("topology:quorum", "master:unknown", "epoch:0", "lease_held:no");
    }
    boolean held = view.holds(record.epoch(), ticker.nowNanos());
    return List.of(
        "topology:quorum",
        "master:" + record.master(),
        "epoch:" + record.epoch(),
        "lease_held:" + (held ? "yes" : "no"),
        "replicas_required:" + required(record));
  }

  @Override
  public void close() {
    keeper.close();
    // Its last task closes the links; they must be gone before the loop is.
    loops.loop(0).submit(() -> {}).awaitUninterruptibly(1, TimeUnit.SECONDS);
    loops.close();
  }
}
