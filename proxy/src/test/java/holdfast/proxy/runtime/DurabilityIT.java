package holdfast.proxy.runtime;

import static holdfast.proxy.runtime.PlainSocket.line;
import static holdfast.proxy.runtime.PlainSocket.send;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.proxy.hold.HoldLimits;
import holdfast.routing.command.InDoubtPolicy;
import holdfast.routing.plan.DurabilityRule;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/** Acknowledged means replicated: with real servers and voters that do as told. */
@Timeout(120)
class DurabilityIT {
  private static final Duration SHORT = Duration.ofSeconds(2);
  private static final int QUIET_MILLIS = 400;

  private FakeQuorum quorum;
  private ProxyServer proxy;

  @AfterEach
  void stop() {
    if (proxy != null) {
      proxy.close();
    }
    quorum.close();
  }

  private ProxySettings settings() {
    return ProxySettings.of("127.0.0.1", 0, quorum.topology()).withLoops(1);
  }

  private ProxySettings withWindow(Duration window) {
    return settings().withHold(new HoldLimits(window, 1 << 20, 1 << 26, 10_000));
  }

  /** Server 0 is master of epoch 1, both others are in step and adopted. */
  private void start(int replicasRequired) {
    quorum = new FakeQuorum(replicasRequired);
    quorum.awaitReplica(1);
    quorum.awaitReplica(2);
    quorum.server(0).cli("SET", "first", "0");
    quorum.activate(0);
    quorum.adopt(1, 2);
  }

  private Socket socket() throws IOException {
    return PlainSocket.to(proxy);
  }

  private Jedis jedis() {
    return new Jedis("127.0.0.1", proxy.address().getPort(), 20_000);
  }

  /** Until there is a master and enough replicas are known. */
  private static void awaitOk(Socket socket, String command) throws IOException {
    String reply = "-TRYAGAIN";
    while (reply.startsWith("-TRYAGAIN") || reply.startsWith("-NOREPLICAS")) {
      send(socket, command + "\r\n");
      reply = line(socket);
    }
    assertEquals("+OK", reply);
  }

  /** Until the proxy knows that replicas have all there is: then a read asks them nothing. */
  private void awaitSettled(Socket socket) throws IOException {
    long before;
    do {
      quorum.awaitAllReported(0);
      before = quorum.masterOffset(0);
      send(socket, "EXISTS a\r\n");
      assertEquals(":1", line(socket));
    } while (quorum.masterOffset(0) != before);
  }

  private static void assertQuiet(Socket socket) throws Exception {
    Thread.sleep(QUIET_MILLIS);
    assertEquals(0, socket.getInputStream().available(), "something was acknowledged");
  }

  @Test
  void aWriteIsAcknowledgedOnlyWhenEnoughReplicasHaveIt() throws Exception {
    start(2);
    proxy = ProxyServer.start(settings());
    try (var socket = socket()) {
      send(socket, "SET a 1\r\n");
      assertEquals("+OK", line(socket));
      assertEquals("1", quorum.server(1).cli("GET", "a"));
      assertEquals("1", quorum.server(2).cli("GET", "a"));
      quorum.server(2).sigstop();
      send(socket, "SET a 2\r\n");
      assertQuiet(socket);
      assertEquals("2", quorum.server(0).cli("GET", "a"), "it was executed");
      quorum.server(2).sigcont();
      assertEquals("+OK", line(socket));
      assertEquals("2", quorum.server(2).cli("GET", "a"));
    }
  }

  /** The twin of the test above: what the confirmation prevents. */
  @Test
  void withoutReplicasRequiredTheWriteIsAcknowledgedAtOnce() throws Exception {
    start(0);
    proxy = ProxyServer.start(settings());
    try (var socket = socket()) {
      quorum.server(1).sigstop();
      quorum.server(2).sigstop();
      send(socket, "SET a 2\r\n");
      assertEquals("+OK", line(socket));
      quorum.server(1).sigcont();
      quorum.server(2).sigcont();
    }
  }

