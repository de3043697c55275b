package holdfast.backend.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.EngineProcess;
import holdfast.backend.testing.RedisServer;
import holdfast.backend.testing.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PersistenceIT {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  @TempDir Path folder;

  private EngineServer start(PersistenceSettings persistence) throws IOException {
    return EngineServer.start(EngineServerSettings.at(ANY).withPersistence(persistence));
  }

  private static void fill(Wire wire) {
    wire.call("SET", "s", "v");
    wire.call("SET", "binary", "\r\n\0\u00ff");
    wire.call("SET", "e", "soon", "PX", "10000000");
    wire.call("MULTI");
    wire.call("RPUSH", "l", "a", "b");
    wire.call("SADD", "set", "1", "2");
    wire.call("EXEC");
    wire.call("SELECT", "9");
    wire.call("HSET", "h", "f", "v");
    wire.call("ZADD", "z", "2.5", "m");
    wire.call("INCR", "n");
    wire.call("SELECT", "0");
  }

  private static void assertFilled(Wire wire) {
    assertEquals("v", wire.text("GET", "s"));
    assertEquals("\r\n\0\u00ff", wire.text("GET", "binary"));
    assertTrue((long) wire.call("PTTL", "e") > 9_000_000);
    assertEquals("[a, b]", wire.text("LRANGE", "l", "0", "-1"));
    assertEquals("[1, 2]", wire.text("SMEMBERS", "set"));
    wire.call("SELECT", "9");
    assertEquals("[f, v]", wire.text("HGETALL", "h"));
    assertEquals("[m, 2.5]", wire.text("ZRANGE", "z", "0", "-1", "WITHSCORES"));
    assertEquals("1", wire.text("GET", "n"));
    wire.call("SELECT", "0");
  }

  @Test
  void aKilledEngineComesBackWithEverythingItAcknowledged() {
    try (EngineProcess engine = EngineProcess.start()) {
      for (int round = 1; round <= 2; round++) {
        try (var wire = new Wire(engine.address())) {
          fill(wire);
          for (int i = 0; i < 500; i++) {
            wire.call("INCR", "count");
          }
          engine.kill9();
        }
        engine.restart();
        try (var wire = new Wire(engine.address())) {
          assertEquals(Integer.toString(500 * round), wire.text("GET", "count"));
          wire.call("DEL", "l");
        }
      }
    }
  }

  @Test
  void whatItAskedItsReplicasIsNoErrorInItsLog() throws Exception {
    try (EngineProcess engine = EngineProcess.start();
        RedisServer replica = RedisServer.start("--repl-diskless-sync-delay", "0");
        var toReplica = new Wire(replica.address())) {
      toReplica.call("REPLICAOF", "127.0.0.1", Integer.toString(engine.port()));
      try (var wire = new Wire(engine.address())) {
        awaitInSync(wire, toReplica);
        wire.call("SET", "a", "1");
        assertEquals("1", wire.text("WAIT", "1", "10000")); // REPLCONF GETACK in the stream
        wire.call("SET", "a", "2");
      }
      engine.kill9();
      engine.restart();
      try (var wire = new Wire(engine.address())) {
        assertEquals("2", wire.text("GET", "a"));
      }
      String log = Files.readString(engine.log());
      assertFalse(log.contains("failed"), log);
    }
  }

  @Test
  void aKilledReplicaContinuesPartiallyAndAKilledMasterStartsANewHistory() {
    try (RedisServer master = RedisServer.start("--repl-diskless-sync-delay", "0");
        EngineProcess replica = EngineProcess.start("--fenced");
        var redis = new Wire(master.address())) {
      fill(redis);
      redis.call("SELECT", "4");
      try (var wire = new Wire(replica.address())) {
        wire.call("REPLICAOF", "127.0.0.1", Integer.toString(master.port()));
        awaitInSync(redis, wire);
        redis.call("SET", "a", "1");
        awaitInSync(redis, wire);
      }
      replica.kill9();
      // The stream's selected database must be remembered too: this comes without SELECT.
      redis.call("SET", "b", "2");
      replica.restart();
      String oldId;
      try (var wire = new Wire(replica.address())) {
        assertTrue(wire.text("SET", "x", "1").startsWith("-READONLY"));
        wire.call("REPLICAOF", "127.0.0.1", Integer.toString(master.port()));
        awaitInSync(redis, wire);
        assertFilled(wire);
        wire.call("SELECT", "4");
        assertEquals("[1, 2]", wire.text("MGET", "a", "b"));
        var stats = redis.info("stats");
        assertEquals("1", stats.get("sync_full"));
        assertEquals("1", stats.get("sync_partial_ok"));
        oldId = wire.info("replication").get("master_replid");
        wire.call("REPLICAOF", "NO", "ONE");
        wire.call("SET", "c", "3");
      }
      replica.terminate();
      replica.restart();
      try (var wire = new Wire(replica.address())) {
        wire.call("REPLICAOF", "NO", "ONE");
        assertNotEquals(oldId, wire.info("replication").get("master_replid"));
        wire.call("SELECT", "4");
        assertEquals("[1, 2, 3]", wire.text("MGET", "a", "b", "c"));
      }
    }
  }

  private static void awaitInSync(Wire master, Wire replica) {
    await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              var info = replica.info("replication");
              return "up".equals(info.get("master_link_status"))
                  && info.get("master_repl_offset")
                      .equals(master.info("replication").get("master_repl_offset"));
            });
  }

  @Test
  void redisStartsFromOurLogAndWeFromTheirs() throws Exception {
    try (RedisServer redis = RedisServer.start("--appendonly", "yes")) {
      redis.kill9();
      Path theirs = redis.folder();
      deleteAll(theirs.resolve("appendonlydir"));
      try (EngineServer ours = start(PersistenceSettings.in(theirs).withRewrite(100, 1 << 20));
          var wire = new Wire(ours.address())) {
        wire.call("SET", "old", "1");
        wire.call("BGREWRITEAOF");
        await().until(() -> wire.info("persistence").get("aof_rewrite_in_progress").equals("0"));
        fill(wire);
      }
      redis.restart();
      try (var wire = new Wire(redis.address())) {
        assertFilled(wire);
        assertEquals("1", wire.text("GET", "old"));
        wire.call("SET", "theirs", "1");
        wire.call("BGREWRITEAOF");
        await().until(() -> wire.info("persistence").get("aof_rewrite_in_progress").equals("0"));
        wire.call("SET", "theirs", "2");
      }
      redis.kill9();
      try (EngineServer ours = start(PersistenceSettings.in(theirs));
          var wire = new Wire(ours.address())) {
        assertFilled(wire);
        assertEquals("2", wire.text("GET", "theirs"));
      }
    }
  }

  private static void deleteAll(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void redisStartsFromOurSnapshotAndWeFromTheirs() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      redis.kill9();
      try (EngineServer ours = start(PersistenceSettings.snapshots(redis.folder(), List.of()));
          var wire = new Wire(ours.address())) {
        fill(wire); // and a clean end saves it
      }
      redis.restart();
      try (var wire = new Wire(redis.address())) {
        assertFilled(wire);
        assertEquals("+OK", wire.text("SAVE"));
      }
      redis.kill9();
      try (EngineServer ours = start(PersistenceSettings.in(redis.folder()));
          var wire = new Wire(ours.address())) {
        assertFilled(wire);
        wire.call("SET", "more", "1");
      }
      // The first log took the snapshot as its base.
      try (EngineServer ours = start(PersistenceSettings.in(redis.folder()));
          var wire = new Wire(ours.address())) {
        assertFilled(wire);
        assertEquals("1", wire.text("GET", "more"));
      }
    }
  }

  @Test
  void theLogDoesNotGrowWithoutEnd() throws Exception {
    try (EngineServer server = start(PersistenceSettings.in(folder).withRewrite(100, 50_000));
        var wire = new Wire(server.address())) {
      for (int i = 0; i < 30; i++) {
        for (int j = 0; j < 100; j++) {
          wire.send("SET", "k", "v".repeat(1000));
        }
        for (int j = 0; j < 100; j++) {
          assertEquals("+OK", wire.read());
        }
      }
      await()
          .atMost(Duration.ofSeconds(10))
          .until(
              () -> {
                wire.call("SET", "k", "v".repeat(1000));
                return Long.parseLong(wire.info("persistence").get("aof_current_size")) < 60_000;
              });
    }
    try (EngineServer server = start(PersistenceSettings.in(folder));
        var wire = new Wire(server.address())) {
      assertEquals("v".repeat(1000), wire.text("GET", "k"));
    }
  }

  @Test
  void saveRulesSaveBesideTheCommands() throws Exception {
    var rules = List.of(new PersistenceSettings.SaveRule(1, 5));
    try (EngineServer server = start(PersistenceSettings.snapshots(folder, rules));
        var wire = new Wire(server.address())) {
      for (int i = 0; i < 5; i++) {
        wire.call("SET", "k" + i, "v");
      }
      await().atMost(Duration.ofSeconds(10)).until(() -> Files.exists(folder.resolve("dump.rdb")));
      await().until(() -> wire.info("persistence").get("rdb_changes_since_last_save").equals("0"));
    }
  }

  @Test
  void refusesADamagedFileAndLeavesItAsItIs() throws Exception {
    try (EngineServer server = start(PersistenceSettings.snapshots(folder, List.of()));
        var wire = new Wire(server.address())) {
      fill(wire);
    }
    Path snapshot = folder.resolve("dump.rdb");
    byte[] content = Files.readAllBytes(snapshot);
    content[content.length / 2] ^= 1;
    Files.write(snapshot, content);
    for (PersistenceSettings settings :
        List.of(PersistenceSettings.snapshots(folder, List.of()), PersistenceSettings.in(folder))) {
      var e = assertThrows(IOException.class, () -> start(settings).close());
      assertTrue(e.getMessage().contains("dump.rdb"), e.getMessage());
      assertEquals(content.length, Files.size(snapshot));
    }
  }

  @Test
  void namesTheTypeThatItCannotLoad() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      redis.cli("XADD", "events", "*", "f", "v");
      redis.cli("SAVE");
      var e =
          assertThrows(
              IOException.class,
              () -> start(PersistenceSettings.snapshots(redis.folder(), List.of())).close());
      assertTrue(e.getMessage().contains("\"events\""), e.getMessage());
      assertTrue(e.getMessage().contains("a stream"), e.getMessage());
    }
  }

  /** A snapshot that comes through a pipe: it is being loaded for as long as the test likes. */
  private Path pipeInsteadOfSnapshot() throws Exception {
    Path pipe = folder.resolve("dump.rdb");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    return pipe;
  }

  private CompletableFuture<EngineServer> startBeside(EngineServerSettings settings) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return EngineServer.start(settings);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static Wire connectWhenItListens(InetSocketAddress address) {
    return await()
        .ignoreExceptions()
        .atMost(Duration.ofSeconds(20))
        .until(() -> new Wire(address), wire -> true);
  }

  @Test
  void saysThatItLoadsForAsLongAsItDoes() throws Exception {
    byte[] snapshot;
    try (RedisServer redis = RedisServer.start()) {
      redis.cli("SET", "a", "1");
      redis.cli("SAVE");
      snapshot = Files.readAllBytes(redis.folder().resolve("dump.rdb"));
    }
    Path pipe = pipeInsteadOfSnapshot();
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), RedisServer.freePort());
    var starting =
        startBeside(
            EngineServerSettings.at(address)
                .withFenced(true)
                .withPersistence(PersistenceSettings.snapshots(folder, List.of())));
    String loading = "-LOADING Redis is loading the dataset in memory";
    try (Wire wire = connectWhenItListens(address)) {
      assertEquals(loading, wire.text("PING"));
      assertEquals(loading, wire.text("GET", "a"));
      assertEquals(loading, wire.text("REPLICAOF", "NO", "ONE"));
      assertEquals(loading, wire.text("PSYNC", "?", "-1"));
      assertEquals("1", wire.info("persistence").get("loading"));
      assertEquals("slave", wire.info("replication").get("role"));
      assertFalse(starting.isDone());
      Files.write(pipe, snapshot);
      try (EngineServer server = starting.join()) {
        assertEquals(address, server.address());
        assertEquals("+PONG", wire.text("PING"));
        assertEquals("1", wire.text("GET", "a"));
        assertEquals("0", wire.info("persistence").get("loading"));
        assertTrue(wire.text("SET", "a", "2").startsWith("-READONLY"));
      }
    }
  }

  @Test
  void shutdownWhileItLoadsLeavesTheFilesAsTheyAre() throws Exception {
    Path pipe = pipeInsteadOfSnapshot();
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), RedisServer.freePort());
    var starting =
        startBeside(
            EngineServerSettings.at(address)
                .withPersistence(PersistenceSettings.snapshots(folder, List.of())));
    try (Wire wire = connectWhenItListens(address)) {
      wire.send("SHUTDOWN", "SAVE");
      assertThrows(UncheckedIOException.class, wire::read);
    }
    Files.write(pipe, new byte[] {'x'});
    assertThrows(CompletionException.class, starting::join);
    assertTrue(Files.readAttributes(pipe, BasicFileAttributes.class).isOther(), "still the pipe");
  }

  @Test
  void twoEnginesCannotShareAFolder() throws Exception {
    try (EngineServer server = start(PersistenceSettings.in(folder))) {
      var e = assertThrows(IOException.class, () -> start(PersistenceSettings.in(folder)).close());
      assertTrue(e.getMessage().contains("in use"), e.getMessage());
      assertTrue(server.address().getPort() > 0);
    }
  }

  @Test
  void shutdownEndsTheServerAndKeepsItsData() throws Exception {
    EngineServer server = start(PersistenceSettings.in(folder));
    try (var wire = new Wire(server.address())) {
      wire.call("SET", "a", "1");
      wire.send("SHUTDOWN");
      server.closed().toCompletableFuture().join();
    }
    try (EngineServer again = start(PersistenceSettings.in(folder));
        var wire = new Wire(again.address())) {
      assertEquals("1", wire.text("GET", "a"));
    }
  }
}
