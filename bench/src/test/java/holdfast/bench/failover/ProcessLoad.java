package holdfast.bench.failover;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigUtil;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A load in a process of its own: one of the programs in {@code bench/clients}. */
final class ProcessLoad implements ClientLoad {
  private static final Path CLIENTS = Path.of("clients").toAbsolutePath();

  private final String name;
  private final Path log;
  private final Process process;
  private final BufferedReader output;

  private ProcessLoad(String name, List<String> command) throws IOException {
    this.name = name;
    this.log = Files.createDirectories(Path.of("target", "logs")).resolve(name + ".log");
    this.process =
        new ProcessBuilder(command)
            .directory(CLIENTS.toFile())
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    this.output = process.inputReader(UTF_8);
  }

  /** redis-py of the system's Python, which has it from its package. */
  static ProcessLoad redisPy(String host, int port, int connections) throws IOException {
    return new ProcessLoad(
        "redis-py",
        List.of("/usr/bin/python3", "redis_py_load.py", host, "" + port, "" + connections));
  }

  /** ioredis, after {@code npm ci} in bench/clients. */
  static ProcessLoad ioredis(String host, int port, int connections) throws IOException {
    return new ProcessLoad(
        "ioredis", List.of("node", "ioredis-load.js", host, "" + port, "" + connections));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void awaitReady() throws IOException {
    String line = output.readLine();
    if (!"READY".equals(line)) {
      throw new IllegalStateException(name + " said \"" + line + "\", not READY; see " + log);
    }
  }

  @Override
  public Result finish() throws IOException, InterruptedException {
    process.getOutputStream().close();
    String line = output.readLine();
    if (line == null || !process.waitFor(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException(name + " did not tell what it saw; see " + log);
    }
    Config seen = ConfigFactory.parseString(line);
    Map<String, Long> acknowledged = new HashMap<>();
    Config byKey = seen.getConfig("acknowledged");
    byKey
        .root()
        .keySet()
        .forEach(k -> acknowledged.put(k, byKey.getLong(ConfigUtil.quoteString(k))));
    return new Result(
        seen.getLong("writes"),
        seen.getLong("reads"),
        seen.getLong("behind"),
        seen.getLong("longestMillis"),
        seen.getLong("errorCount"),
        seen.getStringList("errors"),
        acknowledged);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
