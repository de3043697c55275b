package holdfast.backend.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.server.PersistenceSettings.Fsync;
import holdfast.backend.testing.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
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
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  @TempDir Path folder;
  @TempDir Path elsewhere;

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
        EngineServerSettings.at(ANY).withPersistence(PersistenceSettings.in(folder)));
  }

  @Test
  void underFsyncAlwaysNothingIsAcknowledgedThatTheDiskDidNotTake() throws Exception {
    Files.write(folder.resolve("ballast"), new byte[1_500_000]);
    int written = 0;
    try (EngineServer server =
            EngineServer.start(
                EngineServerSettings.at(ANY)
                    .withPersistence(PersistenceSettings.in(folder).withFsync(Fsync.ALWAYS)));
        var wire = new Wire(server.address());
        var other = new Wire(server.address())) {
      try {
        while (wire.text("SET", "k" + written, "v".repeat(10_000)).equals("+OK")) {
          written++;
        }
      } catch (UncheckedIOException closed) {
        // Executed but not kept: no answer is the honest one.
      }
      // As if it were killed now.
      Path log = Files.createDirectories(elsewhere.resolve("appendonlydir"));
      try (var files = Files.list(folder.resolve("appendonlydir"))) {
        for (Path file : files.toList()) {
          Files.copy(file, log.resolve(file.getFileName()));
        }
      }
      assertEquals(10_000, other.text("GET", "k0").length(), "reads go on");
      assertTrue(other.text("SET", "x", "1").startsWith("-MISCONF"));
      assertEquals(10_000, other.text("GET", "k1").length());
    }
    try (EngineServer killed =
            EngineServer.start(
                EngineServerSettings.at(ANY).withPersistence(PersistenceSettings.in(elsewhere)));
        var wire = new Wire(killed.address())) {
      assertTrue((long) wire.call("DBSIZE") >= written, "acknowledged " + written);
      assertEquals(10_000, wire.text("GET", "k" + (written - 1)).length());
    }
  }

  @Test
  void afterAFailedSnapshotWritesGoOnAsSoonAsOneSucceeds() throws Exception {
    Path ballast = folder.resolve("ballast");
    var rules = List.of(new PersistenceSettings.SaveRule(3600, 1));
    try (EngineServer server =
            EngineServer.start(
                EngineServerSettings.at(ANY)
                    .withPersistence(PersistenceSettings.snapshots(folder, rules)));
        var wire = new Wire(server.address())) {
      for (int i = 0; i < 100; i++) {
        wire.call("SET", "k" + i, "v".repeat(10_000));
      }
      Files.write(ballast, new byte[1_500_000]);
      wire.call("BGSAVE");
      await().until(() -> wire.info("persistence").get("rdb_last_bgsave_status").equals("err"));
      assertTrue(wire.text("SET", "a", "1").startsWith("-MISCONF"));
      await().during(Duration.ofMillis(300)).until(() -> leftovers() == 0);
      Files.delete(ballast);
      await().atMost(Duration.ofSeconds(20)).until(() -> wire.text("SET", "a", "1").equals("+OK"));
    }
  }

  private long leftovers() throws IOException {
    try (var files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().startsWith("temp-")).count();
    }
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
