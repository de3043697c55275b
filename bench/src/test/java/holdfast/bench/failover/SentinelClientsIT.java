package holdfast.bench.failover;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import holdfast.health.runtime.VoterServer;
import holdfast.health.runtime.VoterSettings;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisSentinelClient;

/**
 * Four client libraries in their Sentinel mode, with our voters for sentinels and no proxy: each
 * finds the master and follows a switch. Voters want a secret, which clients give as the sentinels'
 * password.
 */
class SentinelClientsIT {
  private static final String SECRET = "sentinels-only";
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final Path CLIENTS = Path.of("clients").toAbsolutePath();

  private final List<RedisServer> servers = new ArrayList<>();
  private final List<NodeAddress> addresses = new ArrayList<>();
  private final List<VoterServer> voters = new ArrayList<>();
  private final List<Process> processes = new ArrayList<>();
  @TempDir private Path folder;

  @BeforeEach
  void startServersAndVoters() throws IOException {
    for (int i = 0; i < 2; i++) {
      servers.add(
          RedisServer.start("--replicaof", "127.0.0.1 1", "--repl-diskless-sync-delay", "0"));
    }
    for (int i = 0; i < 3; i++) {
      addresses.add(new NodeAddress("127.0.0.1", RedisServer.freePort()));
    }
    List<NodeAddress> backends =
        servers.stream().map(s -> new NodeAddress("127.0.0.1", s.port())).toList();
    for (NodeAddress address : addresses) {
      var peers = new ArrayList<>(addresses);
      peers.remove(address);
      voters.add(
          VoterServer.start(
              VoterSettings.of(
                      address,
                      peers,
                      backends,
                      Files.createDirectory(folder.resolve("v" + address.port())))
                  .withSecret(SECRET)));
    }
    until(() -> voters.stream().allMatch(voter -> voter.record() != null));
    until(
        () -> {
          String info = server(masterPort(), false).cli("INFO", "replication");
          return info.contains("master_link_status:up")
              && !info.matches("(?s).*slave_repl_offset:[01]\\r?\\n.*");
        });
  }

  @AfterEach
  void endAll() {
    processes.forEach(Process::destroyForcibly);
    voters.forEach(VoterServer::close);
    servers.forEach(RedisServer::close);
  }

  @Test
  void jedisFollows() {
    Set<HostAndPort> sentinels = new HashSet<>();
    addresses.forEach(a -> sentinels.add(new HostAndPort(a.host(), a.port())));
    try (var client =
        RedisSentinelClient.builder()
            .masterName("mymaster")
            .sentinels(sentinels)
            .sentinelClientConfig(DefaultJedisClientConfig.builder().password(SECRET).build())
            .build()) {
      follows(
          () -> client.set("jedis", "1").equals("OK") ? client.getCurrentMaster().getPort() : 0);
    }
  }

  @Test
  void lettuceFollows() {
    RedisURI.Builder uri = RedisURI.builder().withSentinelMasterId("mymaster");
    addresses.forEach(a -> uri.withSentinel(a.host(), a.port(), SECRET));
    var client = RedisClient.create(uri.withTimeout(Duration.ofSeconds(2)).build());
    try (var connection = client.connect()) {
      follows(
          () -> {
            connection.sync().set("lettuce", "1");
            String info = connection.sync().info("server");
            return Integer.parseInt(info.replaceFirst("(?s).*tcp_port:(\\d+).*", "$1"));
          });
    } finally {
      client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
  }

  @Test
  void redisPyFollows() throws IOException {
    follows(program("/usr/bin/python3", "redis_py_sentinel.py"));
  }

  @Test
  void ioredisFollows() throws IOException {
    follows(program("node", "ioredis-sentinel.js"));
  }

  /** Whether writes reach the master, and the next one after it was killed. */
  private void follows(Callable<Integer> write) {
    int first = masterPort();
    until(() -> write.call() == first);
    long epoch = record().epoch();
    RedisServer victim = server(first, true);
    victim.kill9();
    until(() -> voters.stream().allMatch(v -> v.record().epoch() > epoch));
    int second = masterPort();
    until(() -> write.call() == second);
  }

  /** The port at which a program's last write was acknowledged. */
  private Callable<Integer> program(String interpreter, String file) throws IOException {
    var command = new ArrayList<>(List.of(interpreter, file, SECRET));
    addresses.forEach(address -> command.add(address.toString()));
    Process process =
        new ProcessBuilder(command)
            .directory(CLIENTS.toFile())
            .redirectError(
                ProcessBuilder.Redirect.appendTo(
                    Files.createDirectories(Path.of("target", "logs"))
                        .resolve(file + ".log")
                        .toFile()))
            .start();
    processes.add(process);
    var last = new ConcurrentHashMap<String, Integer>();
    Thread.ofVirtual()
        .start(
            () -> {
              try (BufferedReader output = process.inputReader(UTF_8)) {
                output.lines().forEach(line -> last.put("port", Integer.parseInt(line)));
              } catch (IOException e) {
                last.put("port", -1);
              }
            });
    return () -> last.getOrDefault("port", 0);
  }

  private AcceptedRecord record() {
    AcceptedRecord record = voters.getFirst().record();
    if (record == null) {
      throw new IllegalStateException("no record");
    }
    return record;
  }

  private int masterPort() {
    return record().master().port();
  }

  private RedisServer server(int port, boolean there) {
    return servers.stream()
        .filter(server -> (server.port() == port) == there)
        .findFirst()
        .orElseThrow();
  }

  private static void until(Callable<Boolean> condition) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptions()
        .until(condition);
  }
}
