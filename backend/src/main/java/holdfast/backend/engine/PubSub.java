package holdfast.backend.engine;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who listens to which channels and patterns. */
final class PubSub {
  private final ByteTable<Set<Client>> channels = new ByteTable<>();
  private final ByteTable<Set<Client>> patterns = new ByteTable<>();
  private final ByteTable<Set<Client>> shardChannels = new ByteTable<>();

  ByteTable<Set<Client>> channels() {
    return channels;
  }

  ByteTable<Set<Client>> patterns() {
    return patterns;
  }

  ByteTable<Set<Client>> shardChannels() {
    return shardChannels;
  }

  /** Adds a listener; false if it was one. */
  static boolean add(
      ByteTable<Set<Client>> listeners, ByteTable<Boolean> own, byte[] channel, Client client) {
    if (own.put(channel, true) != null) {
      return false;
    }
    Set<Client> clients = listeners.get(channel);
    if (clients == null) {
      clients = new LinkedHashSet<>();
      listeners.put(channel, clients);
    }
    return clients.add(client);
  }

  /** Removes a listener; false if it was none. */
  static boolean remove(
      ByteTable<Set<Client>> listeners, ByteTable<Boolean> own, byte[] channel, Client client) {
    if (own.remove(channel) == null) {
      return false;
    }
    @Nullable Set<Client> clients = listeners.get(channel);
    if (clients != null) {
      clients.remove(client);
      if (clients.isEmpty()) {
        listeners.remove(channel);
      }
    }
    return true;
  }

  /** The connection is gone. */
  void disconnected(Client client) {
    Subscriptions own = client.subscriptions();
    leave(channels, own.channels(), client);
    leave(patterns, own.patterns(), client);
    leave(shardChannels, own.shardChannels(), client);
  }

  private static void leave(
      ByteTable<Set<Client>> listeners, ByteTable<Boolean> own, Client client) {
    for (ByteTable.Entry<Boolean> entry : own) {
      Set<Client> clients = listeners.get(entry.key());
      if (clients != null) {
        clients.remove(client);
        if (clients.isEmpty()) {
          listeners.remove(entry.key());
        }
      }
    }
    own.clear();
  }
}
