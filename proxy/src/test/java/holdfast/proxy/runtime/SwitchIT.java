package holdfast.proxy.runtime;

import static holdfast.proxy.runtime.PlainSocket.line;
import static holdfast.proxy.runtime.PlainSocket.send;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import holdfast.proxy.hold.HoldLimits;
import holdfast.routing.command.InDoubtPolicy;
import holdfast.routing.read.ReadPolicy;
import holdfast.routing.read.ReadRule;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;

/** What clients see while the master changes, with real servers and voters that do as told. */
@Timeout(60)
class SwitchIT {
  private FakeQuorum quorum;
  private ProxyServer proxy;

  @BeforeEach
  void startServers() {
    quorum = new FakeQuorum();
  }

  @AfterEach
  void stop() {
    if (proxy != null) {
      proxy.close();
    }
    quorum.close();
  }

  private void startProxy(InDoubtPolicy inDoubt) throws IOException {
    startProxy(
        ProxySettings.of("127.0.0.1", 0, quorum.topology()).withLoops(2).withInDoubt(inDoubt));
  }

  private void startProxy(ProxySettings settings) throws IOException {
    proxy = ProxyServer.start(settings);
  }

  private Jedis jedis() {
    return new Jedis("127.0.0.1", proxy.address().getPort(), 20_000);
  }

  private Socket socket() throws IOException {
    return PlainSocket.to(proxy);
  }

  /** Nothing waits for replicas here, so the next master first takes what was sent to it. */
  private void killAndPromote() {
    quorum.awaitReplica(1);
    quorum.awaitReplica(2);
    quorum.server(0).sigstop();
    var offset = new AtomicLong(-1);
    await()
        .pollInterval(Duration.ofMillis(50))
        .until(() -> offset.getAndSet(quorum.offset(1)) == quorum.offset(1));
    quorum.server(0).kill9();
    quorum.follow(1);
    quorum.activate(1);
  }

  @Test
  void commandsWaitForTheFirstMaster() throws Exception {
    startProxy(InDoubtPolicy.ERROR);
    try (var socket = socket()) {
      send(socket, "SET a 1\r\nGET a\r\n");
      Thread.sleep(200);
      assertEquals(0, socket.getInputStream().available());
      quorum.activate(0);
      assertEquals("+OK", line(socket));
      assertEquals("$1", line(socket));
    }
  }

  @Test
  void theVotersAreToldWhenTheMasterBringsNoReplies() throws Exception {
    startProxy(InDoubtPolicy.ERROR);
    quorum.activate(0);
    try (var socket = socket()) {
      send(socket, "SET a 1\r\n");
      assertEquals("+OK", line(socket));
      assertFalse(quorum.hinted(0));
      quorum.server(0).sigstop();
      send(socket, "GET a\r\n");
      await().until(() -> quorum.hinted(0));
      quorum.server(0).sigcont();
      assertEquals("$1", line(socket));
    }
  }

  /** What was sent before SELECT belongs to the database before, also when it goes out again. */
  @Test
  void aCommandThatGoesOutAgainDoesSoInItsOwnDatabase() throws Exception {
    startProxy(InDoubtPolicy.IDEMPOTENT);
    quorum.activate(0);
    try (var socket = socket()) {
      send(socket, "SET a 1\r\n");
      assertEquals("+OK", line(socket));
      quorum.awaitReplica(1);
      quorum.server(0).sigstop();
      send(socket, "SET a 2\r\nSELECT 1\r\nSET b 1\r\n");
      awaitSent();
      quorum.server(0).kill9();
      quorum.follow(1);
      quorum.activate(1);
      for (int i = 0; i < 3; i++) {
        assertEquals("+OK", line(socket));
      }
      assertEquals("2", quorum.server(1).cli("-n", "0", "GET", "a"));
      assertEquals("b", quorum.server(1).cli("-n", "1", "KEYS", "*"));
    }
  }

  @Test
  void theVotersAreToldWhenTheLinkToTheMasterBreaks() throws Exception {
    startProxy(InDoubtPolicy.ERROR);
    quorum.activate(0);
    try (var socket = socket()) {
      send(socket, "SET a 1\r\n");
      assertEquals("+OK", line(socket));
      assertFalse(quorum.hinted(0));
      quorum.server(0).kill9();
      await().until(() -> quorum.hinted(0));
    }
  }