  @Test
  void ofThreeServersOneReplicaIsEnoughForOne() throws Exception {
    start(1);
    proxy = ProxyServer.start(settings());
    try (var socket = socket()) {
      quorum.server(2).sigstop();
      for (int i = 0; i < 20; i++) {
        send(socket, "SET a " + i + "\r\n");
        assertEquals("+OK", line(socket));
        assertEquals(Integer.toString(i), quorum.server(1).cli("GET", "a"));
      }
      quorum.server(2).sigcont();
    }
  }

  @Test
  void aProxyMayAskForMoreThanTheRecord() throws Exception {
    start(0);
    proxy =
        ProxyServer.start(
            settings().withReplication(new ProxySettings.Replication(new DurabilityRule(2), true)));
    try (var socket = socket()) {
      send(socket, "SET a 1\r\n");
      assertEquals("+OK", line(socket));
      quorum.server(2).sigstop();
      send(socket, "SET a 2\r\n");
      assertQuiet(socket);
      quorum.server(2).sigcont();
      assertEquals("+OK", line(socket));
    }
  }

  @Test
  void aReplicaThatIsNotAdoptedDoesNotCount() throws Exception {
    quorum = new FakeQuorum(2);
    quorum.awaitReplica(1);
    quorum.awaitReplica(2);
    quorum.server(0).cli("SET", "first", "0");
    quorum.activate(0);
    quorum.adopt(1);
    proxy = ProxyServer.start(settings());
    try (var socket = socket()) {
      send(socket, "SET a 1\r\n");
      assertQuiet(socket);
      assertEquals("", quorum.server(0).cli("GET", "a"), "it was not sent: one of two is adopted");
      quorum.adopt(2);
      assertEquals("+OK", line(socket));
    }
  }

  /** WAIT itself counts the replica that is attached by hand. */
  @Test
  void whenTheAdoptedReplicaHangsOneAttachedByHandDoesNotStandInForIt() throws Exception {
    quorum = new FakeQuorum(1);
    quorum.awaitReplica(1);
    quorum.awaitReplica(2);
    quorum.server(0).cli("SET", "first", "0");
    quorum.activate(0);
    quorum.adopt(1);
    proxy = ProxyServer.start(settings());
    try (var socket = socket()) {
      send(socket, "SET a 1\r\n");
      assertEquals("+OK", line(socket));
      quorum.server(1).sigstop();
      send(socket, "SET a 2\r\n");
      assertQuiet(socket);
      await("the other one has it")
          .atMost(Duration.ofSeconds(10))
          .until(() -> quorum.server(2).cli("GET", "a").equals("2"));
      assertQuiet(socket);
      quorum.server(1).sigcont();
      assertEquals("+OK", line(socket));
    }
  }

  @Test
  void withTooFewReplicasWritesAreRefusedAfterTheWindowAndNeverSentAndReadsGoOn() throws Exception {
    start(1);
    proxy = ProxyServer.start(withWindow(SHORT));
    try (var socket = socket()) {
      awaitOk(socket, "SET a 1");
      long refusedBefore = proxy.refusedForReplicas();
      awaitSettled(socket);
      quorum.server(1).kill9();
      quorum.server(2).kill9();
      Thread.sleep(1_500); // the proxy has looked
      send(socket, "GET a\r\n");
      assertEquals("$1", line(socket));
      assertEquals("1", line(socket));
      long begun = System.nanoTime();
      send(socket, "SET a 2\r\nGET a\r\n");
      String error = line(socket);
      assertTrue(error.startsWith("-NOREPLICAS "), error);
      assertTrue(error.endsWith("never sent"), error);
      assertTrue(System.nanoTime() - begun >= SHORT.toNanos() - 20_000_000);
      assertEquals("$1", line(socket));
      assertEquals("1", line(socket));
      assertEquals("1", quorum.server(0).cli("GET", "a"));
      send(socket, "MULTI\r\nSET a 3\r\nEXEC\r\nGET a\r\n");
      assertEquals("+OK", line(socket));
      assertEquals("+QUEUED", line(socket));
      assertTrue(line(socket).startsWith("-NOREPLICAS "));
      assertEquals("$1", line(socket));
      assertEquals("1", line(socket));
      send(socket, "BLPOP q 0\r\n");
      assertTrue(line(socket).startsWith("-NOREPLICAS "));
      assertEquals(refusedBefore + 3, proxy.refusedForReplicas());
      quorum.server(1).restart();
      quorum.replicate(1, 0);
      awaitOk(socket, "SET a 4");
    }
  }

