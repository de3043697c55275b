package holdfast.backend.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.Wire;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real file system of two megabytes that fills up. */
@Tag("faults")
class DiskFullIT {
  @TempDir Path folder;

  @BeforeEach
  void mount() throws Exception {
    run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder.toString());
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount", folder.toString());
  }

  private static void run(String... command) throws Exception {
    assertEquals(
        0, new ProcessBuilder(command).inheritIO().start().waitFor(), List.of(command).toString());
  }

  private EngineServer start() throws Exception {
    return EngineServer.start(
        EngineServerSettings.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .withPersistence(PersistenceSettings.in(folder)));
  }

  @Test
  void writesAreRefusedWhileTheDiskIsFullAndNothingIsLost() throws Exception {
    Path ballast = folder.resolve("ballast");
    Files.write(ballast, new byte[1_500_000]);
    int written = 0;
    try (EngineServer server = start();
        var wire = new Wire(server.address())) {
      String reply = "+OK";
      while (reply.equals("+OK")) {
        reply = wire.text("SET", "k" + written, "v".repeat(10_000));
        if (reply.equals("+OK")) {
          written++;
        }
      }
      assertTrue(reply.startsWith("-MISCONF Errors writing to the AOF file"), reply);
      assertEquals("err", wire.info("persistence").get("aof_last_write_status"));
      assertEquals(10_000, wire.text("GET", "k0").length());
      Files.delete(ballast);
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> wire.text("SET", "again", "1").equals("+OK"));
      assertEquals("ok", wire.info("persistence").get("aof_last_write_status"));
    }
    try (EngineServer server = start();
        var wire = new Wire(server.address())) {
      assertEquals((long) written + 1, wire.call("DBSIZE"));
      assertEquals("1", wire.text("GET", "again"));
      // A snapshot that does not fit leaves the log as it is.
      Files.write(ballast, new byte[1_000_000]);
      wire.call("BGREWRITEAOF");
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> wire.info("persistence").get("aof_last_bgrewrite_status").equals("err"));
      assertTrue(wire.text("SAVE").startsWith("-ERR"));
    }
    Files.delete(ballast);
    try (EngineServer server = start();
        var wire = new Wire(server.address())) {
      assertEquals((long) written + 1, wire.call("DBSIZE"));
    }
  }
}
