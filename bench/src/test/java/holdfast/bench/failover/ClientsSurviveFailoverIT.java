package holdfast.bench.failover;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import holdfast.health.runtime.VoterServer;
import holdfast.health.runtime.VoterSettings;
import holdfast.proxy.runtime.ProxyServer;
import holdfast.proxy.runtime.ProxySettings;
import holdfast.proxy.runtime.TopologySettings;
import holdfast.routing.command.InDoubtPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
  private static final Duration SWITCH_MAX = Duration.ofSeconds(20);

  private final List<RedisServer> servers = new ArrayList<>();
  private final List<VoterServer> voters = new ArrayList<>();
  private final List<ClientLoad> loads = new ArrayList<>();
  private ProxyServer proxy;
  @TempDir private Path folder;

  @BeforeEach
  void startEverything() throws Exception {
    for (int i = 0; i < 3; i++) {
      servers.add(
          RedisServer.start("--replicaof", "127.0.0.1 1", "--repl-diskless-sync-delay", "0"));
    }
    List<NodeAddress> backends =
        servers.stream().map(s -> new NodeAddress("127.0.0.1", s.port())).toList();
    var addresses = new ArrayList<NodeAddress>();
    for (int i = 0; i < 3; i++) {
      addresses.add(new NodeAddress("127.0.0.1", RedisServer.freePort()));
    }
    for (NodeAddress address : addresses) {
      var peers = new ArrayList<>(addresses);
      peers.remove(address);
      voters.add(
          VoterServer.start(
              VoterSettings.of(
                  address,
                  peers,
                  backends,
                  Files.createDirectory(folder.resolve("voter-" + address.port())))));
    }
    awaitEpoch(1);
    proxy =
        ProxyServer.start(
            ProxySettings.of("127.0.0.1", 0, new TopologySettings.Quorum(addresses))
                .withInDoubt(InDoubtPolicy.IDEMPOTENT));
    int port = proxy.address().getPort();
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
    if (proxy != null) {
      proxy.close();
    }
    voters.forEach(VoterServer::close);
    servers.forEach(RedisServer::close);
  }

  private AcceptedRecord awaitEpoch(long epoch) {
    await()
        .atMost(SWITCH_MAX)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () ->
                voters.stream()
                    .allMatch(
                        voter -> {
                          AcceptedRecord record = voter.record();
                          return record != null && record.epoch() >= epoch;
                        }));
    AcceptedRecord record = voters.getFirst().record();
    if (record == null) {
      throw new IllegalStateException("a record has gone");
    }
    return record;
  }

  private AcceptedRecord record() {
    return awaitEpoch(1);
  }

  private RedisServer master() {
    int port = record().master().port();
    return servers.stream().filter(s -> s.port() == port).findFirst().orElseThrow();
  }

  private void awaitReplica(RedisServer server) {
    await()
        .atMost(SWITCH_MAX)
        .until(
            () -> {
              String info = server.cli("INFO", "replication");
              return info.contains("role:slave")
                  && info.contains("master_port:" + record().master().port())
                  && info.contains("master_link_status:up");
            });
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
        String value = master().cli("GET", entry.getKey());
        assertTrue(
            !value.isEmpty() && Long.parseLong(value) >= entry.getValue(),
            () -> entry.getKey() + " is " + value + ", acknowledged was " + entry.getValue());
      }
    }
  }

  @Test
  void noClientSeesTheMasterKilledAndRestarted() throws Exception {
    goOn();
    RedisServer victim = master();
    long epoch = record().epoch();
    victim.kill9();
    awaitEpoch(epoch + 1);
    goOn();
    victim.restart();
    awaitReplica(victim);
    goOn();
    finishAndCheck();
  }

  @Test
  void noClientSeesTheMasterHangAndReturn() throws Exception {
    goOn();
    RedisServer victim = master();
    long epoch = record().epoch();
    victim.sigstop();
    awaitEpoch(epoch + 1);
    goOn();
    victim.sigcont();
    awaitReplica(victim);
    goOn();
    finishAndCheck();
  }
}
