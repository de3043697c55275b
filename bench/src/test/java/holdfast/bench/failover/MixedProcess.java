package holdfast.bench.failover;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** A mixed load in a process of its own. */
final class MixedProcess implements MixedLoad {
  private static final Path CLIENTS =
      Files.isDirectory(Path.of("clients"))
          ? Path.of("clients").toAbsolutePath()
          : Path.of("bench", "clients").toAbsolutePath();

  private final String name;
  private final String prefix;
  private final Path log;
  private final Process process;
  private final BufferedReader output;

  private MixedProcess(String name, List<String> program, String prefix, Way way)
      throws IOException {
    this.name = name;
    this.prefix = prefix;
    this.log = Files.createTempFile("hiding-" + prefix, ".log");
    var command = new ArrayList<>(program);
    command.add(prefix);
    command.add(way.isDirect() ? "direct" : "sentinel");
    way.addresses().forEach(address -> command.add(address.toString()));
    this.process =
        new ProcessBuilder(command).directory(CLIENTS.toFile()).redirectError(log.toFile()).start();
    this.output = process.inputReader(UTF_8);
  }

  static MixedProcess redisPy(String prefix, Way way) throws IOException {
    return new MixedProcess(
        "redis-py", List.of("/usr/bin/python3", "redis_py_hiding.py"), prefix, way);
  }

  static MixedProcess ioredis(String prefix, Way way) throws IOException {
    return new MixedProcess("ioredis", List.of("node", "ioredis-hiding.js"), prefix, way);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String prefix() {
    return prefix;
  }

  @Override
  public void awaitReady() throws IOException {
    String line = output.readLine();
    if (!"READY".equals(line)) {
      throw new IllegalStateException(name + " said \"" + line + "\", not READY; see " + log);
    }
  }

  @Override
  public Map<String, Seen> finish() throws IOException, InterruptedException {
    process.getOutputStream().close();
    String line = output.readLine();
    if (line == null || !process.waitFor(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException(name + " did not tell what it saw; see " + log);
    }
    Config all = ConfigFactory.parseString(line);
    var seen = new TreeMap<String, Seen>();
    for (String kind : all.root().keySet()) {
      Config each = all.getConfig(kind);
      seen.put(
          kind,
          new Seen(
              each.getLong("acknowledged"),
              each.getLong("failed"),
              each.getLong("wrong"),
              each.getLong("missed"),
              each.getLong("again"),
              each.getStringList("errors")));
    }
    return seen;
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      Files.deleteIfExists(log);
    } catch (IOException e) {
      // It lies in the folder for temporary files.
    }
  }
}