  @Test
  void aLoadOfJedisAndLettuceSeesNoErrorWhenTheMasterIsKilledOrHangs() throws Exception {
    startProxy(InDoubtPolicy.IDEMPOTENT);
    quorum.activate(0);
    try (var load = new Load(proxy.address().getPort())) {
      load.await(300);
      killAndPromote();
      load.await(300);
      quorum.awaitReplica(2);
      quorum.server(1).sigstop();
      load.awaitPause();
      quorum.server(2).cli("REPLICAOF", "NO", "ONE");
      quorum.activate(2);
      load.await(300);
      quorum.server(1).sigcont();
      load.await(100);
      assertEquals(List.of(), load.errors());
      load.stop();
      assertEquals(List.of(), load.errors());
      load.assertAllWritten(quorum.server(2).port());
    }
  }

  @Test
  void aReplyThatComesAfterTheLeaseWasLostIsNotAcknowledged() throws Exception {
    startProxy(InDoubtPolicy.ERROR);
    quorum.activate(0);
    try (var socket = socket()) {
      send(socket, "SET a 1\r\n");
      assertEquals("+OK", line(socket));
      quorum.awaitReplica(1);
      Thread sleeper = asleep(0, "1.5");
      send(socket, "INCR a\r\n");
      awaitSent();
      quorum.granting(false);
      sleeper.join();
      assertEquals("2", quorum.server(0).cli("GET", "a"), "it was executed");
      Thread.sleep(200);
      assertEquals(0, socket.getInputStream().available(), "and is not acknowledged");
      quorum.server(1).cli("REPLICAOF", "NO", "ONE");
      quorum.activate(1);
      assertTrue(line(socket).contains("whether the command was executed is unknown"));
      send(socket, "PING\r\n");
      assertEquals("+PONG", line(socket));
    }
  }

  /** The twin of the test above: what the lease check prevents. */
  @Test
  void withoutALeaseTheLateReplyWouldBeAcknowledged() throws Exception {
    startProxy(ProxySettings.of("127.0.0.1", 0, new TopologySettings.Single(quorum.address(0))));
    try (var socket = socket()) {
      send(socket, "SET a 1\r\n");
      assertEquals("+OK", line(socket));
      Thread sleeper = asleep(0, "0.8");
      send(socket, "INCR a\r\n");
      sleeper.join();
      assertEquals(":2", line(socket));
    }
  }

  @Test
  void aReplyWaitsForTheSameEpochsLeaseToComeBack() throws Exception {
    startProxy(InDoubtPolicy.ERROR);
    quorum.activate(0);
    try (var socket = socket()) {
      send(socket, "SET a 1\r\n");
      assertEquals("+OK", line(socket));
      Thread sleeper = asleep(0, "1.2");
      send(socket, "INCR a\r\n");
      awaitSent();
      quorum.granting(false);
      sleeper.join();
      Thread.sleep(200);
      assertEquals(0, socket.getInputStream().available());
      quorum.granting(true);
      assertEquals(":2", line(socket));
    }
  }

  private Thread asleep(int server, String seconds) throws InterruptedException {
    Thread sleeper =
        Thread.ofVirtual().start(() -> quorum.server(server).cli("DEBUG", "SLEEP", seconds));
    Thread.sleep(200); // until redis-cli has said so
    return sleeper;
  }

  private void awaitSent() throws InterruptedException {
    Thread.sleep(100);
  }

  @Test
  void whenTheHoldWindowEndsAClearErrorIsGivenAndTheConnectionGoesOn() throws Exception {
    startProxy(
        ProxySettings.of("127.0.0.1", 0, quorum.topology())
            .withHold(new HoldLimits(Duration.ofMillis(300), 1 << 20, 1 << 26, 1000)));
    try (var socket = socket()) {
      long begun = System.nanoTime();
      send(socket, "SET a 1\r\nGET a\r\nCLIENT GETNAME\r\n");
      assertEquals("-TRYAGAIN no master within 300 ms: the command was never sent", line(socket));
      long millis = (System.nanoTime() - begun) / 1_000_000;
      assertTrue(millis >= 290 && millis < 3000, millis + " ms");
      assertEquals("-TRYAGAIN no master within 300 ms: the command was never sent", line(socket));
      assertEquals("$-1", line(socket));
      quorum.activate(0);
      // While an outage has lasted longer than the window, newcomers wait a tenth of it only.
      await()
          .atMost(Duration.ofSeconds(10))
          .until(
              () -> {
                send(socket, "EXISTS a\r\n");
                return ":0".equals(line(socket));
              });
    }
  }

