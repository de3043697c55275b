package holdfast.backend.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.engine.Engine;
import holdfast.backend.store.SnapshotLoader;
import holdfast.backend.testing.FakeBackend;
import holdfast.backend.testing.Wire;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever breaks in the middle: no byte of the stream is lost, counted twice or misplaced. */
class StreamFaultsIT {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private final List<AutoCloseable> opened = new ArrayList<>();
  @TempDir Path folder;
  @TempDir Path other;

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

  private EngineServer engine(Path in) throws IOException {
    return open(
        EngineServer.start(
            EngineServerSettings.at(ANY)
                .withPersistence(PersistenceSettings.snapshots(in, List.of()))));
  }

  private Wire wire(EngineServer server) {
    return open(new Wire(server.address()));
  }

  private static void follow(Wire replica, InetSocketAddress master) {
    replica.call("REPLICAOF", "127.0.0.1", Integer.toString(master.getPort()));
  }

  private static void soon(java.util.concurrent.Callable<Boolean> condition) {
    await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(20)).until(condition);
  }

  private static String field(Wire node, String name) {
    return Objects.requireNonNull(node.info("replication").get(name));
  }

  private static void awaitInSync(Wire master, Wire replica) {
    soon(
        () ->
            field(replica, "master_link_status").equals("up")
                && field(replica, "master_repl_offset")
                    .equals(field(master, "master_repl_offset")));
  }

  /** A connection that follows {@code server} from where it is now, as a replica does. */
  private Wire attachedReplica(EngineServer server, Wire asking) {
    Wire replica = wire(server);
    long next = Long.parseLong(field(asking, "master_repl_offset")) + 1;
    String id = field(asking, "master_replid");
    assertEquals("+CONTINUE " + id, replica.text("PSYNC", id, Long.toString(next)));
    return replica;
  }

  @Test
  void whatWasAppliedBeforeTheMasterBrokeTheProtocolIsNotAskedForAgain() throws Exception {
    String good = "*2\r\n$4\r\nINCR\r\n$1\r\na\r\n";
    BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    var master =
        open(
            new FakeBackend(
                connection -> {
                  FakeBackend.hear(connection, "PING\r\n");
                  FakeBackend.say(connection, "+PONG\r\n");
                  FakeBackend.hear(connection, "psync2\r\n");
                  FakeBackend.say(connection, "+OK\r\n+OK\r\n");
                  FakeBackend.hear(connection, "PSYNC\r\n$40\r\n");
                  FakeBackend.hear(connection, "\r\n$");
                  var rest = new StringBuilder();
                  while (rest.indexOf("\r\n") < 0
                      || !rest.toString().endsWith("\r\n")
                      || rest.chars().filter(c -> c == '\n').count() < 2) {
                    rest.append((char) connection.getInputStream().read());
                  }
                  asked.add(rest.toString().split("\r\n", -1)[1]);
                  FakeBackend.say(connection, "+CONTINUE\r\n" + good + good + "*x\r\n");
                  FakeBackend.hearAll(connection);
                }));
    Wire replica = wire(engine());
    follow(replica, master.address());
    assertEquals("1", asked.poll(20, TimeUnit.SECONDS));
    assertEquals(Integer.toString(1 + 2 * good.length()), asked.poll(20, TimeUnit.SECONDS));
    replica.call("REPLICAOF", "NO", "ONE");
    long applied = Long.parseLong(replica.text("GET", "a"));
    assertEquals(applied * good.length(), Long.parseLong(field(replica, "master_repl_offset")));
  }

  @Test
  void afterSaveTheStreamSaysItsDatabaseAgain() throws Exception {
    Wire master = wire(engine(folder));
    EngineServer source = (EngineServer) opened.getFirst();
    master.call("SELECT", "3");
    master.call("SET", "a", "1");
    assertEquals("+OK", master.text("SAVE"));
    master.call("SET", "b", "2");
    // Somebody who starts from that snapshot goes on with the stream behind it.
    Files.copy(folder.resolve("dump.rdb"), other.resolve("dump.rdb"));
    EngineServer again =
        open(
            EngineServer.start(
                EngineServerSettings.at(ANY)
                    .withFenced(true)
                    .withPersistence(PersistenceSettings.snapshots(other, List.of()))));
    Wire replica = wire(again);
    follow(replica, source.address());
    awaitInSync(master, replica);
    assertEquals("1", master.info("stats").get("sync_partial_ok"));
    replica.call("SELECT", "3");
    assertEquals("[1, 2]", replica.text("MGET", "a", "b"));
  }

  @Test
  void aSnapshotOfDataThatWasReplacedMeanwhileDoesNotTakeTheNewOnesPlace() throws Exception {
    EngineServer server = engine(folder);
    Wire mine = wire(server);
    Wire master = wire(engine());
    mine.call("SET", "old", "1");
    master.call("SET", "new", "1");
    var diskGoesOn = new CountDownLatch(1);
    server.context().disk().execute(() -> awaitQuietly(diskGoesOn));
    assertEquals("+Background saving started", mine.text("BGSAVE"));
    soon(() -> !server.context().isMakingSnapshot());
    follow(mine, ((EngineServer) opened.get(2)).address());
    awaitInSync(master, mine);
    diskGoesOn.countDown();
    soon(() -> mine.info("persistence").get("rdb_bgsave_in_progress").equals("0"));
    var saved = SnapshotLoader.load(folder.resolve("dump.rdb"), 16, 0).position();
    assertEquals(field(master, "master_replid"), Objects.requireNonNull(saved, "no position").id());
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      assertTrue(latch.await(30, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aWaitThatWasUnblockedIsNotAnsweredTwice() throws Exception {
    EngineServer server = engine();
    Wire other = wire(server);
    Wire replica = attachedReplica(server, other);
    other.call("SET", "a", "1");
    Wire waiting = wire(server);
    String id = waiting.text("CLIENT", "ID");
    waiting.send("WAIT", "1", "0");
    soon(() -> other.text("CLIENT", "UNBLOCK", id, "ERROR").equals("1"));
    assertTrue(String.valueOf(waiting.read()).startsWith("-UNBLOCKED"));
    replica.send("REPLCONF", "ACK", field(other, "master_repl_offset"));
    assertEquals(1L, other.call("WAIT", "1", "10000"));
    assertEquals("+PONG", waiting.text("PING"));
  }

  @Test
  void aReplicaCannotHaveMoreThanWeHave() throws Exception {
    EngineServer server = engine();
    Wire client = wire(server);
    Wire replica = attachedReplica(server, client);
    replica.send("REPLCONF", "ACK", "1000000");
    client.call("SET", "a", "1");
    assertEquals(0L, client.call("WAIT", "1", "50"));
  }

  @Test
  void toCallItselfAReplicaLiftsNoLimit() throws Exception {
    Wire other = wire(engine());
    Wire slow = wire((EngineServer) opened.getFirst());
    int size = 1 << 20;
    other.call("SET", "k", "v".repeat(size));
    slow.call("REPLCONF", "listening-port", "1");
    for (int i = 0; i < 200; i++) {
      slow.send("GET", "k");
    }
    other.call("PING");
    long executed = Long.parseLong(other.info("stats").get("total_commands_processed"));
    assertTrue(executed < 100, executed + " commands executed for a client that does not read");
    for (int i = 0; i < 200; i++) {
      assertEquals(size, String.valueOf(slow.read()).length());
    }
  }

  @Test
  void aDefectClosesItsClientAlsoWhenTheCommandHadToWaitItsTurn() throws Exception {
    EngineServer server = engine();
    Engine engine = server.context().engine();
    engine.register(
        "lolwut",
        call -> {
          throw new IllegalStateException("planted");
        });
    Wire waiting = wire(server);
    waiting.send("BLPOP", "l", "0");
    waiting.send("LOLWUT");
    Wire other = wire(server);
    soon(() -> other.info("clients").get("blocked_clients").equals("1"));
    other.call("RPUSH", "l", "v");
    assertEquals("[l, v]", String.valueOf(waiting.read()));
    var end = assertThrows(UncheckedIOException.class, waiting::read);
    assertFalse(end.getCause() instanceof SocketTimeoutException, "it hangs");
    assertEquals("+PONG", other.text("PING"));
  }

  @Test
  void aSnapshotThatFailsUnexpectedlyIsNotTheLast() throws Exception {
    EngineServer server = engine(folder);
    Wire wire = wire(server);
    wire.call("SET", "a", "1");
    var failed = new CountDownLatch(1);
    server
        .context()
        .loop()
        .execute(() -> server.context().submitSnapshot(() -> new Broken(failed), false));
    assertEquals("+Background saving started", wire.text("BGSAVE"));
    soon(() -> Files.exists(folder.resolve("dump.rdb")));
    assertTrue(failed.await(10, TimeUnit.SECONDS));
  }

  /** A target with a defect. */
  private static final class Broken extends OutputStream implements SnapshotTarget {
    private final CountDownLatch failed;

    Broken(CountDownLatch failed) {
      this.failed = failed;
    }

    @Override
    public void begin() {}

    @Override
    public OutputStream out() {
      return this;
    }

    @Override
    public void write(int b) {
      throw new IllegalStateException("planted");
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public boolean isAbandoned() {
      return false;
    }

    @Override
    public void complete() {}

    @Override
    public void failed(String why) {
      failed.countDown();
    }
  }

  @Test
  void aPeriodicTaskGoesOnAfterAnyFailure() throws Exception {
    EngineServer server = engine();
    var calls = new CountDownLatch(3);
    Sockets.every(
        server.context().loop(),
        5,
        () -> {
          calls.countDown();
          throw new OutOfMemoryError("planted");
        });
    assertTrue(calls.await(10, TimeUnit.SECONDS));
  }

  @Test
  void bytesThatOneTakerCannotTakeAreNotHandedOutTwice() throws Exception {
    EngineServer server = engine();
    Wire wire = wire(server);
    var stream = server.context().stream();
    var failures = new CountDownLatch(1);
    server
        .context()
        .loop()
        .submit(
            () ->
                stream.addTaker(
                    (bytes, from, length) -> {
                      if (failures.getCount() > 0) {
                        failures.countDown();
                        throw new OutOfMemoryError("planted");
                      }
                    }))
        .await();
    wire.send("SET", "a", "1");
    assertTrue(failures.await(10, TimeUnit.SECONDS));
    Wire second = wire(server);
    second.call("SET", "a", "2");
    long offset = Long.parseLong(field(second, "master_repl_offset"));
    server
        .context()
        .loop()
        .submit(() -> assertEquals(offset + 1, stream.backlog().nextOffset()))
        .sync();
    assertFalse(second.text("GET", "a").isEmpty());
  }
}