  @Test
  void whatCannotBeConfirmedWithinTheWindowGetsAnErrorThatSaysSo() throws Exception {
    start(2);
    proxy = ProxyServer.start(withWindow(SHORT));
    try (var socket = socket()) {
      awaitOk(socket, "SET a 1");
      quorum.server(2).sigstop();
      send(socket, "SET a 2\r\nGET a\r\nINCR b\r\n");
      assertQuiet(socket);
      assertUnconfirmed(line(socket));
      assertTrue(line(socket).startsWith("-TRYAGAIN what would be shown was not confirmed"));
      assertUnconfirmed(line(socket));
      quorum.server(2).sigcont();
      send(socket, "GET a\r\n");
      assertEquals("$1", line(socket));
      assertEquals("2", line(socket));
      assertEquals(3, proxy.unconfirmed());
    }
  }

  private static void assertUnconfirmed(String error) {
    assertTrue(
        error.startsWith("-NOREPLICAS executed by the master, but not confirmed by "), error);
    assertTrue(error.contains("it may have been applied"), error);
  }

  @Test
  void soDoesWhatRanOnALinkOfItsOwn() throws Exception {
    start(2);
    proxy = ProxyServer.start(withWindow(SHORT).withInDoubt(InDoubtPolicy.IDEMPOTENT));
    try (var transaction = socket();
        var pop = socket()) {
      awaitOk(transaction, "SET a 1");
      send(pop, "RPUSH q v\r\n");
      assertEquals(":1", line(pop));
      quorum.server(2).sigstop();
      send(pop, "BLPOP q 0\r\n");
      send(transaction, "MULTI\r\nSET a 2\r\n");
      assertEquals("+OK", line(transaction), "that it is queued needs no confirmation");
      assertEquals("+QUEUED", line(transaction));
      send(transaction, "EXEC\r\n");
      assertUnconfirmed(line(pop));
      assertUnconfirmed(line(transaction));
      assertEquals("2", quorum.server(0).cli("GET", "a"));
      assertEquals("0", quorum.server(0).cli("LLEN", "q"));
      assertEquals(2, proxy.unconfirmed());
      quorum.server(2).sigcont();
      awaitOk(transaction, "SET a 3");
    }
  }

  /** Its master shows it online for a minute; that it says nothing is known after 3 s. */
  @Test
  void onceAReplicaIsKnownToHangWritesAreRefusedWithoutBeingSent() throws Exception {
    start(1);
    proxy = ProxyServer.start(withWindow(SHORT));
    try (var socket = socket()) {
      awaitOk(socket, "SET a 1");
      quorum.server(1).sigstop();
      quorum.server(2).sigstop();
      String error = "";
      int sent = 1;
      while (!error.endsWith("never sent")) {
        sent++;
        send(socket, "SET a " + sent + "\r\n");
        error = line(socket);
        assertTrue(error.startsWith("-NOREPLICAS "), error);
      }
      assertEquals(Integer.toString(sent - 1), quorum.server(0).cli("GET", "a"));
      assertTrue(sent <= 4, sent + " writes were sent");
      quorum.server(1).sigcont();
      quorum.server(2).sigcont();
      awaitOk(socket, "SET a 0");
      send(socket, "GET a\r\n");
      assertEquals("$1", line(socket));
      assertEquals("0", line(socket));
    }
  }

  @Test
  void aReadDoesNotShowWhatIsNotConfirmedUnlessToldSo() throws Exception {
    start(2);
    proxy = ProxyServer.start(settings());
    try (var socket = socket();
        var loose =
            ProxyServer.start(
                settings()
                    .withReplication(new ProxySettings.Replication(DurabilityRule.NONE, false)));
        var free = new Socket("127.0.0.1", loose.address().getPort())) {
      send(socket, "SET a 1\r\n");
      assertEquals("+OK", line(socket));
      send(free, "SET b 1\r\n");
      assertEquals("+OK", line(free));
      quorum.server(2).sigstop();
      quorum.server(0).cli("SET", "a", "2");
      send(socket, "GET a\r\n");
      assertQuiet(socket);
      send(free, "GET a\r\nGET a\r\nSET c 1\r\nGET a\r\n");
      for (int i = 0; i < 2; i++) {
        assertEquals("$1", line(free));
        assertEquals("2", line(free));
      }
      assertQuiet(free);
      quorum.server(2).sigcont();
      assertEquals("$1", line(socket));
      assertEquals("2", line(socket));
      assertEquals("+OK", line(free));
      assertEquals("$1", line(free));
      assertEquals("2", line(free));
    }
  }