  /** It is not read from, so its end has to be heard of in another way than by reading. */
  @Test
  void aClientThatGoesWhileItsCommandIsHeldLeavesNoTrace() throws Exception {
    startProxy(InDoubtPolicy.ERROR);
    try (var stays = socket();
        var shutsDown = socket()) {
      send(stays, "SET stays 1\r\n");
      send(shutsDown, "SET gone:half 1\r\n");
      try (var leaves = socket();
          var leavesMuch = socket();
          var breaksOff = socket()) {
        send(leaves, "SET gone:fin 1\r\n");
        send(breaksOff, "SET gone:rst 1\r\n");
        // More than is read while it is held: its end lies behind what stays in the socket.
        send(leavesMuch, ("SET gone:much " + "x".repeat(1000) + "\r\n").repeat(60));
        awaitClients(5);
        breaksOff.setSoLinger(true, 0);
      }
      shutsDown.shutdownOutput();
      awaitClients(1);
      quorum.activate(0);
      assertEquals("+OK", line(stays));
      assertEquals("stays", quorum.server(0).cli("KEYS", "*"));
    }
  }

  private void awaitClients(int count) {
    await().untilAsserted(() -> assertEquals(count, proxy.clients()));
  }

  @Test
  void refusalsOfADemotedMasterAreNeverShown() throws Exception {
    startProxy(InDoubtPolicy.ERROR);
    quorum.activate(0);
    try (var socket = socket()) {
      send(socket, "SET a 1\r\n");
      assertEquals("+OK", line(socket));
      quorum.awaitReplica(1);
      quorum.server(1).cli("REPLICAOF", "NO", "ONE");
      quorum.replicate(0, 1);
      send(socket, "INCR a\r\nINCR a\r\n");
      Thread.sleep(300);
      assertEquals(0, socket.getInputStream().available());
      quorum.activate(1);
      assertEquals(":2", line(socket));
      assertEquals(":3", line(socket));
    }
  }

  @Test
  void anUnanswerableWriteIsAnErrorUnlessItMayBeRepeated() throws Exception {
    startProxy(InDoubtPolicy.IDEMPOTENT);
    quorum.activate(0);
    try (var socket = socket()) {
      send(socket, "SET a 1\r\n");
      assertEquals("+OK", line(socket));
      quorum.awaitReplica(1);
      quorum.server(0).sigstop();
      send(socket, "SET b 1\r\nINCR a\r\nGET b\r\nSET c 1 NX\r\n");
      Thread.sleep(100);
      quorum.server(1).cli("REPLICAOF", "NO", "ONE");
      quorum.activate(1);
      assertEquals("+OK", line(socket));
      assertTrue(line(socket).startsWith("-MASTERDOWN"));
      assertEquals("$1", line(socket));
      assertEquals("1", line(socket));
      assertTrue(line(socket).startsWith("-MASTERDOWN"));
    }
  }

  @Test
  void anOpenTransactionMovesToTheNextMaster() throws Exception {
    startProxy(InDoubtPolicy.ERROR);
    quorum.activate(0);
    try (var jedis = jedis();
        var watching = jedis()) {
      jedis.set("a", "1");
      watching.watch("a");
      var transaction = jedis.multi();
      transaction.incr("a");
      killAndPromote();
      transaction.incr("a");
      assertEquals(List.of(2L, 3L), transaction.exec());
      var lost = watching.multi();
      lost.set("a", "watched");
      assertNull(lost.exec(), "a watch does not survive");
      assertEquals("3", watching.get("a"));
      var next = watching.multi();
      next.set("a", "4");
      assertEquals(List.of("OK"), next.exec());
    }
  }

