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
  /** Reads of one pass, whoever's, that go out in one write to the replica of the first of them. */
  static final int TOGETHER = 64;

  private final ProxyLoop loop;
  private final ReadSettings settings;
  private final LagSampling sampling;
  private final Map<NodeAddress, ReplicaNode> nodes = new LinkedHashMap<>();
  private final SplittableRandom random = new SplittableRandom();
  private List<ReplicaNode> order = new ArrayList<>();
  private ReplicaChoice choice = new ReplicaChoice(1);
  private int masterPull = Rotation.WHOLE;
  private boolean masterNear;

  /** Of the last offer: whether some data was fresh enough, and the largest share. */
  private boolean within;

  private int best;

  /** What was chosen last. */
  private @Nullable Upstream chosen;

  private @Nullable ReplicaNode chosenNode;

  /** Where reads go that come in the same pass, for so many more. */
  private int togetherAt;

  private int togetherPass;
  private int togetherLeft;
  private ReadPolicy togetherPolicy = ReadPolicy.MASTER;

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
    togetherLeft = 0;
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
    if (goesTogether(index, policy, reads, login, now)) {
      return Reader.REPLICA;
    }
    boolean alike = policy == ReadPolicy.ANY || policy == ReadPolicy.NEAREST;
    boolean nearFirst = policy == ReadPolicy.NEAREST;
    Otherwise otherwise = reads.rule().otherwise(policy);
    choice.clear();
    offerReplicas(index, reads, login, now, false);
    if (alike && masterPull > 0 && loop.leaseRuns()) {
      offerMaster(login.master(index));
    }
    int at = choice.choose(nearFirst, random.nextLong());
    if (at == ReplicaChoice.NONE && within && otherwise != Otherwise.MASTER) {
      offerReplicas(index, reads, login, now, true);
      at = choice.choose(nearFirst, random.nextLong());
    }
    if (at == ReplicaChoice.NONE) {
      return without(otherwise, within || !sampling.isSettled(now));
    }
    if (at == order.size()) {
      return Reader.MASTER;
    }
    if (!alike && otherwise == Otherwise.MASTER && isTooMuch(index, login)) {
      return Reader.MASTER_INSTEAD;
    }
    chosenNode = order.get(at);
    chosen = login.replicas().get(at).readable(index);
    togetherAt = at;
    togetherPass = loop.pass();
    togetherPolicy = policy;
    togetherLeft = chosenNode.isReturning() ? 0 : TOGETHER - 1;
    return Reader.REPLICA;
  }

  /** Whether the choice for the read before, of whichever client, is good for this one too. */
  private boolean goesTogether(
      int index, ReadPolicy policy, ClientReads reads, LoginLinks login, long now) {
    if (togetherLeft == 0 || togetherPass != loop.pass() || togetherPolicy != policy) {
      return false;
    }
    ReplicaNode node = order.get(togetherAt);
    if (node.pull() == 0
        || node.isReturning()
        || !node.freshness().isWithin(now, reads.rule())
        || !reads.floor().isCoveredBy(reads.rule(), node.freshness())) {
      return false;
    }
    Upstream link = login.replicas().get(togetherAt).readable(index);
    if (link == null) {
      return false;
    }
    togetherLeft--;
    chosenNode = node;
    chosen = link;
    return true;
  }

  /**
   * Offers those that are fit.
   *
   * @param reserve those that are well and out of the rotation, rather than those in it
   */
  private void offerReplicas(
      int index, ClientReads reads, LoginLinks login, long now, boolean reserve) {
    ReadRule rule = reads.rule();
    List<ReadLinks> replicas = login.replicas();
    within = false;
    best = 0;
    for (int i = 0; i < order.size(); i++) {
      ReplicaNode node = order.get(i);
      if (!node.freshness().isWithin(now, rule)) {
        continue;
      }
      within = true;
      int pull = reserve ? node.reservePull() : node.pull();
      if (pull == 0 || !reads.floor().isCoveredBy(rule, node.freshness())) {
        continue;
      }
      Upstream link = replicas.get(i).readable(index);
      if (link != null) {
        best = Math.max(best, node.isReturning() ? node.share() : Rotation.WHOLE);
        choice.offer(i, link.inFlight(), pull, node.latencyNanos(), node.isNear());
      }
    }
  }

  private void offerMaster(@Nullable Upstream master) {
    if (master != null) {
      int number = order.size();
      long latency = sampling.masterLatencyNanos();
      choice.offer(number, master.inFlight(), masterPull, latency, masterNear);
    }
  }

  /** Where all that are in are coming back, what is beyond their share is the master's. */
  private boolean isTooMuch(int index, LoginLinks login) {
    return best < Rotation.WHOLE
        && random.nextInt(Rotation.WHOLE) >= best
        && loop.leaseRuns()
        && login.master(index) != null;
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
