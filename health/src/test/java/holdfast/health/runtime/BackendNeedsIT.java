package holdfast.health.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.link.Credentials;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import holdfast.health.failover.BackendNeeds.MinReplicas;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** What a voter sets at real Redis servers, and what it needs the right to. */
class BackendNeedsIT {
  private static final String USER = "holdfast";
  private static final String PASSWORD = "change-me";

  private RedisServer one;
  private RedisServer two;
  @TempDir private Path folder;

  @BeforeEach
  void startServers() {
    one = RedisServer.start("--repl-diskless-sync-delay", "0", "--replicaof", "127.0.0.1 1");
    two = RedisServer.start("--repl-diskless-sync-delay", "0", "--replicaof", "127.0.0.1 1");
  }

  @AfterEach
  void endServers() {
    one.close();
    two.close();
  }

  @Test
  void setsWhatTheProtocolWantsAtEachServerAndAgainWhenOneHasRestarted() throws Exception {
    try (var voter = VoterServer.start(settings())) {
      RedisServer replica = replica(voter);
      for (RedisServer server : List.of(one, two)) {
        awaitConfig(server, "repl-diskless-load", "disabled");
        awaitConfig(server, "replica-serve-stale-data", "no");
        awaitConfig(server, "repl-backlog-ttl", "0");
        assertEquals("0", config(server, "min-replicas-to-write"), "durability is none");
      }
      replica.restart();
      awaitConfig(replica, "repl-backlog-ttl", "0");
      until(() -> voter.status().contains("start-seen: 127.0.0.1:" + replica.port() + " fenced"));
      assertFalse(voter.status().contains("weakened:"), voter.status());
    }
  }

  @Test
  void aMasterThatIsCutOffFromItsReplicasRefusesWritesAndAPromotedOneDoesNot() throws Exception {
    try (var voter = VoterServer.start(settings().withMinReplicas(MinReplicas.ALWAYS))) {
      RedisServer replica = replica(voter);
      RedisServer master = replica == one ? two : one;
      awaitConfig(master, "min-replicas-to-write", "1");
      awaitConfig(master, "min-replicas-max-lag", "3");
      assertEquals("0", config(replica, "min-replicas-to-write"));
      replica.sigstop();
      until(() -> master.cli("SET", "a", "1").startsWith("NOREPLICAS"));
      replica.sigcont();
      until(() -> master.cli("SET", "a", "1").equals("OK"));
      AcceptedRecord before = record(voter);
      awaitCaughtUp(replica);
      // As if it were left there: promoted with it, the server could take no write. It is set at
      // the last moment, for a voter that sees it takes it back.
      replica.cli("CONFIG", "SET", "min-replicas-to-write", "1");
      master.kill9();
      until(() -> record(voter).epoch() > before.epoch());
      assertEquals("OK", replica.cli("SET", "a", "2"));
      master.restart();
      until(() -> master.cli("INFO", "replication").contains("master_link_status:up"));
      awaitConfig(replica, "min-replicas-to-write", "1");
      awaitConfig(master, "min-replicas-to-write", "0");
    }
  }

  @Test
  void theAclThatIsDocumentedIsEnoughForASwitch() throws Exception {
    String user =
        Files.readAllLines(Path.of("../conf/holdfast.conf")).stream()
            .map(line -> line.replaceFirst("^#\\s*", ""))
            .filter(line -> line.startsWith("user " + USER + " "))
            .findFirst()
            .orElseThrow();
    allow(user);
    var login = new Credentials(USER, PASSWORD);
    try (var voter = VoterServer.start(settings().withBackendLogin(login))) {
      RedisServer replica = replica(voter);
      RedisServer master = replica == one ? two : one;
      awaitConfig(replica, "repl-backlog-ttl", "0");
      awaitCaughtUp(replica);
      AcceptedRecord before = record(voter);
      master.sigstop();
      until(() -> record(voter).epoch() > before.epoch());
      master.sigcont();
      // Demoting it takes CLIENT KILL inside of MULTI.
      until(() -> master.cli("INFO", "replication").contains("master_link_status:up"));
      assertFalse(voter.status().contains("weakened:"), voter.status());
      for (RedisServer server : List.of(one, two)) {
        assertEquals("", server.cli("ACL", "LOG"), "nothing was refused");
      }
    }
  }

  @Test
  void saysWhatIsWeakenedWhereAServerForbidsConfig() throws Exception {
    allow("user " + USER + " on >" + PASSWORD + " &* +@all -config");
    try (var voter =
        VoterServer.start(settings().withBackendLogin(new Credentials(USER, PASSWORD)))) {
      replica(voter);
      until(() -> voter.status().contains("repl-diskless-load: NOPERM"));
      assertTrue(voter.status().contains("forgets its history"), voter.status());
    }
  }

  private void allow(String user) {
    String[] words = ("ACL SETUSER " + user.substring("user ".length())).split(" ", -1);
    for (RedisServer server : List.of(one, two)) {
      assertEquals("OK", server.cli(words));
    }
  }

  private VoterSettings settings() {
    return VoterSettings.of(
        new NodeAddress("127.0.0.1", RedisServer.freePort()),
        List.of(),
        List.of(address(one), address(two)),
        folder.resolve("v"));
  }

  /** The replica, once there is a master that it follows. */
  private RedisServer replica(VoterServer voter) {
    until(() -> voter.record() != null);
    RedisServer replica = record(voter).master().equals(address(one)) ? two : one;
    until(() -> replica.cli("INFO", "replication").contains("master_link_status:up"));
    return replica;
  }

  private static void awaitCaughtUp(RedisServer replica) {
    until(
        () -> {
          String info = replica.cli("INFO", "replication");
          return info.contains("master_link_status:up")
              && !info.matches("(?s).*slave_repl_offset:[01]\\r?\\n.*");
        });
  }

  private static AcceptedRecord record(VoterServer voter) {
    AcceptedRecord record = voter.record();
    if (record == null) {
      throw new IllegalStateException("no record");
    }
    return record;
  }

  private static void awaitConfig(RedisServer server, String name, String value) {
    until(() -> config(server, name).equals(value));
  }

  private static String config(RedisServer server, String name) {
    try (var jedis = new Jedis("127.0.0.1", server.port())) {
      var pair = (List<?>) Wire.send(jedis, List.of("CONFIG", "GET", name));
      return new String((byte[]) pair.get(1), UTF_8);
    }
  }

  private static void until(Callable<Boolean> condition) {
    await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(condition);
  }

  private static NodeAddress address(RedisServer server) {
    return new NodeAddress("127.0.0.1", server.port());
  }
}
