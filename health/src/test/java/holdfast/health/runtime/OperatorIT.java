package holdfast.health.runtime;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** Maintenance, at three voters before three real redis-servers. */
class OperatorIT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final List<RedisServer> servers = new ArrayList<>();
  private VoterCluster voters;

  @BeforeEach
  void start() {
    for (int i = 0; i < 3; i++) {
      servers.add(RedisServer.start("--repl-diskless-sync-delay", "0"));
    }
    voters =
        new VoterCluster(
            servers.stream().map(server -> new NodeAddress("127.0.0.1", server.port())).toList());
  }

  @AfterEach
  void stop() {
    voters.close();
    servers.forEach(RedisServer::close);
  }

  private String ask(int voter, String... words) {
    NodeAddress at = voters.addresses().get(voter);
    try (var jedis = new Jedis(at.host(), at.port(), 20_000)) {
      return new String((byte[]) Wire.send(jedis, List.of(words)), StandardCharsets.UTF_8);
    }
  }

  private void awaitMaintenance(int voter, boolean on) {
    await()
        .atMost(PATIENCE)
        .until(() -> ask(voter, "HOLDFAST", "MAINTENANCE", "STATUS").contains(on ? " ON" : " off"));
  }

  private RedisServer server(NodeAddress address) {
    return servers.stream()
        .filter(server -> server.port() == address.port())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aDeadMasterIsReplacedOnlyAfterMaintenanceEndsAndARestartedVoterRemembers()
      throws InterruptedException {
    AcceptedRecord first = voters.awaitEpoch(1);
    // Before that, nobody could follow the master when it is dead.
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                voters.awaitEpoch(1).adopted().stream().filter(one -> one.epoch() > 0).count() == 2
                    && servers.stream()
                            .filter(s -> s.cli("INFO", "replication").contains("link_status:up"))
                            .filter(
                                s ->
                                    s.cli("INFO", "replication")
                                        .matches("(?s).*slave_repl_offset:\\d\\d.*"))
                            .count()
                        == 2);
    assertEquals("OK", ask(0, "HOLDFAST", "MAINTENANCE", "ON"));
    for (int i = 0; i < 3; i++) {
      awaitMaintenance(i, true);
    }
    assertTrue(ask(1, "HOLDFAST", "STATUS").contains("maintenance: ON"));
    assertTrue(ask(2, "INFO").contains("holdfast_maintenance:1"));
    voters.stop(2);
    voters.start(2);
    awaitMaintenance(2, true);

    server(first.master()).kill9();
    await()
        .atMost(PATIENCE)
        .until(() -> ask(1, "HOLDFAST", "STATUS").contains("master-down: REFUSED"));
    Thread.sleep(1_500); // many times what a switch takes
    for (int i = 0; i < 3; i++) {
      assertTrue(ask(i, "HOLDFAST", "STATUS").contains("\nepoch: " + first.epoch() + "\n"));
    }
    assertEquals("OK", ask(2, "HOLDFAST", "MAINTENANCE", "OFF"));
    AcceptedRecord second = voters.awaitEpoch(first.epoch() + 1);
    assertNotEquals(first.master(), second.master());
  }
}