  @Test
  void whatWasAnsweredAndNotConfirmedIsInDoubtWhenTheEpochChanges() throws Exception {
    start(2);
    proxy = ProxyServer.start(settings());
    try (var socket = socket()) {
      send(socket, "SET a 1\r\n");
      assertEquals("+OK", line(socket));
      quorum.server(2).sigstop();
      send(socket, "INCR a\r\nGET a\r\n");
      assertQuiet(socket);
      quorum.server(0).kill9();
      quorum.server(2).sigcont();
      quorum.follow(1);
      quorum.awaitReplica(2);
      quorum.activate(1);
      quorum.adopt(2);
      String error = line(socket);
      assertTrue(error.contains("whether the command was executed is unknown"), error);
      // One adopted replica of the two required: nothing is confirmed, reads wait as well.
      assertQuiet(socket);
    }
  }

  @Test
  void pipelinesTransactionsBlockingPopsAndLargeValuesKeepTheirOrder() throws Exception {
    start(1);
    proxy = ProxyServer.start(settings());
    var big = new byte[12 * 1024 * 1024];
    new Random(3).nextBytes(big);
    try (var jedis = jedis();
        var other = jedis();
        var socket = socket()) {
      jedis.set("big".getBytes(UTF_8), big);
      assertArrayEquals(big, jedis.get("big".getBytes(UTF_8)));
      boolean first = Arrays.equals(big, quorum.valueAt(1, "big"));
      assertTrue(first || Arrays.equals(big, quorum.valueAt(2, "big")), "one of the two has it");
      var text = new StringBuilder();
      for (int i = 0; i < 300; i++) {
        text.append("INCR n\r\nSETRANGE big ").append(i).append(" x\r\n");
        text.append("MULTI\r\nINCR n\r\nINCR n\r\nEXEC\r\nRPUSH q v").append(i).append("\r\n");
        text.append("BLPOP q 0\r\nSTRLEN big\r\nCLIENT GETNAME\r\n");
        if (i % 100 == 7) {
          text.append("GET big\r\n");
        }
      }
      Thread writer = Thread.ofVirtual().start(() -> quietly(socket, text.toString()));
      var in = new BufferedInputStream(socket.getInputStream(), 1 << 20);
      for (int i = 0; i < 300; i++) {
        assertEquals(":" + (3 * i + 1), line(in));
        assertEquals(":" + big.length, line(in));
        assertEquals("+OK", line(in));
        assertEquals("+QUEUED", line(in));
        assertEquals("+QUEUED", line(in));
        assertEquals("*2", line(in));
        assertEquals(":" + (3 * i + 2), line(in));
        assertEquals(":" + (3 * i + 3), line(in));
        assertEquals(":1", line(in));
        assertEquals("*2", line(in));
        assertEquals("$1", line(in));
        assertEquals("q", line(in));
        line(in);
        assertEquals("v" + i, line(in));
        assertEquals(":" + big.length, line(in));
        assertEquals("$-1", line(in));
        if (i % 100 == 7) {
          assertEquals("$" + big.length, line(in));
          assertEquals(big.length, in.readNBytes(big.length).length);
          assertEquals("", line(in));
        }
      }
      writer.join();
      assertEquals("900", other.get("n"));
      assertNull(other.get("q"));
    }
  }

