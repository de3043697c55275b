package holdfast.backend.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Clients that wait for keys, for a time, or for something outside the keyspace.
 *
 * <p>Clients of one key are served in the order in which they began to wait; keys in the order in
 * which they were filled; all after the command (or transaction) that filled them, so what a
 * transaction adds and takes away again was never there. Source: Redis {@code blocked.c},
 * handleClientsBlockedOnKeys.
 */
public final class BlockedClients {
  /** One client's wait. */
  static final class Waiting {
    private final Call call;
    private final Database database;
    private final List<byte[]> keys;
    private final long deadlineMillis;
    private final BlockedOperation operation;

    private Waiting(Call call, List<byte[]> keys, long deadlineMillis, BlockedOperation operation) {
      this.call = call;
      this.database = call.db();
      this.keys = keys;
      this.deadlineMillis = deadlineMillis;
      this.operation = operation;
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Ready(Database database, byte[] key) {}

  private record Deadline(long millis, long clientId) {}

  private final Map<Database, ByteTable<LinkedHashSet<Client>>> queues = new HashMap<>();
  private final ArrayDeque<Ready> ready = new ArrayDeque<>();
  private final TreeMap<Deadline, Client> deadlines =
      new TreeMap<>(
          Comparator.comparingLong(Deadline::millis).thenComparingLong(Deadline::clientId));
  private final LinkedHashSet<Client> waiting = new LinkedHashSet<>();

  /** How many clients wait. */
  public int size() {
    return waiting.size();
  }

  /**
   * Makes the client of {@code call} wait; its handler writes no reply.
   *
   * @param keys keys of its database to wait for; empty if something else will serve it ({@link
   *     #release})
   * @param deadlineMillis wall-clock time at which {@link BlockedOperation#timedOut} replies; 0 for
   *     never
   */
  public void block(Call call, List<byte[]> keys, long deadlineMillis, BlockedOperation operation) {
    Client client = call.client();
    var waiting = new Waiting(call, List.copyOf(keys), deadlineMillis, operation);
    client.waiting(waiting);
    this.waiting.add(client);
    for (byte[] key : waiting.keys) {
      ByteTable<LinkedHashSet<Client>> byKey =
          queues.computeIfAbsent(waiting.database, d -> new ByteTable<>());
      LinkedHashSet<Client> queue = byKey.get(key);
      if (queue == null) {
        queue = new LinkedHashSet<>();
        byKey.put(key, queue);
      }
      queue.add(client);
    }
    if (deadlineMillis != 0) {
      deadlines.put(new Deadline(deadlineMillis, client.id()), client);
    }
  }

  /** Ends a client's wait; whoever calls has written its reply. False if it did not wait. */
  public boolean release(Client client) {
    Waiting waiting = client.waiting();
    if (waiting == null) {
      return false;
    }
    forget(client, waiting);
    client.commandEnds();
    client.output().resume();
    return true;
  }

  private void forget(Client client, Waiting waiting) {
    client.waiting(null);
    this.waiting.remove(client);
    waiting.operation.ended();
    for (byte[] key : waiting.keys) {
      ByteTable<LinkedHashSet<Client>> byKey = queues.get(waiting.database);
      LinkedHashSet<Client> queue = byKey == null ? null : byKey.get(key);
      if (byKey != null && queue != null) {
        queue.remove(client);
        if (queue.isEmpty()) {
          byKey.remove(key);
          if (byKey.isEmpty()) {
            queues.remove(waiting.database);
          }
        }
      }
    }
    if (waiting.deadlineMillis != 0) {
      deadlines.remove(new Deadline(waiting.deadlineMillis, client.id()));
    }
  }

  /** CLIENT UNBLOCK: as if its time were up. False if it does not wait. */
  boolean timeOut(Client client) {
    Waiting waiting = client.waiting();
    if (waiting == null) {
      return false;
    }
    forget(client, waiting);
    waiting.operation.timedOut(client.out());
    client.commandEnds();
    client.output().resume();
    return true;
  }

  /** The connection is gone. */
  void disconnected(Client client) {
    Waiting waiting = client.waiting();
    if (waiting != null) {
      forget(client, waiting);
    }
  }

  /** All that wait get this error and are released, as when a master becomes a replica. */
  public void releaseAll(CommandError error, boolean alsoClose) {
    for (Client client : List.copyOf(waiting)) {
      client.out().error(error.text());
      release(client);
      if (alsoClose) {
        client.output().closeAfterReply();
      }
    }
  }

  void keyAdded(Database database, byte[] key, Value value) {
    ByteTable<LinkedHashSet<Client>> byKey = queues.isEmpty() ? null : queues.get(database);
    if (byKey != null && byKey.containsKey(key)) {
      ready.add(new Ready(database, key));
    }
  }

  /** SWAPDB: any key that somebody waits for may be there now. */
  void contentsReplaced(Database database) {
    ByteTable<LinkedHashSet<Client>> byKey = queues.get(database);
    if (byKey != null) {
      byKey.forEach(entry -> ready.add(new Ready(database, entry.key())));
    }
  }

  boolean hasReady() {
    return !ready.isEmpty();
  }

  /** Serves whom the keys added since the last call allow to be served. */
  void serveReady(Effects effects) {
    for (Ready next = ready.poll(); next != null; next = ready.poll()) {
      ByteTable<LinkedHashSet<Client>> byKey = queues.get(next.database);
      LinkedHashSet<Client> queue = byKey == null ? null : byKey.get(next.key);
      if (queue == null) {
        continue;
      }
      for (Client client : new ArrayList<>(queue)) {
        Value value = next.database.get(next.key);
        if (value == null) {
          break;
        }
        Waiting waiting = client.waiting();
        if (waiting != null && waiting.operation.wants(value.type())) {
          serve(client, waiting, next.key);
          effects.flush();
        }
      }
    }
  }

  private void serve(Client client, Waiting waiting, byte[] key) {
    waiting.call.again();
    boolean served;
    try {
      served = waiting.operation.serve(waiting.call, key);
    } catch (CommandError error) {
      waiting.call.fail(error);
      served = true;
    }
    if (served) {
      forget(client, waiting);
      client.commandEnds();
      client.output().resume();
    }
  }

  /** Ends the waits whose time is up. */
  void tick(long nowMillis) {
    while (!deadlines.isEmpty()) {
      var first = deadlines.firstEntry();
      if (first.getKey().millis > nowMillis) {
        return;
      }
      @Nullable Client client = first.getValue();
      timeOut(client);
    }
  }
}
