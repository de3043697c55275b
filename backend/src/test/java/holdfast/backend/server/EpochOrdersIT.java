package holdfast.backend.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.EngineProcess;
import holdfast.backend.testing.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an engine does with the orders of leaders: by epoch, run id, offset and history. */
class EpochOrdersIT {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  /** Nobody listens there: a master of this epoch never gets a lease. */
  private static final String NO_VOTER = "127.0.0.1:1";

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

  private EngineServer engine() throws IOException {
    return open(EngineServer.start(EngineServerSettings.at(ANY)));
  }

  private Wire wire(EngineServer engine) {
    return open(new Wire(engine.address()));
  }

  private static String runId(Wire node) {
    return String.valueOf(node.info("server").get("run_id"));
  }

  private static String id(Wire node) {
    return String.valueOf(node.info("replication").get("master_replid"));
  }

  private static long offset(Wire node) {
    return Long.parseLong(String.valueOf(node.info("replication").get("master_repl_offset")));
  }

  private static String promote(Wire node, long epoch) {
    return node.text("HOLDFAST", "PROMOTE", epoch + "", runId(node), "0", NO_VOTER);
  }

  private static String follow(
      Wire node, long epoch, EngineServer master, String histories, long common) {
    return node.text(
        "HOLDFAST",
        "FOLLOW",
        epoch + "",
        "127.0.0.1",
        master.address().getPort() + "",
        histories,
        common + "");
  }

