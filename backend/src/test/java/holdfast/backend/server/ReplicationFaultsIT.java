package holdfast.backend.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.store.SnapshotLoader;
import holdfast.backend.testing.CuttingRelay;
import holdfast.backend.testing.EngineProcess;
import holdfast.backend.testing.RedisServer;
import holdfast.backend.testing.Wire;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Links and peers that fail: what is lost, what stays, who is given up. */
class ReplicationFaultsIT {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  private static final ReplicationSettings STANDARD = ReplicationSettings.STANDARD;

  private final List<AutoCloseable> opened = new ArrayList<>();
  @TempDir Path folder;

  private <T extends AutoCloseable> T open(T resource) {
    opened.add(resource);
    return resource;
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable resource : opened.reversed()) {
      resource.close();
    }
  }

  private EngineServer engine(ReplicationSettings replication) throws IOException {
    return open(EngineServer.start(EngineServerSettings.at(ANY).withReplication(replication)));
  }

  private Wire wire(InetSocketAddress address) {
    return open(new Wire(address));
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(20));
  }

  private static String field(Wire node, String name) {
    return node.info("replication").get(name);
  }

  private static void awaitInSync(Wire master, Wire replica) {
    soon()
        .until(
            () ->
                "up".equals(field(replica, "master_link_status"))
                    && field(replica, "master_repl_offset")
                        .equals(field(master, "master_repl_offset")));
  }

  @Test
  void aSnapshotThatWeCannotKeepLeavesTheDataAndTheLinkDown() throws Exception {
    RedisServer redis = open(RedisServer.start("--repl-diskless-sync-delay", "0"));
    Wire master = wire(redis.address());
    Wire replica = wire(engine(STANDARD).address());
    master.call("XADD", "events", "*", "f", "v");
    replica.call("SET", "mine", "1");
    replica.call("REPLICAOF", "127.0.0.1", Integer.toString(redis.port()));
    soon().until(() -> Long.parseLong(master.info("stats").get("sync_full")) >= 2);
    assertEquals("1", replica.text("GET", "mine"));
    assertEquals("down", field(replica, "master_link_status"));
    master.call("DEL", "events");
    awaitInSync(master, replica);
    assertEquals("null", replica.text("GET", "mine"));
    // And one that comes in the stream stops it, rather than be left out.
    master.call("SET", "before", "1");
    master.call("XADD", "events", "*", "f", "v");
    master.call("SET", "after", "1");
    soon().until(() -> "down".equals(field(replica, "master_link_status")));
    assertEquals("1", replica.text("GET", "before"));
    assertEquals("null", replica.text("GET", "after"));
  }

  @Test
  void whatWasWrittenJustBeforeAReplicaAskedComesToItOnce() throws Exception {
    EngineServer source = engine(STANDARD);
    Wire other = wire(engine(STANDARD).address());
    other.call("REPLICAOF", "127.0.0.1", Integer.toString(source.address().getPort()));
    awaitInSync(wire(source.address()), other);
    try (var socket = new Socket()) {
      socket.connect(source.address());
      socket.setSoTimeout(20_000);
      // In one packet, so that all are executed before the loop ends its turn.
      socket
          .getOutputStream()
          .write(
              "RPUSH list first\r\nREPLCONF capa eof\r\nPSYNC ? -1\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      readPast(in, "$EOF:");
      String mark = new String(in.readNBytes(40), StandardCharsets.US_ASCII);
      assertTrue(readPast(in, mark).contains("first"));
      socket.getOutputStream().write("REPLCONF ACK 0\r\n".getBytes(StandardCharsets.US_ASCII));
      wire(source.address()).call("RPUSH", "list", "second");
      String stream = readPast(in, "second");
      assertTrue(!stream.contains("first"), stream);
    }
  }

  private static String readPast(InputStream in, String end) throws IOException {
    var read = new StringBuilder();
    while (read.length() < end.length()
        || !read.substring(read.length() - end.length()).equals(end)) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("closed after " + read);
      }
      read.append((char) next);
    }
    return read.toString();
  }

  @Test
  void aSnapshotThatBreaksOffLeavesTheData() throws Exception {
    EngineServer source = engine(STANDARD);
    Wire master = wire(source.address());
    Wire replica = wire(engine(STANDARD).address());
    for (int i = 0; i < 50; i++) {
      master.call("SET", "k" + i, "v".repeat(10_000));
    }
    replica.call("SET", "mine", "1");
    var relay = open(new CuttingRelay(source.address()));
    relay.cutAfter(200_000);
    replica.call("REPLICAOF", "127.0.0.1", Integer.toString(relay.port()));
    soon().until(() -> Long.parseLong(master.info("stats").get("sync_full")) >= 2);
    assertEquals("1", replica.text("GET", "mine"));
    assertEquals(1L, replica.call("DBSIZE"));
    relay.cutAfter(Long.MAX_VALUE);
    relay.cut();
    awaitInSync(master, replica);
    assertEquals(50L, replica.call("DBSIZE"));
  }

  @Test
  void passwordsAreUsedBothWays() throws Exception {
    RedisServer redis = open(RedisServer.start("--requirepass", "secret", "--masterauth", "other"));
    EngineServer ours =
        open(
            EngineServer.start(
                EngineServerSettings.at(ANY)
                    .withPassword("other")
                    .withReplication(STANDARD.withMasterAuth(null, "secret"))));
    Wire theirs = wire(redis.address());
    Wire mine = wire(ours.address());
    assertEquals("-NOAUTH Authentication required.", mine.text("PSYNC", "?", "-1"));
    theirs.call("AUTH", "secret");
    mine.call("AUTH", "other");
    theirs.call("SET", "a", "1");
    mine.call("REPLICAOF", "127.0.0.1", Integer.toString(redis.port()));
    awaitInSync(theirs, mine);
    assertEquals("1", mine.text("GET", "a"));
    mine.call("REPLICAOF", "NO", "ONE");
    theirs.call("REPLICAOF", "127.0.0.1", Integer.toString(ours.address().getPort()));
    mine.call("SET", "b", "2");
    awaitInSync(mine, theirs);
    assertEquals("2", theirs.text("GET", "b"));
  }

  @Test
  void anOldSyncGetsASnapshotOfKnownLength() throws Exception {
    EngineServer engine = engine(STANDARD);
    Wire master = wire(engine.address());
    for (int i = 0; i < 100; i++) {
      master.call("RPUSH", "l" + i, "a", "b");
    }
    Path file = folder.resolve("copy.rdb");
    String port = Integer.toString(engine.address().getPort());
    var cli =
        new ProcessBuilder("redis-cli", "-p", port, "--rdb", file.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("cli.log").toFile())
            .start();
    assertTrue(cli.waitFor(20, TimeUnit.SECONDS));
    assertEquals(100, SnapshotLoader.load(file, 16, 0).contents().size());
  }

  @Test
  void aReplicaThatDoesNotReadIsGivenUpAtItsLimit() throws Exception {
    EngineServer engine = engine(STANDARD.withOutput(new OutputLimit(1 << 20, 0, 0)));
    Wire master = wire(engine.address());
    Wire lazy = wire(engine.address());
    lazy.send("PSYNC", "?", "-1");
    soon().until(() -> field(master, "connected_slaves").equals("1"));
    String value = "v".repeat(100_000);
    soon()
        .until(
            () -> {
              master.call("SET", "k", value);
              return field(master, "connected_slaves").equals("0");
            });
  }

  @Test
  void aSilentReplicaAndASilentMasterAreGivenUp() throws Exception {
    ReplicationSettings quick = STANDARD.withTimes(600, 100);
    EngineServer engine = engine(quick);
    Wire master = wire(engine.address());
    Wire silent = wire(engine.address());
    String id = field(master, "master_replid");
    silent.send("PSYNC", id, "1");
    soon().until(() -> field(master, "connected_slaves").equals("1"));
    soon().until(() -> field(master, "connected_slaves").equals("0"));

    RedisServer redis = open(RedisServer.start("--repl-diskless-sync-delay", "0"));
    Wire replica = wire(engine(quick.withTimes(1500, 100)).address());
    Wire theirs = wire(redis.address());
    theirs.call("CONFIG", "SET", "repl-ping-replica-period", "1");
    replica.call("REPLICAOF", "127.0.0.1", Integer.toString(redis.port()));
    awaitInSync(theirs, replica);
    redis.sigstop();
    soon().until(() -> "down".equals(field(replica, "master_link_status")));
    redis.sigcont();
    soon().until(() -> "up".equals(field(replica, "master_link_status")));
  }

  @Test
  void theBacklogIsGivenUpWithoutReplicas() throws Exception {
    Wire master = wire(engine(STANDARD.withBacklog(1 << 20, 1)).address());
    master.call("SET", "a", "1");
    assertEquals("1", field(master, "repl_backlog_active"));
    soon().until(() -> field(master, "repl_backlog_active").equals("0"));
    String id = field(master, "master_replid");
    master.call("SET", "a", "2");
    Wire replica = wire(engine(STANDARD).address());
    replica.call("REPLICAOF", "127.0.0.1", master.info("server").get("tcp_port"));
    awaitInSync(master, replica);
    assertEquals("2", replica.text("GET", "a"));
    // The offset went on counting, so the id is as good as before.
    assertEquals(id, field(replica, "master_replid"));
  }

  @Test
  void aKilledMasterHasGivenItsReplicaWhatItAcknowledged() throws Exception {
    for (int round = 0; round < 3; round++) {
      try (EngineProcess master = EngineProcess.start("--no-log")) {
        Wire replica = wire(engine(STANDARD).address());
        Wire reader = wire(master.address());
        replica.call("REPLICAOF", "127.0.0.1", Integer.toString(master.port()));
        awaitInSync(reader, replica);
        long acknowledged = 0;
        var killer = new Thread(() -> killIn(master, 300));
        killer.start();
        try {
          while (true) {
            acknowledged = (long) reader.call("INCR", "count");
          }
        } catch (RuntimeException dead) {
          killer.join();
        }
        soon().until(() -> "down".equals(field(replica, "master_link_status")));
        long kept = Long.parseLong(replica.text("GET", "count"));
        assertTrue(kept >= acknowledged, kept + " kept of " + acknowledged + " acknowledged");
      }
    }
  }

  private static void killIn(EngineProcess process, long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.kill9();
  }
}
