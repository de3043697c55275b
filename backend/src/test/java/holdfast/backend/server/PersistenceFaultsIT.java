package holdfast.backend.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.FaultyDisk;
import holdfast.backend.testing.FaultyDisk.Operation;
import holdfast.backend.testing.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An engine on a disk that fails: what it acknowledges is what a start after it would find. */
class PersistenceFaultsIT {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private final List<AutoCloseable> opened = new ArrayList<>();
  @TempDir Path folder;
  @TempDir Path copy;
  private FaultyDisk disk;
  private Wire wire;

  @BeforeEach
  void start() throws Exception {
    disk = FaultyDisk.over(folder);
    wire = startIn(disk.at(folder));
  }

  private <T extends AutoCloseable> T open(T resource) {
    opened.add(resource);
    return resource;
  }

  private Wire startIn(Path data) throws IOException {
    EngineServer server =
        open(
            EngineServer.start(
                EngineServerSettings.at(ANY).withPersistence(PersistenceSettings.in(data))));
    return open(new Wire(server.address()));
  }

  @AfterEach
  void closeAll() throws Exception {
    disk.heal();
    for (AutoCloseable resource : opened.reversed()) {
      resource.close();
    }
  }

  /** What an engine finds that starts now, as if this one were killed. */
  private Wire startKilled() throws Exception {
    Path log = Files.createDirectories(copy.resolve("appendonlydir"));
    try (var files = Files.list(folder.resolve("appendonlydir"))) {
      for (Path file : files.toList()) {
        Files.copy(file, log.resolve(file.getFileName()));
      }
    }
    return startIn(copy);
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(20));
  }

  private void awaitRefused() {
    soon().until(() -> wire.text("SET", "probe", "1").startsWith("-MISCONF"));
  }

  private void awaitTaken() {
    soon().until(() -> wire.text("SET", "probe", "2").equals("+OK"));
  }

  @Test
  void whileAnIncrementsNameMayNotBeOnDiskNothingIsAcknowledged() throws Exception {
    wire.call("INCR", "n");
    disk.fail(Operation.FORCE_FOLDER);
    wire.call("BGREWRITEAOF");
    awaitRefused();
    assertEquals("err", wire.info("persistence").get("aof_last_write_status"));
    assertEquals("1", wire.text("GET", "n"));
    disk.heal();
    awaitTaken();
    wire.call("INCR", "n");
    long offset = Long.parseLong(wire.info("replication").get("master_repl_offset"));
    Wire killed = startKilled();
    assertEquals("2", killed.text("GET", "n"));
    // Its data is the result of exactly so much of the stream.
    assertEquals(Long.toString(offset + 1), killed.info("replication").get("second_repl_offset"));
  }

  @Test
  void aReplicaPromotedAfterItsSnapshotsNameFailedLosesNothingItAcknowledged() throws Exception {
    EngineServer master = open(EngineServer.start(EngineServerSettings.at(ANY)));
    open(new Wire(master.address())).call("SET", "theirs", "1");
    wire.call("SET", "mine", "1");
    disk.faults(
        (operation, file) -> {
          // That of the manifest, not that of the base before it.
          if (operation == Operation.FORCE_FOLDER
              && Files.readString(file.resolve("appendonly.aof.manifest")).contains("base")) {
            throw new IOException("Input/output error");
          }
        });
    wire.call("REPLICAOF", "127.0.0.1", Integer.toString(master.address().getPort()));
    soon().until(() -> "err".equals(wire.info("persistence").get("aof_last_write_status")));
    assertEquals("down", wire.info("replication").get("master_link_status"), "it tells no offset");
    wire.call("REPLICAOF", "NO", "ONE");
    awaitRefused();
    disk.heal();
    awaitTaken();
    Wire killed = startKilled();
    assertEquals("[2, 1, null]", killed.text("MGET", "probe", "theirs", "mine"));
  }

  @Test
  void whatTheDiskDoesNotTakeIsKeptUpToABoundAndAfterwardsRewritten() throws Exception {
    wire.call("SET", "before", "1");
    disk.fail(Operation.WRITE);
    wire.call("SET", "large", "v".repeat(65 << 20));
    assertTrue(wire.text("SET", "after", "1").startsWith("-MISCONF Errors writing to the AOF"));
    assertEquals("0", wire.info("persistence").get("aof_buffer_length"));
    disk.heal();
    awaitTaken();
    assertEquals("ok", wire.info("persistence").get("aof_last_write_status"));
    Wire killed = startKilled();
    assertEquals((long) 65 << 20, killed.call("STRLEN", "large"));
    assertEquals("[1, 2, null]", killed.text("MGET", "before", "probe", "after"));
  }
}
