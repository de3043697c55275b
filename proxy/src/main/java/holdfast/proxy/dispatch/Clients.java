package holdfast.proxy.dispatch;

import holdfast.proxy.session.SubscriberSurplus;
import holdfast.routing.command.CommandTraits;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** All clients of the proxy, whichever loop they are on, for CLIENT LIST and KILL. Any thread. */
public final class Clients {
  private final ConcurrentHashMap<Long, ClientConnection> byId = new ConcurrentHashMap<>();
  private final AtomicLong lastId = new AtomicLong();
  private final SubscriberSurplus surplus = new SubscriberSurplus();

  /** Null while there is none, which is nearly always. */
  private volatile @Nullable ClientPause pause;

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

  // ---- CLIENT PAUSE

  /** Whether a command waits for the end of a pause. */
  boolean arePaused(CommandTraits traits, ProxyLoop loop) {
    ClientPause now = pause;
    return now != null && now.holds(traits, loop.nowNanos());
  }

  /** How long the pause still lasts; it is over with 0. */
  long pausedNanos(long nowNanos) {
    ClientPause now = pause;
    return now == null ? 0 : Math.max(0, now.endNanos() - nowNanos);
  }

  synchronized void pause(long nowNanos, long millis, boolean writesOnly) {
    var asked = new ClientPause(nowNanos + TimeUnit.MILLISECONDS.toNanos(millis), writesOnly);
    ClientPause old = pause;
    boolean runs = old != null && old.endNanos() - nowNanos > 0;
    pause = runs && old != null ? old.with(asked) : asked;
  }

  synchronized void unpause() {
    if (pause != null) {
      pause = null;
      all().forEach(client -> client.execute(client::wake));
    }
  }

  /** How many more subscribers there are than the server sees. */
  SubscriberSurplus surplus() {
    return surplus;
  }

  /** How many there are. */
  public int count() {
    return byId.size();
  }
}
