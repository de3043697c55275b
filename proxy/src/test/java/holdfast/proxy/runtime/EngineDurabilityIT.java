package holdfast.proxy.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.EngineProcess;
import holdfast.backend.testing.RedisServer;
import holdfast.health.runtime.VoterServer;
import holdfast.health.runtime.VoterSettings;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** Acknowledged means replicated, with our own engines, voters and proxy. */
@Timeout(120)
class EngineDurabilityIT {
  /** A busy machine is no reason to replace the master of this test. */
  private static final VoterSettings.Times PATIENT =
      new VoterSettings.Times(
          Duration.ofMillis(100),
          Duration.ofSeconds(10),
          Duration.ofSeconds(10),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ofMillis(100));

  private final List<EngineProcess> engines = new ArrayList<>();
  private final List<VoterServer> voters = new ArrayList<>();
  private ProxyServer proxy;

  @TempDir Path folder;

  /** Both replicas must have a write. */
  @BeforeEach
  void start() throws Exception {
    List<NodeAddress> addresses = freeAddresses();
    try (Stream<EngineProcess> started =
        IntStream.range(0, 3).parallel().mapToObj(_ -> EngineProcess.start("--fenced"))) {
      engines.addAll(started.toList());
    }
    List<NodeAddress> backends =
        engines.stream().map(engine -> new NodeAddress("127.0.0.1", engine.port())).toList();
    for (NodeAddress self : addresses) {
      List<NodeAddress> peers = addresses.stream().filter(peer -> !peer.equals(self)).toList();
      Path data = Files.createDirectory(folder.resolve("voter-" + self.port()));
      voters.add(
          VoterServer.start(
              VoterSettings.of(self, peers, backends, data)
                  .withReplicasRequired(2)
                  .withTimes(PATIENT)));
    }
    proxy =
        ProxyServer.start(
            ProxySettings.of("127.0.0.1", 0, new TopologySettings.Quorum(addresses)).withLoops(1));
  }

  private static List<NodeAddress> freeAddresses() {
    return Stream.generate(() -> new NodeAddress("127.0.0.1", RedisServer.freePort()))
        .distinct()
        .limit(3)
        .toList();
  }

  @AfterEach
  void stop() {
    if (proxy != null) {
      proxy.close();
    }
    voters.forEach(VoterServer::close);
    engines.forEach(EngineProcess::close);
  }

  @Test
  void aWriteIsAcknowledgedOnlyWhenEnoughReplicasHaveIt() throws Exception {
    try (var jedis = new Jedis("127.0.0.1", proxy.address().getPort(), 60_000);
        var socket = new Socket("127.0.0.1", proxy.address().getPort())) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptions()
          .until(() -> "OK".equals(jedis.set("a", "1")));
      for (int i = 0; i < 100; i++) {
        jedis.set("a", Integer.toString(i));
        for (EngineProcess engine : engines) {
          assertEquals(Integer.toString(i), valueAt(engine), "at " + engine.port());
        }
      }
      EngineProcess replica = engines.stream().filter(e -> !isMaster(e)).findFirst().orElseThrow();
      replica.sigstop();
      socket.getOutputStream().write("SET a stopped\r\n".getBytes(UTF_8));
      Thread.sleep(400);
      assertEquals(0, socket.getInputStream().available(), "something was acknowledged");
      replica.sigcont();
      assertEquals("+OK\r\n", new String(socket.getInputStream().readNBytes(5), UTF_8));
      assertEquals("stopped", valueAt(replica));
    }
  }

  private static String valueAt(EngineProcess engine) {
    try (var jedis = new Jedis("127.0.0.1", engine.port(), 10_000)) {
      return jedis.get("a");
    }
  }

  private static boolean isMaster(EngineProcess engine) {
    try (var jedis = new Jedis("127.0.0.1", engine.port(), 10_000)) {
      return jedis.info("replication").contains("role:master");
    }
  }
}
