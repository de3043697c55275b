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
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** K = 1, and changes of the deployment, before real redis-servers that start fenced. */
class RedisDurabilityIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final List<RedisServer> servers = new ArrayList<>();

  @AfterEach
  void endServers() {
    servers.forEach(RedisServer::close);
  }

  @Test
  void promotesTheMostAdvancedReplicaWhenTheMasterIsBackEmptyAtOnce() {
    startServers(3);
    try (var voters = new VoterCluster(addresses(3), 3, 1);
        var holder = new TestHolder(voters.addresses())) {
      AcceptedRecord first = awaitAdopted(voters, 1, 2);
      awaitHeld(holder, first.epoch());
      try (var jedis = new Jedis(first.master().host(), first.master().port())) {
        for (int i = 0; i < 1_000; i++) {
          jedis.set("key" + i, Integer.toString(i));
        }
        assertEquals(2, jedis.waitReplicas(2, 5_000));
      }
      server(first.master()).kill9();
      server(first.master()).restart();
      AcceptedRecord second = awaitHeld(holder, first.epoch() + 1);
      assertNotEquals(first.master(), second.master());
      assertEquals("999", read(second.master(), "key999"));
      AcceptedRecord settled = awaitAdopted(voters, second.epoch(), 2);
      assertEquals("999", read(first.master(), "key999"));
      assertEquals(1, settled.replicasRequired());
    }
  }

  @Test
  void addsAndRemovesABackendAndReplacesAVoterWhileHoldersGoOn() {
    startServers(4);
    NodeAddress fourth = addresses(4).get(3);
    try (var voters = new VoterCluster(addresses(3), 3, 1)) {
      var all = new ArrayList<>(voters.addresses());
      NodeAddress fresh = voters.add();
      all.add(fresh);
      try (var holder = new TestHolder(all);
          var jedis =
              new Jedis(all.getFirst().host(), all.getFirst().port(), (int) PATIENCE.toMillis())) {
        AcceptedRecord first = awaitAdopted(voters, 1, 2);
        awaitHeld(holder, first.epoch());
        write(first.master(), "kept", "yes");

        change(jedis, "ADD-BACKEND", fourth.toString());
        AcceptedRecord added = awaitHeld(holder, first.epoch() + 1);
        assertTrue(added.isCounted(fourth), added::toString);
        added = awaitAdopted(voters, added.epoch(), 3);
        assertEquals("yes", read(fourth, "kept"));

        NodeAddress master = added.master();
        NodeAddress leaving =
            addresses(3).stream().filter(at -> !at.equals(master)).findFirst().orElseThrow();
        change(jedis, "REMOVE-BACKEND", leaving.toString());
        AcceptedRecord removed = awaitHeld(holder, added.epoch() + 1);
        assertEquals(3, removed.countedBackends());
        removed = awaitAdopted(voters, removed.epoch(), 2);

        String old = voters.addresses().get(2).toString();
        change(jedis, "REPLACE-VOTER", old, fresh.toString());
        AcceptedRecord replaced = awaitHeld(holder, removed.epoch() + 2);
        assertEquals(3, replaced.voters().size());
        assertTrue(
            replaced.voters().stream().anyMatch(entry -> entry.address().equals(fresh)),
            replaced::toString);
        // The new one counts: with one of the old ones gone the lease goes on.
        voters.stop(1);
        AcceptedRecord held = awaitHeld(holder, replaced.epoch());
        server(held.master()).kill9();
        AcceptedRecord last = awaitHeld(holder, held.epoch() + 1);
        assertEquals("yes", read(last.master(), "kept"));
      }
    }
  }

  @Test
  void refusesChangesThatCanNeverWork() {
    startServers(2);
    try (var voters = new VoterCluster(addresses(2), 3, 1);
        var jedis =
            new Jedis(
                "127.0.0.1", voters.addresses().getFirst().port(), (int) PATIENCE.toMillis())) {
      AcceptedRecord record = awaitAdopted(voters, 1, 1);
      NodeAddress replica =
          addresses(2).stream().filter(at -> !at.equals(record.master())).findFirst().orElseThrow();
      refused(jedis, "switch over", "REMOVE-BACKEND", record.master().toString());
      refused(jedis, "would remain", "REMOVE-BACKEND", replica.toString());
      refused(jedis, "none of the backends", "REMOVE-BACKEND", "127.0.0.1:1");
      refused(jedis, "expected 0 to 1", "SET-K", "2");
      refused(jedis, "has not been heard of", "ADD-VOTER", "127.0.0.1:1");
      refused(jedis, "ask another", "REMOVE-VOTER", voters.addresses().getFirst().toString());
      assertEquals(record.epoch(), voters.awaitEpoch(1).epoch());
    }
  }

  private static void change(Jedis jedis, String... words) {
    String answer = answer(jedis, words);
    assertTrue(answer.startsWith("OK"), answer);
  }

  private static void refused(Jedis jedis, String why, String... words) {
    String answer = answer(jedis, words);
    assertTrue(answer.startsWith("ERR") && answer.contains(why), answer);
  }

  private static String answer(Jedis jedis, String... words) {
    var command = new ArrayList<>(List.of("HOLDFAST", "CHANGE"));
    command.addAll(List.of(words));
    try {
      return new String((byte[]) Wire.send(jedis, command), StandardCharsets.UTF_8);
    } catch (redis.clients.jedis.exceptions.JedisDataException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private void startServers(int count) {
    for (int i = 0; i < count; i++) {
      servers.add(
          RedisServer.start(
              "--repl-diskless-sync-delay", "0", "--replicaof", "127.0.0.1", "1", "--save", ""));
    }
  }

  private List<NodeAddress> addresses(int count) {
    return servers.stream()
        .limit(count)
        .map(server -> new NodeAddress("127.0.0.1", server.port()))
        .toList();
  }

  private RedisServer server(NodeAddress address) {
    return servers.stream()
        .filter(server -> server.port() == address.port())
        .findFirst()
        .orElseThrow();
  }

  private static AcceptedRecord awaitHeld(TestHolder holder, long epoch) {
    return await()
        .pollInterval(Duration.ofMillis(5))
        .atMost(PATIENCE)
        .until(holder::held, record -> record != null && record.epoch() >= epoch);
  }

  /** So many replicas count towards K, as the first voter knows. */
  private static AcceptedRecord awaitAdopted(VoterCluster voters, long epoch, int replicas) {
    return await()
        .pollInterval(Duration.ofMillis(5))
        .atMost(PATIENCE)
        .until(
            () -> voters.server(0).record(),
            record ->
                record != null && record.epoch() >= epoch && record.countingTowardsK() >= replicas);
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
}
