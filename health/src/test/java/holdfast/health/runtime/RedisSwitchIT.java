package holdfast.health.runtime;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Jedis;

/** Three voters before three real redis-servers. */
class RedisSwitchIT {
  private static final Logger LOG = LoggerFactory.getLogger(RedisSwitchIT.class);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final List<RedisServer> servers = new ArrayList<>();

  @AfterEach
  void endServers() {
    servers.forEach(RedisServer::close);
  }

  @Test
  void startsWithEmptyMastersAndReplacesAKilledOneWellBelowASecond() {
    startServers(3);
    try (var voters = new VoterCluster(addresses());
        var holder = new TestHolder(voters.addresses())) {
      AcceptedRecord first = voters.awaitEpoch(1);
      write(first.master(), "a", "1");
      awaitInStep(first);
      awaitHeld(holder, first.epoch());
      long killedAt = System.nanoTime();
      server(first.master()).kill9();
      AcceptedRecord second = awaitHeld(holder, first.epoch() + 1);
      long millis = (System.nanoTime() - killedAt) / 1_000_000;
      LOG.info("kill -9: lease of the next epoch after {} ms", millis);
      assertNotEquals(first.master(), second.master());
      assertEquals("1", read(second.master(), "a"));
      assertTrue(millis < 3_000, millis + " ms");

      server(first.master()).restart();
      awaitInStep(second);
      assertEquals("1", read(first.master(), "a"));
      assertEquals(second.epoch(), voters.awaitEpoch(second.epoch()).epoch());
    }
  }

  @Test
  void replacesAHungMasterAndMakesItAReplicaWhenItComesBack() {
    startServers(3, "--replicaof", "127.0.0.1", "1");
    try (var voters = new VoterCluster(addresses());
        var holder = new TestHolder(voters.addresses())) {
      AcceptedRecord first = voters.awaitEpoch(1);
      write(first.master(), "a", "1");
      awaitInStep(first);
      awaitHeld(holder, first.epoch());
      long stoppedAt = System.nanoTime();
      server(first.master()).sigstop();
      AcceptedRecord second = awaitHeld(holder, first.epoch() + 1);
      LOG.info(
          "SIGSTOP: lease of the next epoch after {} ms",
          (System.nanoTime() - stoppedAt) / 1_000_000);
      write(second.master(), "b", "2");
      server(first.master()).sigcont();
      awaitInStep(second);
      assertEquals("2", read(first.master(), "b"));
    }
  }

  @Test
  void adoptsTheOneMasterWithDataAsItIs() {
    startServers(3);
    NodeAddress full = addresses().get(2);
    write(full, "kept", "yes");
    try (var voters = new VoterCluster(addresses())) {
      AcceptedRecord record = voters.awaitEpoch(1);
      assertEquals(full, record.master());
      awaitInStep(record);
      assertEquals("yes", read(addresses().get(0), "kept"));
    }
  }

  @Test
  void refusesTwoMastersWithDataUntilAnOperatorDecides() {
    startServers(3);
    write(addresses().get(0), "x", "0");
    write(addresses().get(1), "x", "1");
    try (var voters = new VoterCluster(addresses());
        var jedis = new Jedis("127.0.0.1", voters.addresses().getFirst().port())) {
      await()
          .atMost(PATIENCE)
          .until(() -> status(jedis).contains("more than one master holds data"));
      assertNull(voters.server(0).record());
      assertEquals("0", read(addresses().get(0), "x"));
      assertEquals("1", read(addresses().get(1), "x"));
      Wire.send(jedis, List.of("HOLDFAST", "DECIDE", addresses().get(1).toString()));
      AcceptedRecord record = voters.awaitEpoch(1);
      assertEquals(addresses().get(1), record.master());
      awaitInStep(record);
      assertEquals("1", read(addresses().get(0), "x"));
    }
  }

