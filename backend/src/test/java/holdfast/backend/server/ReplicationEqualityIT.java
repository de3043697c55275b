package holdfast.backend.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.Contents;
import holdfast.backend.testing.CuttingRelay;
import holdfast.backend.testing.RandomCommands;
import holdfast.backend.testing.RedisServer;
import holdfast.backend.testing.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * After random commands over every type and encoding, with links cut at random moments, in the
 * middle of snapshots too, master and replica hold the same, whichever of them is redis-server.
 */
class ReplicationEqualityIT {
  private static final int BACKLOG_BYTES = 512 * 1024;

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

  private InetSocketAddress start(String kind) throws IOException {
    if (kind.equals("redis")) {
      return open(RedisServer.start(
              "--repl-diskless-sync-delay",
              "0",
              "--repl-backlog-size",
              Integer.toString(BACKLOG_BYTES),
              "--repl-ping-replica-period",
              "1"))
          .address();
    }
    var any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    var replication = ReplicationSettings.STANDARD.withBacklog(BACKLOG_BYTES, 3600);
    return open(EngineServer.start(EngineServerSettings.at(any).withReplication(replication)))
        .address();
  }

  @ParameterizedTest
  @CsvSource({"redis, ours, 1", "ours, redis, 2", "ours, ours, 3"})
  void bothHoldTheSame(String masterKind, String replicaKind, long seed) throws Exception {
    run(masterKind, replicaKind, seed, 4, 120);
  }

  @Tag("long")
  @Test
  void bothHoldTheSameForLong() throws Exception {
    for (long seed = 100; seed < 160; seed++) {
      String[] pair =
          new String[][] {{"redis", "ours"}, {"ours", "redis"}, {"ours", "ours"}}[(int) seed % 3];
      run(pair[0], pair[1], seed, 30, 600);
      closeAll();
      opened.clear();
    }
  }

  private void run(String masterKind, String replicaKind, long seed, int rounds, int commands)
      throws Exception {
    var random = new Random(seed);
    var generator = new RandomCommands(seed);
    InetSocketAddress first = start(masterKind);
    InetSocketAddress second = start(replicaKind);
    Wire one = open(new Wire(first));
    Wire two = open(new Wire(second));
    write(one, generator, commands);
    long fulls = 0;
    long partials = 0;
    // Twice: the second time with exchanged roles.
    for (int turn = 0; turn < 2; turn++) {
      Wire master = turn == 0 ? one : two;
      Wire replica = turn == 0 ? two : one;
      var relay = open(new CuttingRelay(turn == 0 ? first : second));
      // The first snapshot breaks off somewhere.
      relay.cutAfter(random.nextInt(40_000));
      replica.call("REPLICAOF", "127.0.0.1", Integer.toString(relay.port()));
      for (int round = 0; round < rounds; round++) {
        write(master, generator, commands);
        disturb((round + random.nextInt(2) * 2) % 4, relay, random, master, replica);
      }
      relay.cutAfter(Long.MAX_VALUE);
      relay.refuse(false);
      relay.cut();
      write(master, generator, commands);
      awaitEqual(master, replica, "seed " + seed + " turn " + turn);
      var stats = master.info("stats");
      fulls += Long.parseLong(stats.get("sync_full"));
      partials += Long.parseLong(stats.get("sync_partial_ok"));
      if (turn == 0) {
        // The old master follows its former replica and needs only what came since.
        assertEquals("+OK", replica.text("REPLICAOF", "NO", "ONE"));
      }
    }
    assertTrue(fulls > 0, "no full resync");
    assertTrue(partials > 0, "no partial resync");
  }

  private static void disturb(
      int kind, CuttingRelay relay, Random random, Wire master, Wire replica) {
    switch (kind) {
      case 0 -> {
        // Cut in the flow: what is missing is in the backlog.
        relay.cutAfter(Long.MAX_VALUE);
        awaitUp(replica);
        relay.cut();
      }
      case 1 -> {
        // Connections break at some byte, in snapshots too, until told otherwise.
        relay.cutAfter(random.nextInt(100_000));
        relay.cut();
      }
      case 2 -> {
        // So long away that the backlog does not reach.
        relay.refuse(true);
        relay.cut();
        master.call("SET", "filler", "f".repeat(BACKLOG_BYTES));
        relay.refuse(false);
      }
      default -> relay.cutAfter(Long.MAX_VALUE);
    }
  }

  private static void awaitUp(Wire replica) {
    await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(10))
        .until(() -> "up".equals(replica.info("replication").get("master_link_status")));
  }

  /** Pipelined, so that links are cut within a flood of commands. */
  private static void write(Wire master, RandomCommands generator, int commands) {
    for (int sent = 0; sent < commands; ) {
      int replies = 0;
      for (int i = 0; i < 20; i++) {
        for (String[] command : generator.next()) {
          master.send(command);
          replies++;
        }
      }
      for (int i = 0; i < replies; i++) {
        Object reply = master.read();
        assertTrue(!String.valueOf(reply).startsWith("-ERR unknown"), String.valueOf(reply));
        assertTrue(!String.valueOf(reply).startsWith("-READONLY"), String.valueOf(reply));
      }
      sent += 20;
    }
  }

  private static void awaitEqual(Wire master, Wire replica, String what) {
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(50))
        .until(
            () -> {
              var info = replica.info("replication");
              return "up".equals(info.get("master_link_status"))
                  && info.get("master_repl_offset")
                      .equals(master.info("replication").get("master_repl_offset"));
            });
    int databases = RandomCommands.databases();
    await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(100))
        .untilAsserted(
            () ->
                // Keys with little time left vanish meanwhile: ask again until they have.
                assertEquals(
                    List.of(),
                    Contents.of(master, databases).differences(Contents.of(replica, databases)),
                    what));
    assertTrue(Contents.of(master, databases).size() > 10, what);
  }
}
