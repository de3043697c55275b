package holdfast.health.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.server.EngineServer;
import holdfast.backend.server.EngineServerSettings;
import holdfast.backend.server.PersistenceSettings;
import holdfast.backend.testing.RedisServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Our engine as a process of its own, started fenced, that can be killed. */
final class EngineProcess implements AutoCloseable {
  private final int port = RedisServer.freePort();
  private final Path folder;
  private @Nullable Process process;

  EngineProcess() {
    try {
      folder = Files.createTempDirectory("holdfast-engine-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start();
  }

  /** The process's own code: port and folder. */
  public static void main(String[] arguments) throws Exception {
    var address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]));
    EngineServer.start(
        EngineServerSettings.at(address)
            .withFenced(true)
            .withPersistence(PersistenceSettings.in(Path.of(arguments[1]))));
    new CountDownLatch(1).await();
  }

  NodeAddress address() {
    return new NodeAddress("127.0.0.1", port);
  }

  void start() {
    try {
      Path logs = Files.createDirectories(Path.of("target", "logs"));
      process =
          new ProcessBuilder(
                  List.of(
                      ProcessHandle.current().info().command().orElse("java"),
                      "--enable-native-access=ALL-UNNAMED",
                      "--sun-misc-unsafe-memory-access=allow",
                      "-XX:+UseSerialGC",
                      "-XX:TieredStopAtLevel=1",
                      "-Xmx128m",
                      "-cp",
                      System.getProperty(
                          "surefire.test.class.path", System.getProperty("java.class.path")),
                      EngineProcess.class.getName(),
                      Integer.toString(port),
                      folder.toString()))
              .redirectErrorStream(true)
              .redirectOutput(
                  ProcessBuilder.Redirect.appendTo(
                      logs.resolve("engine-" + port + ".log").toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void awaitAnswering() {
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofSeconds(40))
        .pollInterval(Duration.ofMillis(20))
        .until(this::answers);
  }

  private boolean answers() {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(1_000);
      socket.getOutputStream().write("PING\r\n".getBytes(UTF_8));
      return new String(socket.getInputStream().readNBytes(5), UTF_8).equals("+PONG");
    } catch (IOException e) {
      return false;
    }
  }

  /** SIGKILL; returns when it is gone. */
  void kill9() {
    Process running = process;
    if (running != null) {
      running.destroyForcibly();
      try {
        running.waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    kill9();
    try (var files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
