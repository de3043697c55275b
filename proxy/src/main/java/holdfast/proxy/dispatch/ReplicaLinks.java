package holdfast.proxy.dispatch;

import holdfast.backend.model.NodeAddress;
import holdfast.routing.read.ReadPolicy;
import holdfast.routing.read.ReplicaChoice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Shared links to the replicas, and the choice among those that are fit: connected, a replica, and
 * its own link to the master up. That is asked when a link is opened and again every half second; a
 * replica that is silent for as long with reads in flight loses its link, and the reads go
 * elsewhere. One loop's thread.
 */
final class ReplicaLinks {
  private static final long CHECK_MILLIS = 250;
  private static final long STALL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final ProxyLoop loop;
  private final int indexes;
  private final Map<NodeAddress, Node> nodes = new LinkedHashMap<>();
  private final ReplicaChoice choice = new ReplicaChoice();
  private List<Node> order = new ArrayList<>();
  private int[] inFlight = new int[0];
  private boolean checking;

  ReplicaLinks(ProxyLoop loop, int indexes) {
    this.loop = loop;
    this.indexes = indexes;
  }

  private boolean used() {
    return loop.settings().reads() != ReadPolicy.MASTER;
  }

  void viewChanged() {
    if (!used()) {
      return;
    }
    List<NodeAddress> listed = loop.view().replicas();
    for (Node node : List.copyOf(nodes.values())) {
      if (!listed.contains(node.address)) {
        nodes.remove(node.address);
        node.close("no replica any more");
      }
    }
    for (NodeAddress address : listed) {
      nodes.computeIfAbsent(address, Node::new);
    }
    order = new ArrayList<>(nodes.values());
    inFlight = new int[order.size() + 1];
    if (!checking && !order.isEmpty()) {
      checking = true;
      loop.schedule(this::check, CHECK_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void check() {
    checking = false;
    order.forEach(Node::check);
    if (!order.isEmpty() && !loop.isClosing()) {
      checking = true;
      loop.schedule(this::check, CHECK_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /** The link for a read, or null: then it is the master's. */
  @Nullable Upstream choose(int index, @Nullable Upstream master) {
    if (order.isEmpty()) {
      return null;
    }
    int count = order.size();
    for (int i = 0; i < count; i++) {
      Upstream link = order.get(i).ready(index);
      inFlight[i] = link == null || !link.hasRoom() ? -1 : link.inFlight();
    }
    if (loop.settings().reads() == ReadPolicy.ANY) {
      inFlight[count] = master == null ? -1 : master.inFlight();
      count++;
    }
    int chosen = choice.choose(inFlight, count);
    return chosen < 0 || chosen == order.size() ? null : order.get(chosen).ready(index);
  }

  /** One replica. */
  private final class Node implements Upstream.Listener {
    private final NodeAddress address;
    private final @Nullable Upstream[] links = new Upstream[indexes];
    private long retryAtNanos = loop.nowNanos();

    Node(NodeAddress address) {
      this.address = address;
    }

    @Nullable Upstream ready(int index) {
      Upstream link = links[index];
      if (link == null) {
        if (loop.nowNanos() - retryAtNanos >= 0 && !loop.isClosing()) {
          links[index] = loop.connect(address, null, index, this);
        }
        return null;
      }
      return link.isReady() ? link : null;
    }

    void check() {
      for (Upstream link : links) {
        if (link == null || !link.isReady()) {
          continue;
        }
        if (link.inFlight() > 0 && loop.nowNanos() - link.lastHeardNanos() > STALL_NANOS) {
          link.close("silent with reads in flight");
        } else {
          new ReplicaCheck(loop, link).ask();
        }
      }
    }

    void close(String reason) {
      for (Upstream link : links) {
        if (link != null) {
          link.close(reason);
        }
      }
    }

    @Override
    public void onReady(Upstream link) {
      loop.logger().debug("replica {} serves reads", address);
    }

    @Override
    public void onClosed(Upstream link, String reason) {
      if (links[link.index()] == link) {
        links[link.index()] = null;
        retryAtNanos = loop.nowNanos() + RETRY_NANOS;
        loop.logger().info("link to replica {}: {}", address, reason);
      }
    }
  }
}
