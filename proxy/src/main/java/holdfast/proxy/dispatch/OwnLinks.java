package holdfast.proxy.dispatch;

import holdfast.routing.plan.View;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Links to the master that one client at a time has to itself. Given back clean, they wait for the
 * next; a link that may not be clean is closed instead. One loop's thread.
 */
final class OwnLinks {
  /** Idle links kept for each database and protocol. */
  private static final int IDLE_MAX = 16;

  private static final long RETRY_MILLIS = 50;

  private final ProxyLoop loop;
  private final @Nullable Login login;
  private final List<Deque<Upstream>> idle = new ArrayList<>();
  private final List<Deque<ClientConnection>> waiting = new ArrayList<>();
  private final Set<Upstream> all = new LinkedHashSet<>();

  /** Who had a link last: it is told of its end. */
  private final Map<Upstream, ClientConnection> users = new HashMap<>();

  private final int[] opening;
  private final LinkTrouble trouble;
  private boolean closed;

  /**
   * @param login of those links; null for the proxy's own
   */
  OwnLinks(ProxyLoop loop, int indexes, @Nullable Login login) {
    this.loop = loop;
    this.login = login;
    this.trouble = new LinkTrouble(loop.logger(), "own link to master");
    this.opening = new int[indexes];
    for (int i = 0; i < indexes; i++) {
      idle.add(new ArrayDeque<>());
      waiting.add(new ArrayDeque<>());
    }
  }

  /** A link for this client, or null: then it is woken when there is one. */
  @Nullable Upstream take(ClientConnection client, int index) {
    for (Upstream link = idle.get(index).poll(); link != null; link = idle.get(index).poll()) {
      if (link.isReady() && link.tenure() == loop.view().tenure()) {
        users.put(link, client);
        return link;
      }
    }
    Deque<ClientConnection> queue = waiting.get(index);
    if (!queue.contains(client)) {
      queue.add(client);
    }
    openFor(index);
    return null;
  }

  private void openFor(int index) {
    View view = loop.view();
    waiting.get(index).removeIf(ClientConnection::isClosed);
    while (view.master() != null
        && !closed
        && !loop.isClosing()
        && opening[index] < Math.min(waiting.get(index).size(), IDLE_MAX)) {
      opening[index]++;
      all.add(loop.connect(view.master(), view.tenure(), index, new Opening(index), login));
    }
  }

  /** The client is done; nothing of it is left on the link if {@code clean}. */
  void giveBack(Upstream link, boolean clean) {
    boolean usable =
        clean && link.isReady() && link.inFlight() == 0 && link.tenure() == loop.view().tenure();
    users.remove(link);
    link.stream(null);
    link.silentByNature(false);
    if (clean && link.isReady() && link.inFlight() > 0) {
      link.closeWhenAnswered(); // an error that is being looked at right now, say
      return;
    }
    if (!usable) {
      link.close("given back");
      return;
    }
    offer(link);
  }

  private void offer(Upstream link) {
    Deque<Upstream> links = idle.get(link.index());
    if (links.size() >= IDLE_MAX) {
      link.close("not needed");
      return;
    }
    links.add(link);
    ClientConnection next = waiting.get(link.index()).poll();
    if (next != null) {
      loop.wake(next);
    }
  }

  /** The master is another, or links must not be used before others were killed. */
  void closeIdle(String reason) {
    for (Deque<Upstream> links : idle) {
      for (Upstream link : List.copyOf(links)) {
        link.close(reason);
      }
      links.clear();
    }
  }

  /** The master is another: all are closed, and opened anew for those who wait. */
  void viewChanged(String reason) {
    closeIdle(reason);
    for (Upstream link : List.copyOf(all)) {
      link.close(reason);
    }
    for (int i = 0; i < opening.length; i++) {
      openFor(i);
    }
  }

  /** Not needed any more. */
  void close(String reason) {
    closed = true;
    List.copyOf(all).forEach(link -> link.close(reason));
  }

  /** Those that no client has, or on which it has nothing open. */
  List<Upstream> idleLinks() {
    var links = new ArrayList<Upstream>();
    idle.forEach(links::addAll);
    users.forEach(
        (link, client) -> {
          if (client.tracking().isIdleOn(link)) {
            links.add(link);
          }
        });
    return links;
  }

  /** All, in use or not. */
  List<Upstream> links() {
    return List.copyOf(all);
  }

  private final class Opening implements Upstream.Listener {
    private final int index;
    private boolean opened;

    Opening(int index) {
      this.index = index;
    }

    @Override
    public void onReady(Upstream link) {
      opened = true;
      opening[index]--;
      trouble.over();
      loop.masterReady();
      offer(link);
    }

    @Override
    public void onClosed(Upstream link, String reason) {
      all.remove(link);
      idle.get(index).remove(link);
      ClientConnection user = users.remove(link);
      if (user != null) {
        user.ownLinkClosed(link);
      }
      if (opened) {
        return;
      }
      opening[index]--;
      if (!waiting.get(index).isEmpty() && !closed && !loop.isClosing()) {
        trouble.failed(link.address(), reason);
        loop.schedule(() -> openFor(index), RETRY_MILLIS, TimeUnit.MILLISECONDS);
      }
    }

    @Override
    public void onRoom(Upstream link) {
      loop.roomAgain();
    }
  }
}
