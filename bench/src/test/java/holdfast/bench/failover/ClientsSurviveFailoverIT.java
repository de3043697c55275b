package holdfast.bench.failover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.RedisServer;
import holdfast.routing.command.InDoubtPolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Four client libraries with their retries off, three real Redis servers, three voters and a proxy:
 * the master is killed, and later it hangs. The clients write what may be repeated, and the proxy
 * runs with in-doubt idempotent.
 */
class ClientsSurviveFailoverIT {
  private static final int CONNECTIONS = 4;

  private final List<ClientLoad> loads = new ArrayList<>();
  private Cluster cluster;
  @TempDir private Path folder;

  @BeforeEach
  void startEverything() throws Exception {
    cluster = new Cluster(folder, 0);
    int port = cluster.startProxy(InDoubtPolicy.IDEMPOTENT);
    loads.add(ThreadLoad.jedis("127.0.0.1", port, CONNECTIONS));
    loads.add(ThreadLoad.lettuce("127.0.0.1", port, CONNECTIONS));
    loads.add(ProcessLoad.redisPy("127.0.0.1", port, CONNECTIONS));
    loads.add(ProcessLoad.ioredis("127.0.0.1", port, CONNECTIONS));
    for (ClientLoad load : loads) {
      load.awaitReady();
    }
  }

  @AfterEach
  void stopEverything() {
    loads.forEach(ClientLoad::close);
    if (cluster != null) {
      cluster.close();
    }
  }

  /** A load that goes on for a while shows what a switch leaves behind. */
  private static void goOn() throws InterruptedException {
    Thread.sleep(1500);
  }

  private void finishAndCheck() throws Exception {
    for (ClientLoad load : loads) {
      ClientLoad.Result seen = load.finish();
      System.out.println(load.name() + ": " + seen);
      assertEquals(0, seen.errorCount(), () -> load.name() + " saw " + seen.errors());
      assertTrue(seen.writes() > 100, () -> load.name() + " wrote only " + seen.writes());
      // Directly at the master: each connection's last acknowledged write is there.
      for (Map.Entry<String, Long> entry : seen.acknowledged().entrySet()) {
        String value = cluster.master().cli("GET", entry.getKey());
        assertTrue(
            !value.isEmpty() && Long.parseLong(value) >= entry.getValue(),
            () -> entry.getKey() + " is " + value + ", acknowledged was " + entry.getValue());
      }
    }
  }

  @Test
  void noClientSeesTheMasterKilledAndRestarted() throws Exception {
    goOn();
    RedisServer victim = cluster.master();
    long epoch = cluster.record().epoch();
    victim.kill9();
    cluster.awaitEpoch(epoch + 1);
    goOn();
    victim.restart();
    cluster.awaitReplica(victim);
    goOn();
    finishAndCheck();
  }

  @Test
  void noClientSeesTheMasterHangAndReturn() throws Exception {
    goOn();
    RedisServer victim = cluster.master();
    long epoch = cluster.record().epoch();
    victim.sigstop();
    cluster.awaitEpoch(epoch + 1);
    goOn();
    victim.sigcont();
    cluster.awaitReplica(victim);
    goOn();
    finishAndCheck();
  }
}