  private static void quietly(Socket socket, String text) {
    try {
      send(socket, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Asking for that shows no data: it waits for no confirmation. */
  @Test
  void beforeAPlannedSwitchoverBlockedCommandsAreCalledOffThoughAReplicaHangs() throws Exception {
    start(2);
    proxy = ProxyServer.start(settings());
    try (var socket = socket()) {
      send(socket, "BLPOP q 0\r\n");
      awaitBlocked(1);
      quorum.server(2).sigstop();
      quorum.plan();
      awaitBlocked(0);
      quorum.server(2).sigcont();
    }
  }

  /** Well before the hold window ends, so many commands are blocked at the master. */
  private void awaitBlocked(int commands) {
    await()
        .atMost(Duration.ofSeconds(5))
        .until(
            () -> quorum.server(0).cli("INFO", "clients").contains("blocked_clients:" + commands));
  }

  @Test
  void messagesAreNotHeldBack() throws Exception {
    start(2);
    proxy = ProxyServer.start(settings());
    try (var subscriber = socket()) {
      send(subscriber, "SUBSCRIBE c\r\n");
      for (int i = 0; i < 6; i++) {
        line(subscriber);
      }
      quorum.server(2).sigstop();
      quorum.server(0).cli("PUBLISH", "c", "now");
      assertEquals("*3", line(subscriber));
      quorum.server(2).sigcont();
    }
  }

  @Test
  void eachAcknowledgedWriteSurvivesTheDeathOfItsMaster() throws Exception {
    start(1);
    proxy = ProxyServer.start(settings().withLoops(2).withInDoubt(InDoubtPolicy.IDEMPOTENT));
    int master = 0;
    try (var load = new Counting(proxy.address().getPort())) {
      for (int round = 0; round < 8; round++) {
        load.awaitMore(400);
        quorum.server(master).kill9();
        // What counts at K = 1 of 3: both others are asked, the more advanced one wins.
        int a = (master + 1) % 3;
        int b = (master + 2) % 3;
        int next = quorum.offset(a) >= quorum.offset(b) ? a : b;
        int last = next == a ? b : a;
        load.remember();
        quorum.server(next).cli("REPLICAOF", "NO", "ONE");
        load.assertAllThere(quorum.server(next).port());
        quorum.replicate(last, next);
        quorum.server(master).restart();
        quorum.replicate(master, next);
        quorum.awaitReplica(last);
        quorum.awaitReplica(master);
        quorum.activate(next);
        quorum.adopt(last, master);
        master = next;
      }
      load.stop();
      load.remember();
      load.assertAllThere(quorum.server(master).port());
      assertEquals(List.of(), load.errors);
    }
  }

  /** Clients that count up keys of their own, and note what was acknowledged. */
  private static final class Counting implements AutoCloseable {
    private static final int THREADS = 12;

    private final AtomicBoolean running = new AtomicBoolean(true);
    private final AtomicIntegerArray acknowledged = new AtomicIntegerArray(THREADS);
    private final int[] remembered = new int[THREADS];
    private final List<Thread> threads = new ArrayList<>();
    private final List<String> errors = new CopyOnWriteArrayList<>();

    Counting(int port) {
      for (int t = 0; t < THREADS; t++) {
        int number = t;
        threads.add(Thread.ofVirtual().start(() -> count(port, number)));
      }
    }

    private void count(int port, int number) {
      try (var jedis = new Jedis("127.0.0.1", port, 30_000)) {
        for (int i = 1; running.get(); i++) {
          jedis.set("k" + number, Integer.toString(i));
          acknowledged.set(number, i);
        }
      } catch (JedisException e) {
        errors.add(e.toString());
      }
    }

    private long sum() {
      long sum = 0;
      for (int t = 0; t < THREADS; t++) {
        sum += acknowledged.get(t);
      }
      return sum;
    }

    void awaitMore(long more) {
      long goal = sum() + more;
      await().atMost(Duration.ofSeconds(30)).until(() -> sum() >= goal || !errors.isEmpty());
    }

    void remember() {
      for (int t = 0; t < THREADS; t++) {
        remembered[t] = acknowledged.get(t);
      }
    }

    void assertAllThere(int port) {
      try (var jedis = new Jedis("127.0.0.1", port, 5_000)) {
        for (int t = 0; t < THREADS; t++) {
          String value = jedis.get("k" + t);
          int there = value == null ? 0 : Integer.parseInt(value);
          assertTrue(there >= remembered[t], "k" + t + "=" + there + " of " + remembered[t]);
        }
      }
    }

    void stop() throws InterruptedException {
      running.set(false);
      for (Thread thread : threads) {
        thread.join(30_000);
      }
    }

    @Override
    public void close() {
      running.set(false);
    }
  }
}