  private static void awaitInSync(Wire master, Wire replica) {
    await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(10))
        .until(
            () ->
                "up".equals(replica.info("replication").get("master_link_status"))
                    && offset(replica) == offset(master));
  }

  @Test
  void obeysNoEarlierLeaderAlsoAfterARestart() throws Exception {
    var settings = EngineServerSettings.at(ANY).withPersistence(PersistenceSettings.in(folder));
    EngineServer other = engine();
    try (EngineServer engine = EngineServer.start(settings);
        var wire = new Wire(engine.address())) {
      assertTrue(wire.text("HOLDFAST", "CONSULT", "5").contains("holdfast_epoch:5"));
      assertTrue(promote(wire, 4).startsWith("-STALEEPOCH epoch 4"));
      assertTrue(follow(wire, 4, other, "a".repeat(40), 0).startsWith("-STALEEPOCH"));
      assertTrue(wire.text("HOLDFAST", "CONSULT", "4").startsWith("-STALEEPOCH"));
      assertEquals("master", wire.info("replication").get("role"));
      assertEquals("3", wire.info("holdfast").get("holdfast_stale_orders"));
    }
    try (EngineServer engine = EngineServer.start(settings);
        var wire = new Wire(engine.address())) {
      // Led once, it starts fenced, whatever its settings say.
      assertEquals("slave", wire.info("replication").get("role"));
      assertTrue(promote(wire, 4).startsWith("-STALEEPOCH"));
      assertTrue(promote(wire, 5).contains("role:master"));
    }
  }

  @Test
  void isPromotedOnlyAsTheProcessAndWithTheDataThatTheLeaderSaw() throws Exception {
    Wire wire = wire(engine());
    wire.call("SET", "a", "1");
    String before = id(wire);
    String run = runId(wire);
    String least = offset(wire) + "";
    assertTrue(
        wire.text("HOLDFAST", "PROMOTE", "1", "b".repeat(40), least, NO_VOTER)
            .startsWith("-ERR not promoted: run id"));
    assertTrue(
        wire.text("HOLDFAST", "PROMOTE", "1", run, (offset(wire) + 1) + "", NO_VOTER)
            .startsWith("-ERR not promoted: offset"));
    assertEquals(before, id(wire));
    // Arguments of a later release are ignored.
    assertTrue(
        wire.text("HOLDFAST", "PROMOTE", "1", run, least, NO_VOTER, "later")
            .contains("holdfast_master_of_epoch:1"));
    Map<String, String> info = wire.info("replication");
    assertNotEquals(before, info.get("master_replid"));
    assertEquals(before, info.get("master_replid2"));
    assertEquals((Long.parseLong(least) + 1) + "", info.get("second_repl_offset"));
    String promoted = id(wire);
    promote(wire, 1);
    assertEquals(promoted, id(wire)); // asked again: the same answer
    assertTrue(promote(wire, 2).contains("holdfast_master_of_epoch:2"));
    assertEquals(promoted, wire.info("replication").get("master_replid2"));
  }

  @Test
  void onlyLeadersDecideOnceAnEpochHasBeenHeardOf() throws Exception {
    EngineServer other = engine();
    Wire wire = wire(engine());
    assertEquals("+OK", wire.text("REPLICAOF", "127.0.0.1", "1"));
    assertEquals("+OK", wire.text("REPLICAOF", "NO", "ONE"));
    assertEquals("+OK", wire.text("SET", "a", "1"));
    wire.call("HOLDFAST", "CONSULT", "1");
    for (String command : List.of("REPLICAOF", "SLAVEOF")) {
      assertTrue(wire.text(command, "NO", "ONE").startsWith("-ERR the voters decide"));
      assertTrue(
          wire.text(command, "127.0.0.1", other.address().getPort() + "")
              .startsWith("-ERR the voters decide"));
    }
    assertTrue(wire.text("SET", "a", "2").startsWith("-READONLY"));
    assertEquals("1", wire.text("GET", "a"));
  }

  @Test
  void aConsultedReplicaHasAllThatHadArrivedAndThenFollowsNobody() throws Exception {
    Wire master = wire(engine());
    EngineProcess follower = open(EngineProcess.start("--no-log"));
    Wire leader = open(new Wire(follower.address()));
    leader.call("REPLICAOF", "127.0.0.1", master.info("server").get("tcp_port") + "");
    awaitInSync(master, leader);
    // While the process is stopped all of this comes to lie in its sockets, the question first.
    follower.sigstop();
    leader.send("HOLDFAST", "CONSULT", "3");
    for (int i = 0; i < 200; i++) {
      master.call("SET", "k" + i, "v".repeat(50));
    }
    long sent = offset(master);
    follower.sigcont();
    String info = leader.read() + "";
    assertTrue(info.contains("master_link_status:down"), info);
    assertTrue(info.contains("master_port:1\r"), info);
    long had = offset(leader);
    assertTrue(info.contains("slave_repl_offset:" + had + "\r"), info);
    assertTrue(had >= sent, had + " of " + sent); // more if the master's ping came meanwhile
    master.call("SET", "late", "1");
    await().until(() -> offset(master) > had);
    assertEquals(had, offset(leader));
  }

  @Test
  void refusesTheSnapshotOfAMasterThatCameBackWithLess() throws Exception {
    EngineServer lower = engine();
    Wire master = wire(lower);
    Wire replica = wire(engine());
    replica.call("SET", "kept", "yes");
    long common = offset(replica);
    assertEquals("+OK", follow(replica, 2, lower, "c".repeat(40), common));
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> !"0".equals(replica.info("holdfast").get("holdfast_snapshots_refused")));
    assertEquals(id(master), replica.info("holdfast").get("holdfast_refused_history"));
    assertEquals("yes", replica.text("GET", "kept"));
    // Once the record names that history it is taken, on the order being repeated.
    assertEquals("+OK", follow(replica, 2, lower, "c".repeat(40) + "," + id(master), common));
    awaitInSync(master, replica);
    assertEquals(0L, replica.call("DBSIZE"));
  }

  @Test
  void writesThatASwitchTakesBackAreKeptAndPrinted() throws Exception {
    EngineServer next = engine();
    Wire master = wire(next);
    EngineServer old =
        open(
            EngineServer.start(
                EngineServerSettings.at(ANY).withPersistence(PersistenceSettings.in(folder))));
    Wire deposed = wire(old);
    deposed.call("SET", "both", "1");
    master.call("REPLICAOF", "127.0.0.1", old.address().getPort() + "");
    awaitInSync(deposed, master);
    master.call("REPLICAOF", "NO", "ONE");
    long common = offset(master);
    deposed.call("SET", "lost", "a b");
    deposed.call("MSET", "x", "1", "y", "\n\"q\"");
    deposed.call("DEL", "both");
    deposed.call("DEL", "never there");
    long end = offset(deposed);
    promote(master, 2);
    assertEquals("+OK", follow(deposed, 2, next, id(master), common));
    deposed = wire(old); // its clients were sent away
    String name = "rollback-2-" + (common + 1) + "-" + end + ".resp";
    Wire operator = deposed;
    assertEquals(
        List.of(List.of(name, Files.size(folder.resolve(name)))),
        operator.call("HOLDFAST", "ROLLBACK", "LIST"));
    assertEquals(
        List.of(
            List.of("SELECT 0", "SET lost \"a b\"", "MSET x 1 y \"\\n\\\"q\\\"\"", "DEL both"), 0L),
        operator.call("HOLDFAST", "ROLLBACK", "PRINT", name));
    Map<String, String> info = operator.info("holdfast");
    assertEquals("3", info.get("holdfast_rollback_writes"));
    assertEquals((end - common) + "", info.get("holdfast_rollback_bytes"));
    assertEquals("0", info.get("holdfast_rollback_bytes_not_kept"));
    awaitInSync(master, operator);
    assertEquals("1", operator.text("GET", "both"));
    assertTrue(
        operator.text("HOLDFAST", "ROLLBACK", "PRINT", "../epoch").startsWith("-ERR no file"));
  }

  @Test
  void aTailSurvivesTheKillOfTheProcessThatHasIt() throws Exception {
    var settings =
        EngineServerSettings.at(ANY)
            .withPersistence(
                PersistenceSettings.in(folder).withFsync(PersistenceSettings.Fsync.ALWAYS));
    long common;
    try (EngineServer engine = EngineServer.start(settings);
        var wire = new Wire(engine.address())) {
      promote(wire, 1);
      // A new life of a master that was led is one without a lease: write before that.
      assertTrue(wire.text("SET", "a", "1").startsWith("-READONLY"));
    }
    Files.delete(folder.resolve("epoch"));
    try (EngineServer engine = EngineServer.start(settings);
        var wire = new Wire(engine.address())) {
      wire.call("SET", "a", "1");
      common = offset(wire);
      wire.call("SET", "b", "2");
    }
    EngineServer next = engine();
    try (EngineServer engine = EngineServer.start(settings.withFenced(true));
        var wire = new Wire(engine.address())) {
      assertEquals("+OK", follow(wire, 2, next, "c".repeat(40), common));
      String printed =
          wire.text("HOLDFAST", "ROLLBACK", "PRINT", firstRollback(wire)).replace(" ", "_");
      assertTrue(printed.contains("SET_b_2"), printed);
      assertTrue(!printed.contains("SET_a_1"), printed);
    }
  }

  private static String firstRollback(Wire wire) {
    Matcher name =
        Pattern.compile("rollback-[0-9-]+\\.resp")
            .matcher(wire.text("HOLDFAST", "ROLLBACK", "LIST"));
    assertTrue(name.find());
    return name.group();
  }

  @Test
  void aTailLongerThanTheBacklogIsCountedInFull() throws Exception {
    EngineServer next = engine();
    EngineServer old =
        open(
            EngineServer.start(
                EngineServerSettings.at(ANY)
                    .withPersistence(PersistenceSettings.in(folder))
                    .withReplication(ReplicationSettings.STANDARD.withBacklog(16 * 1024, 0))));
    Wire wire = wire(old);
    for (int i = 0; i < 1000; i++) {
      wire.call("SET", "k" + i, "v".repeat(40));
    }
    long end = offset(wire);
    assertEquals("+OK", follow(wire, 2, next, "c".repeat(40), 0));
    Map<String, String> info = wire(old).info("holdfast");
    assertEquals(end + "", info.get("holdfast_rollback_bytes"));
    long missing = Long.parseLong(String.valueOf(info.get("holdfast_rollback_bytes_not_kept")));
    assertTrue(missing > end - 16 * 1024 - 1 && missing < end, info::toString);
  }

  @Test
  void sendsItsClientsAwayWhenItIsDemoted() throws Exception {
    EngineServer next = engine();
    EngineServer old = engine();
    Wire client = wire(old);
    Wire leader = wire(old);
    client.call("SET", "a", "1");
    assertEquals("+OK", follow(leader, 2, next, id(wire(next)), 1000));
    assertTrue(isClosed(client));
    assertEquals("slave", leader.info("replication").get("role"));
  }

  private static boolean isClosed(Wire wire) {
    try {
      wire.call("PING");
      return false;
    } catch (java.io.UncheckedIOException e) {
      return true;
    }
  }

  @Test
  void explainsItself() throws Exception {
    Wire wire = wire(engine());
    assertTrue(wire.text("HOLDFAST", "HELP").contains("CONSULT <epoch>"));
    assertTrue(wire.text("HOLDFAST", "STATUS").contains("holdfast_lease:not needed"));
    assertTrue(wire.text("HOLDFAST", "DANCE").startsWith("-ERR unknown subcommand 'DANCE'"));
    assertTrue(wire.text("HOLDFAST", "PROMOTE", "1").contains("expected 4"));
    assertTrue(wire.text("HOLDFAST", "ROLLBACK", "LIST").startsWith("-ERR without a data folder"));
    wire.call("MULTI");
    assertTrue(wire.text("HOLDFAST", "CONSULT", "1").startsWith("-ERR Command not allowed"));
  }
}
