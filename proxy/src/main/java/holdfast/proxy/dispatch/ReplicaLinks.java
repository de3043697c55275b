package holdfast.proxy.dispatch;

import holdfast.backend.model.NodeAddress;
import holdfast.routing.plan.View;
import holdfast.routing.read.Freshness;
import holdfast.routing.read.ReadPolicy;
import holdfast.routing.read.ReadRule;
import holdfast.routing.read.ReplicaChoice;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The replicas of one loop, and the choice among those that may serve a read: connected, one that
 * the record names, and provably no older than the bound. One loop's thread.
 */
final class ReplicaLinks implements LagSampling.Replicas {
  private final ProxyLoop loop;
  private final ReadRule rule;
  private final LagSampling sampling;
  private final Map<NodeAddress, ReplicaNode> nodes = new LinkedHashMap<>();
  private final ReplicaChoice choice = new ReplicaChoice();
  private List<ReplicaNode> order = new ArrayList<>();
  private int[] inFlight = new int[0];

  ReplicaLinks(ProxyLoop loop, ReadRule rule) {
    this.loop = loop;
    this.rule = rule;
    this.sampling = new LagSampling(loop, rule, this);
  }

  void viewChanged(View before, View now) {
    if (!rule.spreads()) {
      return;
    }
    if (!before.sameMaster(now)) {
      sampling.newMaster();
      nodes.values().forEach(ReplicaNode::forget);
    }
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
    order = new ArrayList<>(nodes.values());
    inFlight = new int[order.size() + 1];
    loop.logins().each(login -> login.replicasAre(order));
  }

  /** Those that the record lists; links to each are a login's own. */
  List<ReplicaNode> nodes() {
    return order;
  }

  @Override
  public void ask(ByteBuf infoCommand) {
    for (int i = 0; i < order.size(); i++) {
      order.get(i).ask(infoCommand);
    }
    loop.logins().each(login -> login.replicas().forEach(links -> links.look(loop.nowNanos())));
  }

  @Override
  public void sampled() {
    for (int i = 0; i < order.size(); i++) {
      order.get(i).freshness().sampled(sampling.timeline());
    }
  }

  /**
   * The link for a read that has come now, or null: then it is the master's.
   *
   * @param floor what the client has to see in any case
   * @param login of the client
   */
  @Nullable Upstream choose(int index, ReadFloor floor, LoginLinks login) {
    if (order.isEmpty()) {
      return null;
    }
    long now = loop.nowNanos();
    sampling.wanted(now);
    long bound = rule.lagBound().toNanos();
    List<ReadLinks> replicas = login.replicas();
    int count = order.size();
    for (int i = 0; i < count; i++) {
      Freshness known = order.get(i).freshness();
      boolean fresh = known.isWithin(now, bound) && floor.isCoveredBy(known);
      inFlight[i] = replicas.get(i).inFlight(index, fresh);
    }
    if (rule.policy() == ReadPolicy.ANY) {
      Upstream master = login.master(index);
      inFlight[count] = master == null ? -1 : master.inFlight();
      count++;
    }
    int chosen = choice.choose(inFlight, count);
    return chosen < 0 || chosen == order.size() ? null : replicas.get(chosen).readable(index);
  }

  /** How old the data of each can be now, in milliseconds; -1 where nobody knows. */
  Map<NodeAddress, Long> agesMillis() {
    var ages = new LinkedHashMap<NodeAddress, Long>();
    long now = loop.nowNanos();
    nodes.forEach((address, node) -> ages.put(address, node.freshness().ageMillis(now)));
    return ages;
  }
}
