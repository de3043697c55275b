package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.resp.RespValue;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A backend as a process of its own, that can be killed and started again on the same port with the
 * same data. It starts fenced. One thread.
 */
final class BackendProcess implements AutoCloseable {
  private static final int ASK_MILLIS = 500;

  /** What kind of server it is. */
  enum Kind {
    ENGINE,
    REDIS
  }

  private final Kind kind;
  private final NodeAddress address;
  private final Path folder;
  private @Nullable Process process;

  BackendProcess(Kind kind, NodeAddress address, Path folder) {
    this.kind = kind;
    this.address = address;
    this.folder = folder;
  }

  NodeAddress address() {
    return address;
  }

  /** Where it logs. */
  Path log() {
    return folder.resolve("log");
  }

  /** Starts the process; it may not answer yet. */
  void start() throws IOException {
    Files.createDirectories(folder);
    var builder =
        new ProcessBuilder(ChildProcess.command(kind == Kind.ENGINE ? engine() : redis()));
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
    process = builder.start();
  }

  /** Whether there is a redis-server to run. */
  static boolean redisIsInstalled() {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, "redis-server"))) {
        return true;
      }
    }
    return false;
  }

  private List<String> engine() throws IOException {
    Path config = folder.resolve("engine.conf");
    Files.writeString(
        config,
        "engine { listen = \""
            + address
            + "\", data = \""
            + folder.resolve("data")
            + "\" }\nadmin.enabled = false\n");
    return JavaCommand.of(
        Main.class.getName(),
        List.of("-Xmx128m"),
        List.of("engine", "-c", config.toString(), "--end-with-input"));
  }

  private List<String> redis() throws IOException {
    Files.createDirectories(folder.resolve("data"));
    String port = Integer.toString(address.port());
    return List.of(
        "redis-server",
        "--port",
        port,
        "--bind",
        address.host(),
        "--save",
        "",
        "--appendonly",
        "yes",
        "--dir",
        folder.resolve("data").toString(),
        "--repl-diskless-sync-delay",
        "0",
        "--replicaof",
        "127.0.0.1",
        "1");
  }

  /** Whether the process runs. */
  boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** SIGKILL, as {@code kill -9}; returns when the process is gone. */
  void kill() {
    if (process == null) {
      return;
    }
    process.destroyForcibly();
    process.onExit().join();
  }

  /** What INFO says of it now, empty if it does not answer. */
  Map<String, String> info() {
    try {
      RespValue reply = ControlClient.ask(address, ASK_MILLIS, "INFO");
      var fields = new HashMap<String, String>();
      for (String line : reply.text().split("\r\n", -1)) {
        int colon = line.indexOf(':');
        if (colon > 0) {
          fields.put(line.substring(0, colon), line.substring(colon + 1));
        }
      }
      return fields;
    } catch (IOException | IllegalStateException e) {
      return Map.of();
    }
  }

  /** Ends it, gently first. */
  @Override
  public void close() {
    Process running = process;
    if (running == null) {
      return;
    }
    running.destroy();
    try {
      if (!running.waitFor(3, TimeUnit.SECONDS)) {
        kill();
      }
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
    }
  }
}
