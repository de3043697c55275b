package holdfast.backend.engine;

import java.util.LinkedHashSet;
import java.util.List;

/** CLIENT PAUSE: until when, what it holds, and whose command is held (at most one each). */
final class PausedClients {
  private final LinkedHashSet<Client> held = new LinkedHashSet<>();
  private long untilMillis;
  private boolean all;
  private boolean active;

  /** Holds writes, or everything; a shorter pause never shortens a longer one. */
  void pause(long nowMillis, long forMillis, boolean everything) {
    long until = nowMillis + forMillis;
    if (until < 0) {
      until = Long.MAX_VALUE;
    }
    if (!active || until > untilMillis) {
      untilMillis = until;
    }
    // A pause of everything is not weakened by a later one of writes.
    all = active ? all || everything : everything;
    active = true;
  }

  boolean isActive() {
    return active;
  }

  boolean holdsAll() {
    return active && all;
  }

  void hold(Client client, byte[][] args) {
    client.postponed(args);
    held.add(client);
  }

  void forget(Client client) {
    held.remove(client);
    client.postponed(null);
  }

  boolean isOver(long nowMillis) {
    return active && nowMillis >= untilMillis;
  }

  /** Ends the pause: whose commands are to be executed now, in the order in which they came. */
  List<Client> end() {
    active = false;
    all = false;
    untilMillis = 0;
    List<Client> clients = List.copyOf(held);
    held.clear();
    return clients;
  }
}
