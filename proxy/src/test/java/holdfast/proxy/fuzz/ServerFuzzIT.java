package holdfast.proxy.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import holdfast.backend.testing.Wire;
import holdfast.proxy.runtime.ProxyServer;
import holdfast.proxy.runtime.ProxySettings;
import holdfast.proxy.runtime.TopologySettings;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A server that says anything: its link is closed, and clients get the reply of their command, from
 * another link, or an error; never what was said in its place, and none is closed. Longer:
 * -Dholdfast.fuzz.replies=10000000 -Dholdfast.fuzz.seed=7.
 */
class ServerFuzzIT {
  private static final long SEED = Long.getLong("holdfast.fuzz.seed", 1);
  private static final long REPLIES = Long.getLong("holdfast.fuzz.replies", 200_000);
  private static final int CLIENTS = 6;
  private static final int PIPELINE = 100;

  private final AtomicLong errors = new AtomicLong();
  private final AtomicLong told = new AtomicLong();

  @Test
  void whatNoServerSaysReachesNoClient() throws Exception {
    System.out.println("fuzz of servers: seed " + SEED + ", replies " + REPLIES);
    try (RedisServer redis = RedisServer.start();
        var relay = new LyingRelay(redis.address(), SEED);
        ProxyServer proxy =
            ProxyServer.start(
                ProxySettings.of(
                        "127.0.0.1",
                        0,
                        new TopologySettings.Single(new NodeAddress("127.0.0.1", relay.port())))
                    .withLoops(2));
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
      var clients = new ArrayList<Callable<Void>>();
      for (int i = 0; i < CLIENTS; i++) {
        int number = i;
        clients.add(() -> run(number, proxy.address(), relay));
      }
      for (Future<Void> client : threads.invokeAll(clients)) {
        client.get();
      }
      System.out.printf(
          "fuzz of servers: %d replies and %d lies on links; clients got %d replies of theirs and %d"
              + " errors%n",
          relay.replies(), relay.lies(), told.get(), errors.get());
      assertTrue(relay.lies() >= REPLIES / 5_000, "lies: " + relay.lies());
      assertTrue(told.get() > 10 * errors.get(), "most are answered: " + told + ", not " + errors);
    }
  }

  private Void run(int number, InetSocketAddress proxy, LyingRelay relay) {
    try (var client = new Wire(proxy)) {
      for (int round = 0; relay.replies() < REPLIES; round++) {
        String own = number + "." + round + ".";
        for (int i = 0; i < PIPELINE; i++) {
          switch (i % 3) {
            case 0 -> client.send("ECHO", own + i);
            case 1 -> client.send("SET", "k" + number, own + i);
            default -> client.send("GET", "k" + number);
          }
        }
        for (int i = 0; i < PIPELINE; i++) {
          check(i % 3 == 0 ? own + i : i % 3 == 1 ? "+OK" : null, client.read());
        }
      }
    }
    return null;
  }

  /**
   * @param expected null for any value of this client: a write may be in doubt
   */
  private void check(@Nullable String expected, @Nullable Object reply) {
    String text = String.valueOf(reply);
    if (text.startsWith("-")) {
      assertTrue(text.startsWith("-ERR ") || text.startsWith("-MASTERDOWN "), text);
      errors.incrementAndGet();
      return;
    }
    if (expected == null) {
      assertTrue(text.equals("null") || text.matches("\\d+\\.\\d+\\.\\d+"), text);
    } else {
      assertEquals(expected, text);
    }
    told.incrementAndGet();
  }
}
