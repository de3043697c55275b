package holdfast.health.runtime;

import holdfast.backend.testing.RedisServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;

/** A real redis-sentinel that watches one master, in a folder of its own. */
final class SentinelProcess implements AutoCloseable {
  private final Path folder;
  private final int port = RedisServer.freePort();
  private final Process process;

  SentinelProcess(String masterName, int masterPort, int quorum) {
    try {
      folder = Files.createTempDirectory("holdfast-sentinel-");
      Path config = folder.resolve("sentinel.conf");
      Files.writeString(
          config,
          "port "
              + port
              + "\nbind 127.0.0.1\ndir "
              + folder
              + "\nsentinel monitor "
              + masterName
              + " 127.0.0.1 "
              + masterPort
              + " "
              + quorum
              + "\nsentinel down-after-milliseconds "
              + masterName
              + " 1000\n");
      process =
          new ProcessBuilder("redis-sentinel", config.toString())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("log").toFile())
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try (var files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
