package holdfast.health.runtime;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;

/** The shipped ways to start a Redis server, on a real one: it comes back fenced each time. */
class FencedStartIT {
  private static final Path CONF = Path.of("../conf").toAbsolutePath().normalize();
  private static final String SHIPPED = "/etc/redis/redis-fenced.conf";

  private final int port = RedisServer.freePort();
  private final List<Process> processes = new ArrayList<>();
  @TempDir private Path folder;

  @AfterEach
  void endProcesses() throws InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly();
      process.waitFor(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void theUnitStartsItFencedAlsoAfterItWasMaster() throws Exception {
    String line = line("redis-fenced.service", "ExecStart=");
    comesBackFenced(List.of(line.substring(line.indexOf('=') + 1).split(" ", -1)));
  }

  @Test
  void theContainerStartsItFencedAlsoAfterItWasMaster() throws Exception {
    String line = line("redis-fenced.Dockerfile", "ENTRYPOINT ");
    String words = line.substring(line.indexOf('[') + 1, line.indexOf(']'));
    comesBackFenced(
        Arrays.stream(words.split(",", -1)).map(word -> word.strip().replace("\"", "")).toList());
  }

  /** What holds where somebody forgets the option. */
  @Test
  void theFileAloneStartsItFenced() throws Exception {
    comesBackFenced(List.of("redis-server", SHIPPED));
  }

  private void comesBackFenced(List<String> command) throws Exception {
    start(command);
    try (var jedis = new Jedis("127.0.0.1", port)) {
      assertRefusesAll(jedis);
      jedis.replicaofNoOne();
      assertEquals("OK", jedis.set("a", "1"));
    }
    // By an operator's mistake the file must not lose its line; read-only, it cannot.
    kill();
    start(command);
    try (var jedis = new Jedis("127.0.0.1", port)) {
      assertRefusesAll(jedis);
      assertNobodyFollowsIt();
      jedis.replicaofNoOne();
      assertEquals("1", jedis.get("a"), "its data is kept");
    }
  }

  private static void assertRefusesAll(Jedis jedis) {
    assertEquals("READONLY", refusal(jedis, "SET", "a", "2"));
    assertEquals("MASTERDOWN", refusal(jedis, "GET", "a"));
    assertEquals("MASTERDOWN", refusal(jedis, "PSYNC", "?", "-1"));
    jedis.configSet("replica-serve-stale-data", "yes");
    assertEquals("NOMASTERLINK", refusal(jedis, "PSYNC", "?", "-1"));
    jedis.configSet("replica-serve-stale-data", "no");
  }

  private void assertNobodyFollowsIt() {
    try (var replica = RedisServer.start("--replicaof", "127.0.0.1 " + port)) {
      await()
          .during(Duration.ofSeconds(2))
          .atMost(Duration.ofSeconds(4))
          .until(() -> replica.cli("INFO", "replication").contains("master_link_status:down"));
    }
  }

  private static String refusal(Jedis jedis, String... command) {
    try {
      return "answered " + Wire.send(jedis, List.of(command));
    } catch (JedisDataException e) {
      String message = String.valueOf(e.getMessage());
      return message.substring(0, message.indexOf(' '));
    }
  }

  private static String line(String file, String start) throws IOException {
    return Files.readAllLines(CONF.resolve(file)).stream()
        .filter(line -> line.startsWith(start))
        .findFirst()
        .orElseThrow();
  }

  private void start(List<String> shipped) throws IOException {
    Path config = folder.resolve("redis-fenced.conf");
    if (!Files.exists(config)) {
      Files.copy(CONF.resolve("redis-fenced.conf"), config);
      assertTrue(config.toFile().setReadOnly());
    }
    var command = new ArrayList<String>();
    for (String word : shipped) {
      command.add(
          word.equals(SHIPPED)
              ? config.toString()
              : word.endsWith("redis-server") ? "redis-server" : word);
    }
    command.addAll(List.of("--port", "" + port, "--bind", "127.0.0.1", "--dir", "" + folder));
    processes.add(
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
            .start());
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .until(
            () -> {
              try (var jedis = new Jedis("127.0.0.1", port)) {
                return jedis.info("persistence").contains("loading:0");
              }
            });
  }

  private void kill() throws InterruptedException {
    Process last = processes.getLast();
    last.destroyForcibly();
    assertTrue(last.waitFor(10, TimeUnit.SECONDS));
  }
}