  @Test
  void aTransactionWhoseExecWasSentIsInDoubtAsAWhole() throws Exception {
    startProxy(InDoubtPolicy.ERROR);
    quorum.activate(0);
    try (var socket = socket()) {
      send(socket, "SET a 1\r\n");
      assertEquals("+OK", line(socket));
      quorum.awaitReplica(1);
      send(socket, "MULTI\r\nINCR a\r\n");
      assertEquals("+OK", line(socket));
      assertEquals("+QUEUED", line(socket));
      quorum.server(0).sigstop();
      send(socket, "INCR a\r\nEXEC\r\nPING\r\n");
      Thread.sleep(100);
      quorum.server(1).cli("REPLICAOF", "NO", "ONE");
      quorum.activate(1);
      assertEquals("+QUEUED", line(socket));
      assertTrue(line(socket).contains("whether the transaction was executed is unknown"));
      assertEquals("+PONG", line(socket));
    }
  }

  @Test
  void subscriptionsAreRestored() throws Exception {
    startProxy(InDoubtPolicy.ERROR);
    quorum.activate(0);
    var messages = new ConcurrentLinkedQueue<String>();
    var subscribed = new CountDownLatch(2);
    var listener =
        new JedisPubSub() {
          @Override
          public void onSubscribe(String channel, int count) {
            subscribed.countDown();
          }

          @Override
          public void onMessage(String channel, String message) {
            messages.add(channel + message);
          }
        };
    try (var subscriber = jedis()) {
      Thread thread = Thread.ofVirtual().start(() -> subscriber.subscribe(listener, "c", "d"));
      assertTrue(subscribed.await(10, TimeUnit.SECONDS));
      killAndPromote();
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> quorum.server(1).cli("PUBSUB", "NUMSUB", "d").endsWith("1"));
      quorum.server(1).cli("PUBLISH", "d", "after");
      await().atMost(Duration.ofSeconds(10)).until(() -> messages.contains("dafter"));
      assertEquals(1, messages.size());
      listener.unsubscribe();
      thread.join(10_000);
      assertEquals("PONG", subscriber.ping());
    }
  }

  @Test
  void aBlockedCommandThatWasCertainlyNotExecutedMoves() throws Exception {
    startProxy(InDoubtPolicy.ERROR);
    quorum.activate(0);
    quorum.awaitReplica(1);
    try (var blocked = jedis();
        var other = jedis()) {
      var popped = new ArrayList<List<String>>();
      Thread thread = Thread.ofVirtual().start(() -> popped.add(blocked.blpop(20, "q")));
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> quorum.server(0).cli("INFO", "clients").contains("blocked_clients:1"));
      quorum.server(1).cli("REPLICAOF", "NO", "ONE");
      quorum.replicate(0, 1); // -UNBLOCKED
      Thread.sleep(100);
      quorum.activate(1);
      other.rpush("q", "v");
      thread.join(10_000);
      assertEquals(List.of(List.of("q", "v")), popped);
    }
  }

  @Test
  void readsGoToReplicasAndADeadOneFailsNone() throws Exception {
    quorum.awaitReplica(1);
    quorum.awaitReplica(2);
    startProxy(
        ProxySettings.of("127.0.0.1", 0, quorum.topology())
            .withLoops(1)
            .withReads(ReadRule.STANDARD.withPolicy(ReadPolicy.REPLICA_PREFERRED)));
    quorum.activate(0);
    quorum.adopt(1, 2);
    try (var jedis = jedis()) {
      jedis.set("a", "1");
      await()
          .atMost(Duration.ofSeconds(10))
          .pollInterval(Duration.ofMillis(2))
          .until(
              () -> {
                for (int i = 0; i < 20; i++) {
                  assertEquals("1", jedis.get("a"));
                }
                return gets(1) > 20 && gets(2) > 20;
              });
      quorum.server(1).kill9();
      for (int i = 0; i < 200; i++) {
        assertEquals("1", jedis.get("a"));
      }
      quorum.server(2).sigstop();
      for (int i = 0; i < 200; i++) {
        assertEquals("1", jedis.get("a"));
      }
      quorum.server(2).sigcont();
    }
  }

  private long gets(int server) {
    return quorum
        .server(server)
        .cli("INFO", "commandstats")
        .lines()
        .filter(line -> line.startsWith("cmdstat_get:"))
        .mapToLong(line -> Long.parseLong(line.split("calls=")[1].split(",")[0]))
        .sum();
  }

  @Test
  void aLoneBackendThatIsKilledAndRestartedCostsNoErrorUnderIdempotent() throws Exception {
    try (var redis = RedisServer.start("--appendonly", "yes", "--appendfsync", "always")) {
      startProxy(
          ProxySettings.of(
                  "127.0.0.1",
                  0,
                  new TopologySettings.Single(new NodeAddress("127.0.0.1", redis.port())))
              .withInDoubt(InDoubtPolicy.IDEMPOTENT));
      try (var load = new Load(proxy.address().getPort())) {
        load.await(300);
        redis.restart();
        load.await(300);
        load.stop();
        assertEquals(List.of(), load.errors());
        load.assertAllWritten(redis.port());
      }
    }
  }

  /** Clients of two libraries that set and get keys of their own until told to stop. */
  private static final class Load implements AutoCloseable {
    private static final int THREADS = 8;

    private final AtomicBoolean running = new AtomicBoolean(true);
    private final AtomicLong done = new AtomicLong();
    private final ConcurrentLinkedQueue<String> errors = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private final long[] last = new long[THREADS + 1];
    private final RedisClient lettuce;
    private final StatefulRedisConnection<String, String> lettuceConnection;

    Load(int port) {
      for (int t = 0; t < THREADS; t++) {
        int number = t;
        threads.add(Thread.ofVirtual().start(() -> jedis(port, number)));
      }
      lettuce = RedisClient.create(RedisURI.create("127.0.0.1", port));
      lettuce.setOptions(ClientOptions.builder().autoReconnect(false).build());
      lettuceConnection = lettuce.connect();
      threads.add(Thread.ofVirtual().start(this::lettuce));
    }

    private void jedis(int port, int number) {
      try (var jedis = new Jedis("127.0.0.1", port, 20_000)) {
        for (long i = 1; running.get(); i++) {
          jedis.set("k" + number, Long.toString(i));
          last[number] = i;
          String read = jedis.get("k" + number);
          if (!Long.toString(i).equals(read)) {
            errors.add("read " + read + " after writing " + i);
          }
          done.incrementAndGet();
        }
      } catch (RuntimeException e) {
        errors.add("jedis: " + e);
      }
    }

    private void lettuce() {
      try (var connection = lettuceConnection) {
        var async = connection.async();
        for (long i = 1; running.get(); i += 16) {
          var futures = new ArrayList<RedisFuture<String>>();
          for (long j = i; j < i + 16; j++) {
            futures.add(async.set("k" + THREADS, Long.toString(j)));
          }
          for (var future : futures) {
            future.get(20, TimeUnit.SECONDS);
          }
          last[THREADS] = i + 15;
          done.addAndGet(16);
        }
      } catch (Exception e) {
        errors.add("lettuce: " + e);
      }
    }

    /** Until so many more commands are through. */
    void await(long more) {
      long goal = done.get() + more;
      org.awaitility.Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> done.get() >= goal || !errors.isEmpty());
    }

    /** Until nothing gets through any more. */
    void awaitPause() throws InterruptedException {
      long before = -1;
      while (done.get() != before) {
        before = done.get();
        Thread.sleep(300);
      }
    }

    List<String> errors() {
      return List.copyOf(errors);
    }

    void stop() throws InterruptedException {
      running.set(false);
      for (Thread thread : threads) {
        thread.join(20_000);
      }
    }

    void assertAllWritten(int port) {
      try (var jedis = new Jedis("127.0.0.1", port, 5_000)) {
        for (int t = 0; t <= THREADS; t++) {
          String value = jedis.get("k" + t);
          assertTrue(value != null && Long.parseLong(value) >= last[t], "k" + t + "=" + value);
        }
      }
    }

    @Override
    public void close() {
      running.set(false);
      lettuce.shutdown(0, 1, TimeUnit.SECONDS);
    }
  }
}
