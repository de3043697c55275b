package holdfast.proxy.dispatch;

import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** All clients of the proxy, whichever loop they are on, for CLIENT LIST and KILL. Any thread. */
public final class Clients {
  private final ConcurrentHashMap<Long, ClientConnection> byId = new ConcurrentHashMap<>();
  private final AtomicLong lastId = new AtomicLong();

  long newId() {
    return lastId.incrementAndGet();
  }

  void add(ClientConnection client) {
    byId.put(client.session().id(), client);
  }

  void remove(ClientConnection client) {
    byId.remove(client.session().id());
  }

  Collection<ClientConnection> all() {
    return byId.values();
  }

  @Nullable ClientConnection byId(long id) {
    return byId.get(id);
  }

  /** How many there are. */
  public int count() {
    return byId.size();
  }
}