  @Test
  void goesOnWhileAVoterIsRestarted() {
    startServers(3);
    try (var voters = new VoterCluster(addresses());
        var holder = new TestHolder(voters.addresses())) {
      AcceptedRecord first = voters.awaitEpoch(1);
      write(first.master(), "a", "1");
      awaitInStep(first);
      awaitHeld(holder, 1);
      voters.stop(0);
      voters.start(0);
      assertEquals(first.master(), voters.awaitEpoch(1).master());
      voters.stop(1);
      server(first.master()).kill9();
      AcceptedRecord second = awaitHeld(holder, 2);
      voters.start(1);
      assertEquals(second.epoch(), voters.awaitEpoch(second.epoch()).epoch());
    }
  }

  @Test
  void comesBackWithItsDataAfterARestartOfEverything() {
    startServers(3, "--save", "3600 1", "--replicaof", "127.0.0.1", "1");
    try (var voters = new VoterCluster(addresses())) {
      AcceptedRecord first = voters.awaitEpoch(1);
      awaitInStep(first);
      write(first.master(), "kept", "yes");
      awaitInStep(first);
      for (int i = 0; i < 3; i++) {
        voters.stop(i);
      }
      servers.forEach(RedisSwitchIT::save);
      servers.forEach(RedisServer::kill9);
      servers.forEach(RedisServer::restart);
      for (int i = 0; i < 3; i++) {
        voters.start(i);
      }
      AcceptedRecord second = voters.awaitEpoch(first.epoch() + 1);
      awaitInStep(second);
      assertEquals("yes", read(second.master(), "kept"));
    }
  }

  private void startServers(int count, String... arguments) {
    for (int i = 0; i < count; i++) {
      var all = new ArrayList<>(List.of("--repl-diskless-sync-delay", "0"));
      all.addAll(List.of(arguments));
      servers.add(RedisServer.start(all.toArray(String[]::new)));
    }
  }

  private List<NodeAddress> addresses() {
    return servers.stream().map(server -> new NodeAddress("127.0.0.1", server.port())).toList();
  }

  private RedisServer server(NodeAddress address) {
    return servers.stream()
        .filter(server -> server.port() == address.port())
        .findFirst()
        .orElseThrow();
  }

  private static AcceptedRecord awaitHeld(TestHolder holder, long epoch) {
    return await()
        .pollInterval(Duration.ofMillis(2))
        .atMost(PATIENCE)
        .until(holder::held, record -> record != null && record.epoch() >= epoch);
  }

  /** All replicas follow the master and have what it has. */
  private void awaitInStep(AcceptedRecord record) {
    for (RedisServer server : servers) {
      if (server.port() == record.master().port()) {
        continue;
      }
      await()
          .atMost(PATIENCE)
          .ignoreExceptions()
          .until(
              () -> {
                String info = info(server.port());
                return info.contains("master_port:" + record.master().port())
                    && info.contains("master_link_status:up")
                    && offset(info).equals(offset(info(record.master().port())));
              });
    }
  }

  private static String offset(String info) {
    int at = info.indexOf("master_repl_offset:");
    return info.substring(at, info.indexOf('\r', at));
  }

  private static String info(int port) {
    try (var jedis = new Jedis("127.0.0.1", port)) {
      return jedis.info("replication");
    }
  }

  private static void save(RedisServer server) {
    try (var jedis = new Jedis("127.0.0.1", server.port())) {
      jedis.save();
    }
  }

  private static void write(NodeAddress at, String key, String value) {
    try (var jedis = new Jedis(at.host(), at.port())) {
      jedis.set(key, value);
    }
  }

  private static String read(NodeAddress at, String key) {
    try (var jedis = new Jedis(at.host(), at.port())) {
      return jedis.get(key);
    }
  }

  private static String status(Jedis jedis) {
    return new String(
        (byte[]) Wire.send(jedis, List.of("HOLDFAST", "STATUS")),
        java.nio.charset.StandardCharsets.UTF_8);
  }
}
