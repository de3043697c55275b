package holdfast.backend.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.CuttingRelay;
import holdfast.backend.testing.RedisServer;
import holdfast.backend.testing.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Replication between our engine and redis-server, and among our engines. */
class ReplicationIT {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private final List<AutoCloseable> opened = new ArrayList<>();

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

  private EngineServer engine() throws IOException {
    return open(EngineServer.start(EngineServerSettings.at(ANY)));
  }

  /** A master that writes nothing to its stream by itself: no PING of its own. */
  private EngineServer silentEngine() throws IOException {
    var replication = ReplicationSettings.STANDARD;
    long never = Duration.ofDays(1).toMillis();
    return open(
        EngineServer.start(
            EngineServerSettings.at(ANY)
                .withReplication(replication.withTimes(replication.timeoutMillis(), never))));
  }

  private RedisServer redis() {
    return open(
        RedisServer.start("--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"));
  }

  private Wire wire(InetSocketAddress address) {
    return open(new Wire(address));
  }

  private static void follow(Wire replica, int port) {
    assertTrue(replica.text("REPLICAOF", "127.0.0.1", Integer.toString(port)).startsWith("+OK"));
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

  private static String id(Wire node) {
    return node.info("replication").get("master_replid");
  }

  private static void fill(Wire node, String prefix) {
    node.call("SET", prefix + "s", "value");
    node.call("SET", prefix + "n", "12345");
    node.call("SET", prefix + "e", "soon", "PX", "10000000");
    node.call("SELECT", "3");
    node.call("RPUSH", prefix + "l", "a", "b", "c");
    node.call("SELECT", "0");
    node.call("SADD", prefix + "set", "1", "2", "3");
    node.call("HSET", prefix + "h", "f", "v", "g", "w");
    node.call("ZADD", prefix + "z", "1.5", "one", "-inf", "two");
  }

  private static void assertSame(Wire one, Wire two, String prefix) {
    for (List<String> command :
        List.of(
            List.of("GET", prefix + "s"),
            List.of("GET", prefix + "n"),
            List.of("GET", prefix + "e"),
            List.of("SMEMBERS", prefix + "set"),
            List.of("HGETALL", prefix + "h"),
            List.of("ZRANGE", prefix + "z", "0", "-1", "WITHSCORES"),
            List.of("DBSIZE"),
            List.of("SELECT", "3"),
            List.of("LRANGE", prefix + "l", "0", "-1"),
            List.of("SELECT", "0"))) {
      String[] words = command.toArray(String[]::new);
      assertEquals(one.text(words), two.text(words), command.toString());
    }
  }

  @Test
  void redisFollowsOurEngine() throws Exception {
    EngineServer engine = engine();
    RedisServer redis = redis();
    Wire master = wire(engine.address());
    Wire replica = wire(redis.address());
    fill(master, "before:");
    follow(replica, engine.address().getPort());
    awaitInSync(master, replica);
    fill(master, "after:");
    awaitInSync(master, replica);
    assertSame(master, replica, "before:");
    assertSame(master, replica, "after:");
    assertEquals(id(master), id(replica));
    String slave = master.info("replication").get("slave0");
    assertTrue(slave.contains("port=" + redis.port() + ",state=online"), slave);
  }

  @Test
  void ourEngineFollowsRedis() throws Exception {
    EngineServer engine = engine();
    RedisServer redis = redis();
    Wire master = wire(redis.address());
    Wire replica = wire(engine.address());
    fill(master, "before:");
    follow(replica, redis.port());
    awaitInSync(master, replica);
    fill(master, "after:");
    awaitInSync(master, replica);
    assertSame(master, replica, "before:");
    assertSame(master, replica, "after:");
    assertEquals(id(master), id(replica));
    assertEquals(
        "-READONLY You can't write against a read only replica.", replica.text("SET", "a", "1"));
    await()
        .atMost(Duration.ofSeconds(5))
        .until(() -> master.info("replication").get("slave0").contains("state=online"));
  }

  @Test
  void ourEngineFollowsOurEngineAndARedisFollowsThat() throws Exception {
    EngineServer first = engine();
    EngineServer second = engine();
    RedisServer third = redis();
    Wire master = wire(first.address());
    Wire middle = wire(second.address());
    Wire last = wire(third.address());
    fill(master, "before:");
    follow(middle, first.address().getPort());
    awaitInSync(master, middle);
    follow(last, second.address().getPort());
    awaitInSync(master, last);
    fill(master, "after:");
    awaitInSync(master, middle);
    awaitInSync(master, last);
    assertSame(master, last, "before:");
    assertSame(master, last, "after:");
    assertEquals(id(master), id(last));
  }

  @Test
  void aCutLinkContinuesPartiallyInBothDirections() throws Exception {
    EngineServer engine = engine();
    RedisServer redis = redis();
    Wire ours = wire(engine.address());
    Wire theirs = wire(redis.address());
    var toOurs = open(new CuttingRelay(engine.address()));
    var toTheirs = open(new CuttingRelay(redis.address()));

    follow(theirs, toOurs.port());
    awaitInSync(ours, theirs);
    for (int i = 0; i < 20; i++) {
      ours.call("INCR", "counter");
      if (i % 5 == 0) {
        toOurs.cut();
      }
    }
    awaitInSync(ours, theirs);
    assertEquals("20", theirs.text("GET", "counter"));
    assertTrue(redis.cli("INFO", "stats").contains("total_net_input_bytes"));

    theirs.call("REPLICAOF", "NO", "ONE");
    follow(ours, toTheirs.port());
    awaitInSync(theirs, ours);
    long fulls = Long.parseLong(theirs.info("stats").get("sync_full"));
    for (int i = 0; i < 20; i++) {
      theirs.call("INCR", "counter");
      if (i % 5 == 0) {
        toTheirs.cut();
      }
    }
    awaitInSync(theirs, ours);
    assertEquals("40", ours.text("GET", "counter"));
    assertEquals(fulls, Long.parseLong(theirs.info("stats").get("sync_full")));
    assertTrue(Long.parseLong(theirs.info("stats").get("sync_partial_ok")) > 0);
  }

  @Test
  void othersContinuePartiallyWithAPromotedEngine() throws Exception {
    RedisServer oldMaster = redis();
    EngineServer promoted = engine();
    RedisServer other = redis();
    Wire old = wire(oldMaster.address());
    Wire engine = wire(promoted.address());
    Wire replica = wire(other.address());
    follow(engine, oldMaster.port());
    follow(replica, oldMaster.port());
    fill(old, "a:");
    awaitInSync(old, engine);
    awaitInSync(old, replica);
    String oldId = id(old);
    oldMaster.kill9();
    assertEquals("+OK", engine.text("REPLICAOF", "NO", "ONE"));
    var info = engine.info("replication");
    assertEquals("master", info.get("role"));
    assertEquals(oldId, info.get("master_replid2"));
    assertNotEquals(oldId, info.get("master_replid"));
    assertEquals(
        Long.parseLong(info.get("master_repl_offset")) + 1,
        Long.parseLong(info.get("second_repl_offset")));
    engine.call("SET", "new", "1");
    follow(replica, promoted.address().getPort());
    awaitInSync(engine, replica);
    assertEquals("1", replica.text("GET", "new"));
    assertSame(engine, replica, "a:");
    assertEquals(oldId, replica.info("replication").get("master_replid2"));
  }

  @Test
  void ourEngineContinuesPartiallyWithAPromotedRedis() throws Exception {
    EngineServer old = silentEngine();
    RedisServer promoted = redis();
    EngineServer other = engine();
    Wire master = wire(old.address());
    Wire redis = wire(promoted.address());
    Wire replica = wire(other.address());
    follow(redis, old.address().getPort());
    follow(replica, old.address().getPort());
    fill(master, "a:");
    awaitInSync(master, redis);
    awaitInSync(master, replica);
    String oldId = id(master);
    redis.call("REPLICAOF", "NO", "ONE");
    redis.call("SET", "new", "1");
    follow(replica, promoted.port());
    awaitInSync(redis, replica);
    assertEquals("1", replica.text("GET", "new"));
    assertSame(redis, replica, "a:");
    assertEquals("1", redis.info("stats").get("sync_partial_ok"));
    assertEquals(oldId, replica.info("replication").get("master_replid2"));
    // And the old master itself, which has written nothing since.
    follow(master, promoted.port());
    awaitInSync(redis, master);
    var stats = redis.info("stats");
    assertEquals("2 0", stats.get("sync_partial_ok") + " " + stats.get("sync_full"));
  }

  @Test
  void aTransactionOfTwoRolesGivesANewReplicationId() throws Exception {
    Wire node = wire(engine().address());
    String before = id(node);
    node.call("MULTI");
    node.call("REPLICAOF", "nobody", "1");
    node.call("REPLICAOF", "NO", "ONE");
    assertEquals("[+OK, +OK]", node.text("EXEC"));
    assertNotEquals(before, id(node));
    assertEquals(before, node.info("replication").get("master_replid2"));
    assertEquals("+OK", node.text("SET", "a", "1"));
  }

  @Test
  void startsFencedUntilItIsGivenARole() throws Exception {
    EngineServer engine = open(EngineServer.start(EngineServerSettings.at(ANY).withFenced(true)));
    Wire node = wire(engine.address());
    var info = node.info("replication");
    assertEquals("slave", info.get("role"));
    assertEquals("down", info.get("master_link_status"));
    assertEquals("127.0.0.1", info.get("master_host"));
    assertTrue(node.text("SET", "a", "1").startsWith("-READONLY"));
    assertTrue(node.text("PSYNC", "?", "-1").startsWith("-NOMASTERLINK"));
    assertEquals("+OK", node.text("REPLICAOF", "NO", "ONE"));
    assertEquals("+OK", node.text("SET", "a", "1"));
  }

  @Test
  void waitCountsTheReplicasThatHaveEverything() throws Exception {
    EngineServer engine = engine();
    Wire master = wire(engine.address());
    Wire one = wire(redis().address());
    Wire two = wire(engine().address());
    follow(one, engine.address().getPort());
    follow(two, engine.address().getPort());
    awaitInSync(master, one);
    awaitInSync(master, two);
    master.call("SET", "a", "1");
    assertEquals(2L, master.call("WAIT", "2", "5000"));
    master.call("SET", "a", "2");
    assertEquals(2L, master.call("WAIT", "3", "100"));
    assertEquals("1".length(), one.text("GET", "a").length());
  }

  @Test
  void aDemotedMasterEndsTheWaitOfItsClients() throws Exception {
    EngineServer engine = engine();
    Wire waiting = wire(engine.address());
    Wire other = wire(engine.address());
    waiting.send("BLPOP", "list", "0");
    await().until(() -> other.info("clients").get("blocked_clients").equals("1"));
    other.call("REPLICAOF", "127.0.0.1", "1");
    assertTrue(String.valueOf(waiting.read()).startsWith("-UNBLOCKED force unblock"));
  }

  @Test
  void rolesAreAsRedisShowsThem() throws Exception {
    EngineServer engine = engine();
    Wire master = wire(engine.address());
    assertEquals("[master, 0, []]", master.text("ROLE"));
    RedisServer redis = redis();
    Wire replica = wire(redis.address());
    follow(replica, engine.address().getPort());
    awaitInSync(master, replica);
    await()
        .until(
            () ->
                master
                    .text("ROLE")
                    .matches("\\[master, \\d+, \\[\\[127.0.0.1, " + redis.port() + ", \\d+]]]"));
    replica.call("REPLICAOF", "NO", "ONE");
    follow(master, redis.port());
    awaitInSync(replica, master);
    assertTrue(
        master.text("ROLE").matches("\\[slave, 127.0.0.1, " + redis.port() + ", connected, \\d+]"));
  }
}
