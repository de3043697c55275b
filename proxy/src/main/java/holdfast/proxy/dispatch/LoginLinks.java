package holdfast.proxy.dispatch;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The links of one login: those that its clients share, those that they have to themselves, those
 * to replicas. Clients of different logins share none. One loop's thread.
 */
final class LoginLinks {
  private final ProxyLoop loop;
  private final int indexes;
  private final @Nullable Login login;
  private final MasterSlot[] masters;
  private final OwnLinks own;

  /** Of protocol 2 and 3. */
  private final List<SharedSubscriptions> subscriptions;

  private List<ReadLinks> replicas = List.of();
  private int clients;
  private long idleSinceNanos;

  /**
   * @param login null for the proxy's own
   */
  LoginLinks(ProxyLoop loop, int indexes, @Nullable Login login) {
    this.loop = loop;
    this.indexes = indexes;
    this.login = login;
    this.masters = new MasterSlot[indexes];
    for (int i = 0; i < indexes; i++) {
      int index = i;
      masters[i] =
          new MasterSlot(
              loop,
              "link to master",
              (master, tenure, listener) -> {
                Upstream link = loop.connect(master, tenure, index, listener, login);
                if (loop.recorder().isOn()) {
                  link.wantOnce();
                }
                return link;
              });
    }
    this.own = new OwnLinks(loop, indexes, login);
    int most = SharedSubscriptions.CHANNELS_MAX;
    this.subscriptions =
        List.of(
            new SharedSubscriptions(loop, 2, login, most),
            new SharedSubscriptions(loop, 3, login, most));
    this.idleSinceNanos = loop.nowNanos();
  }

  @Nullable Login login() {
    return login;
  }

  /** The shared link to the master if it takes commands, else null. */
  @Nullable Upstream master(int index) {
    return masters[index].ready();
  }

  OwnLinks own() {
    return own;
  }

  /** The link over which subscriptions of a protocol go. */
  SharedSubscriptions subscriptions(int protocol) {
    return subscriptions.get(protocol - 2);
  }

  /** In the order of the loop's replicas. */
  List<ReadLinks> replicas() {
    return replicas;
  }

  /** The loop's replicas are these. */
  void replicasAre(List<ReplicaNode> nodes) {
    List<ReadLinks> before = replicas;
    var now = new ArrayList<ReadLinks>();
    for (ReplicaNode node : nodes) {
      ReadLinks kept = null;
      for (ReadLinks each : before) {
        if (each.node() == node) {
          kept = each;
        }
      }
      now.add(kept == null ? new ReadLinks(loop, node, indexes, login) : kept);
    }
    replicas = now;
    for (ReadLinks each : before) {
      if (!now.contains(each)) {
        each.close("no replica of the master's any more");
      }
    }
  }

  /** Adds the shared links that there are. */
  void addShared(List<Upstream> to) {
    for (MasterSlot slot : masters) {
      Upstream link = slot.link();
      if (link != null) {
        to.add(link);
      }
    }
    for (SharedSubscriptions each : subscriptions) {
      Upstream link = each.slot().link();
      if (link != null) {
        to.add(link);
      }
    }
  }

  /** Somebody else is master, or in another epoch. */
  void viewChanged(String reason) {
    for (MasterSlot slot : masters) {
      slot.viewChanged(reason);
    }
    subscriptions.forEach(each -> each.slot().viewChanged(reason));
    own.viewChanged(reason);
  }

  /** Not needed any more, or of no more use. */
  void close(String reason) {
    for (MasterSlot slot : masters) {
      slot.close(reason);
    }
    subscriptions.forEach(each -> each.slot().close(reason));
    own.close(reason);
    replicas.forEach(each -> each.close(reason));
    if (login != null) {
      login.forget();
    }
  }

  // ---- who uses them

  void joined() {
    clients++;
  }

  void left() {
    clients--;
    idleSinceNanos = loop.nowNanos();
  }

  boolean isIdle() {
    return clients == 0;
  }

  /** When the last client left. */
  long idleSinceNanos() {
    return idleSinceNanos;
  }
}
