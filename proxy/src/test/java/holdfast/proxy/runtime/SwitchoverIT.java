package holdfast.proxy.runtime;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.EngineProcess;
import holdfast.backend.testing.RedisServer;
import holdfast.health.runtime.VoterServer;
import holdfast.health.runtime.VoterSettings;
import holdfast.routing.command.InDoubtPolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Planned switchovers with three voters, three backends and a proxy under load that may not be
 * repeated, under the policy that never repeats: no error, nothing lost, nothing executed twice.
 */
@Timeout(120)
class SwitchoverIT {
  private static final Logger LOG = LoggerFactory.getLogger(SwitchoverIT.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int SWITCHES = 20;

  /** No switch but the planned ones, however busy this machine is. */
  private static final VoterSettings.Times CALM =
      new VoterSettings.Times(
          Duration.ofMillis(200),
          Duration.ofSeconds(6),
          Duration.ofSeconds(2),
          Duration.ofSeconds(3),
          Duration.ofSeconds(1),
          Duration.ofMillis(500));

  private final List<RedisServer> servers = new ArrayList<>();
  private final List<EngineProcess> engines = new ArrayList<>();
  private final List<VoterServer> voters = new ArrayList<>();
  private final List<NodeAddress> voterAddresses = new ArrayList<>();
  private ProxyServer proxy;

  @TempDir Path folder;

  @AfterEach
  void stop() {
    if (proxy != null) {
      proxy.close();
    }
    voters.forEach(VoterServer::close);
    servers.forEach(RedisServer::close);
    engines.forEach(EngineProcess::close);
  }

  private void startWithRedis() throws IOException {
    for (int i = 0; i < 3; i++) {
      servers.add(
          RedisServer.start("--replicaof", "127.0.0.1", "1", "--repl-diskless-sync-delay", "0"));
    }
    startWith(servers.stream().map(server -> address(server.port())).toList());
  }

  private void startWith(List<NodeAddress> backends) throws IOException {
    for (int i = 0; i < 3; i++) {
      voterAddresses.add(address(RedisServer.freePort()));
    }
    for (int i = 0; i < 3; i++) {
      var peers = new ArrayList<>(voterAddresses);
      NodeAddress self = peers.remove(i);
      voters.add(
          VoterServer.start(
              VoterSettings.of(self, peers, backends, folder.resolve("v" + i)).withTimes(CALM)));
    }
    proxy =
        ProxyServer.start(
            ProxySettings.of("127.0.0.1", 0, new TopologySettings.Quorum(voterAddresses))
                .withLoops(2)
                .withInDoubt(InDoubtPolicy.ERROR));
    awaitSettled();
  }

  private static NodeAddress address(int port) {
    return new NodeAddress("127.0.0.1", port);
  }

  private AcceptedRecord record() {
    AcceptedRecord record = voters.getFirst().record();
    return record == null ? awaitSettled() : record;
  }

  /** All voters have one record, and every backend counts in it. */
  private AcceptedRecord awaitSettled() {
    return await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(voters.getFirst()::record, record -> record != null && isSettled(record));
  }

  private boolean isSettled(AcceptedRecord record) {
    long adopted = record.adopted().stream().filter(each -> each.epoch() == record.epoch()).count();
    return adopted >= record.backends().size() - 1
        && voters.stream()
            .allMatch(
                voter -> {
                  AcceptedRecord other = voter.record();
                  return other != null && other.epoch() == record.epoch();
                });
  }

  /** What a voter answers; an error is thrown. */
  private String ask(int voter, String... words) {
    NodeAddress at = voterAddresses.get(voter);
    try (var jedis = new Jedis(at.host(), at.port(), 20_000)) {
      Object reply =
          jedis.sendCommand(
              () -> words[0].getBytes(StandardCharsets.UTF_8),
              Arrays.copyOfRange(words, 1, words.length));
      return new String((byte[]) reply, StandardCharsets.UTF_8);
    }
  }

  private String refusal(int voter, String... words) {
    try {
      return "was not refused: " + ask(voter, words);
    } catch (JedisDataException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private RedisServer server(NodeAddress address) {
    return servers.stream()
        .filter(server -> server.port() == address.port())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void twentySwitchesInARowCostNoErrorWithRedis() throws Exception {
    startWithRedis();
    switchOften("redis-server");
  }

  @Test
  void twentySwitchesInARowCostNoErrorWithOurEngine() throws Exception {
    for (int i = 0; i < 3; i++) {
      engines.add(EngineProcess.start("--fenced"));
    }
    startWith(engines.stream().map(engine -> address(engine.port())).toList());
    switchOften("engine");
  }

  private void switchOften(String backends) throws Exception {
    var gaps = new ArrayList<Long>();
    try (var load = new ExactLoad(proxy.address().getPort())) {
      load.await(200);
      for (int i = 0; i < SWITCHES; i++) {
        AcceptedRecord before = awaitSettled();
        load.takeLongestGapNanos();
        String answer = ask(i % 3, "HOLDFAST", "FAILOVER", "WITHIN", "5000");
        load.await(200);
        assertEquals(List.of(), load.errors());
        gaps.add(load.takeLongestGapNanos() / 1_000_000);
        AcceptedRecord after = awaitSettled();
        assertTrue(answer.startsWith("OK master " + after.master()), answer);
        assertNotEquals(before.master(), after.master());
        assertEquals(before.epoch() + 1, after.epoch());
      }
      assertEquals(List.of(), load.errors());
    }
    assertEquals(0, proxy.inDoubt());
    gaps.sort(Long::compare);
    LOG.info(
        "{}: {} planned switches, longest wait of any command, ms: median {}, most {}, all {}",
        backends,
        SWITCHES,
        gaps.get(SWITCHES / 2),
        gaps.getLast(),
        gaps);
  }

  @Test
  void goesToTheReplicaThatIsNamedAndSentinelsCommandDoesAsWell() throws Exception {
    startWithRedis();
    AcceptedRecord before = record();
    NodeAddress wanted =
        before.backends().stream()
            .map(AcceptedRecord.BackendEntry::address)
            .filter(address -> !address.equals(before.master()))
            .max(NodeAddress::compareTo)
            .orElseThrow();
    assertTrue(
        ask(1, "HOLDFAST", "FAILOVER", "TO", wanted.toString()).startsWith("OK master " + wanted));
    assertEquals(wanted, awaitSettled().master());
    assertEquals("OK", ask(2, "SENTINEL", "FAILOVER", "mymaster"));
    assertNotEquals(wanted, awaitSettled().master());
  }

  @Test
  void refusesWithTheFactsAndChangesNothingWhenNoReplicaCanCatchUp() throws Exception {
    startWithRedis();
    AcceptedRecord before = awaitSettled();
    try (var load = new ExactLoad(proxy.address().getPort())) {
      load.await(100);
      for (RedisServer server : servers) {
        if (server.port() != before.master().port()) {
          server.sigstop();
        }
      }
      String refusal = refusal(0, "HOLDFAST", "FAILOVER", "WITHIN", "500");
      assertTrue(refusal.startsWith("NOGOODSLAVE"), refusal);
      assertTrue(refusal.contains("does not answer"), refusal);
      assertTrue(refusal.contains("nothing has changed"), refusal);
      load.await(200);
      assertEquals(List.of(), load.errors());
      assertEquals(before.epoch(), record().epoch());
      servers.stream().filter(RedisServer::isAlive).forEach(RedisServer::sigcont);
    }
    assertTrue(
        refusal(1, "HOLDFAST", "FAILOVER", "TO", before.master().toString())
            .contains("is the master already"));
    assertTrue(
        refusal(1, "HOLDFAST", "FAILOVER", "TO", "127.0.0.1:1").contains("none of the backends"));
  }

  @Test
  void theOldMasterGoesOnWhenTheReplicaStopsDuringTheSwitch() throws Exception {
    startWithRedis();
    AcceptedRecord before = awaitSettled();
    NodeAddress wanted =
        before.backends().stream()
            .map(AcceptedRecord.BackendEntry::address)
            .filter(address -> !address.equals(before.master()))
            .findFirst()
            .orElseThrow();
    try (var load = new ExactLoad(proxy.address().getPort())) {
      load.await(100);
      // Writes under way take so long, and with them the drain: time to stop the replica in.
      server(before.master()).cli("CLIENT", "PAUSE", "2000", "WRITE");
      Thread stopping =
          Thread.ofVirtual()
              .start(
                  () -> {
                    await()
                        .pollInterval(Duration.ofMillis(5))
                        .until(
                            () ->
                                ask(1, "HOLDFAST", "STATUS")
                                    .contains("voted-epoch: " + (before.epoch() + 1)));
                    server(wanted).sigstop();
                  });
      String refusal =
          refusal(0, "HOLDFAST", "FAILOVER", "TO", wanted.toString(), "WITHIN", "1500");
      stopping.join();
      load.await(200);
      assertEquals(List.of(), load.errors());
      server(wanted).sigcont();
      AcceptedRecord after = awaitSettled();
      LOG.info("a replica stopped during the switch: {}", refusal);
      assertTrue(refusal.startsWith("FAILED"), refusal);
      assertEquals(before.master(), after.master());
      assertTrue(after.epoch() > before.epoch());
      load.await(200);
      assertEquals(List.of(), load.errors());
    }
    assertEquals(0, proxy.inDoubt());
  }
}
