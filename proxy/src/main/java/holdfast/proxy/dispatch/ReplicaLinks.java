package holdfast.proxy.dispatch;

import holdfast.backend.model.NodeAddress;
import holdfast.routing.plan.Circumstances.Reader;
import holdfast.routing.plan.View;
import holdfast.routing.read.Otherwise;
import holdfast.routing.read.ReadPolicy;
import holdfast.routing.read.ReadRule;
import holdfast.routing.read.ReadSettings;
import holdfast.routing.read.ReplicaChoice;
import holdfast.routing.read.Rotation;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The replicas of one loop, and the choice among those that may serve a read: connected, one that
 * the record names, in the rotation, and provably no older than the bound. One loop's thread.
 */
final class ReplicaLinks implements LagSampling.Replicas {
  private final ProxyLoop loop;
  private final ReadSettings settings;
  private final LagSampling sampling;
  private final Map<NodeAddress, ReplicaNode> nodes = new LinkedHashMap<>();
  private final SplittableRandom random = new SplittableRandom();
  private List<ReplicaNode> order = new ArrayList<>();
  private ReplicaChoice choice = new ReplicaChoice(1);
  private int masterPull = Rotation.WHOLE;
  private boolean masterNear;

  /** What was chosen last. */
  private @Nullable Upstream chosen;

  private @Nullable ReplicaNode chosenNode;

  private volatile List<ReplicaFigures> figures = List.of();

  ReplicaLinks(ProxyLoop loop, ReadSettings settings) {
    this.loop = loop;
    this.settings = settings;
    this.sampling = new LagSampling(loop, settings.sampling(), this);
  }

  void viewChanged(View before, View now) {
    if (!before.sameMaster(now)) {
      sampling.newMaster();
      nodes.values().forEach(ReplicaNode::forget);
    }
    nodes.values().forEach(node -> node.viewChanged(now));
    List<NodeAddress> listed = now.replicas().addresses();
    for (NodeAddress address : List.copyOf(nodes.keySet())) {
      if (!listed.contains(address)) {
        ReplicaNode gone = nodes.remove(address);
        if (gone != null) {
          gone.close("no replica of the master's any more");
        }
      }
    }
    for (NodeAddress address : listed) {
      nodes.computeIfAbsent(address, at -> new ReplicaNode(loop, at, sampling.timeline()));
    }
    NodeAddress master = now.master();
    if (master != null) {
      masterPull = settings.weightOf(master) * Rotation.WHOLE;
      masterNear = settings.isNear(master);
    }
    order = new ArrayList<>(nodes.values());
    choice = new ReplicaChoice(order.size() + 1);
    figures = order.stream().map(ReplicaNode::figures).toList();
    loop.logins().each(login -> login.replicasAre(order));
  }

  /** Those that the record lists; links to each are a login's own. */
  List<ReplicaNode> nodes() {
    return order;
  }

  /** What there is to tell of each: any thread. */
  List<ReplicaFigures> figures() {
    return figures;
  }

  // ---- the sampling

  @Override
  public boolean ask(ByteBuf infoCommand) {
    long now = loop.nowNanos();
    long fastest = fastestNanos();
    for (int i = 0; i < order.size(); i++) {
      ReplicaNode node = order.get(i);
      node.look(now, sampling.isCurrent(now), fastest);
      node.ask(infoCommand);
    }
    boolean busy = false;
    for (LoginLinks login : loop.logins().all()) {
      for (ReadLinks links : login.replicas()) {
        busy |= links.look(now, settings.timeLimit().toNanos());
      }
    }
    return loop.wakeForReplicas() || busy;
  }

  private long fastestNanos() {
    long fastest = sampling.masterLatencyNanos();
    for (int i = 0; i < order.size(); i++) {
      fastest = Math.min(fastest, order.get(i).latencyNanos());
    }
    return fastest;
  }

  @Override
  public void sampled() {
    for (int i = 0; i < order.size(); i++) {
      order.get(i).freshness().sampled(sampling.timeline());
    }
  }

  // ---- the choice

  /**
   * Who serves a read that has come now. If it is a replica, {@link #chosen} is the link.
   *
   * @param policy any but the master's
   * @param reads the client's rule, and what it has to see in any case
   * @param login of the client
   */
  Reader choose(int index, ReadPolicy policy, ClientReads reads, LoginLinks login) {
    long now = loop.nowNanos();
    sampling.wanted(now);
    ReadRule rule = reads.rule();
    List<ReadLinks> replicas = login.replicas();
    boolean alike = policy == ReadPolicy.ANY || policy == ReadPolicy.NEAREST;
    boolean comes = false;
    int best = 0;
    choice.clear();
    for (int i = 0; i < order.size(); i++) {
      ReplicaNode node = order.get(i);
      if (!node.freshness().isWithin(now, rule)) {
        continue;
      }
      comes = true;
      if (node.pull() == 0 || !reads.floor().isCoveredBy(rule, node.freshness())) {
        continue;
      }
      Upstream link = replicas.get(i).readable(index);
      if (link != null) {
        best = Math.max(best, node.share());
        choice.offer(i, link.inFlight(), node.pull(), node.latencyNanos(), node.isNear());
      }
    }
    if (alike && masterPull > 0 && loop.leaseRuns()) {
      Upstream master = login.master(index);
      if (master != null) {
        choice.offer(
            order.size(), master.inFlight(), masterPull, sampling.masterLatencyNanos(), masterNear);
      }
    }
    int at = choice.choose(policy == ReadPolicy.NEAREST, random.nextLong());
    if (at == order.size()) {
      return Reader.MASTER;
    }
    Otherwise otherwise = rule.otherwise(policy);
    if (at == ReplicaChoice.NONE) {
      return without(otherwise, comes || !sampling.isSettled(now));
    }
    if (!alike
        && best < Rotation.WHOLE
        && otherwise == Otherwise.MASTER
        && random.nextInt(Rotation.WHOLE) >= best) {
      return Reader.MASTER_INSTEAD; // those that come back come back gradually
    }
    chosenNode = order.get(at);
    chosen = replicas.get(at).readable(index);
    return Reader.REPLICA;
  }

  /**
   * No replica is fit.
   *
   * @param comes whether one will be before long: it lacks what the client wrote, or a link, or
   *     nobody has been asked yet
   */
  private static Reader without(Otherwise otherwise, boolean comes) {
    return switch (otherwise) {
      case MASTER -> Reader.MASTER_INSTEAD;
      case WAIT -> Reader.NOBODY_YET;
      case ERROR -> comes ? Reader.NOBODY_YET : Reader.NOBODY;
    };
  }

  /** The link to the replica that was chosen. */
  @Nullable Upstream chosen() {
    return chosen;
  }

  /** The replica that was chosen. */
  @Nullable ReplicaNode chosenNode() {
    return chosenNode;
  }
}
