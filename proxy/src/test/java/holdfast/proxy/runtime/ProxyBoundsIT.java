package holdfast.proxy.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import holdfast.backend.testing.Wire;
import holdfast.proxy.session.ClientLimits;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.Jedis;

/** What one client may cost, and what a command costs. */
@Timeout(60)
class ProxyBoundsIT {
  private static final int MB = 1024 * 1024;

  private RedisServer redis;
  private ProxyServer proxy;

  @BeforeEach
  void startServer() {
    redis = RedisServer.start();
  }

  @AfterEach
  void stop() {
    proxy.close();
    redis.close();
  }

  private void startProxy(ClientLimits limits) throws IOException {
    proxy =
        ProxyServer.start(
            ProxySettings.of(
                    "127.0.0.1",
                    0,
                    new TopologySettings.Single(new NodeAddress("127.0.0.1", redis.port())))
                .withLoops(1)
                .withClients(limits));
  }

  private Socket socket() throws IOException {
    var socket = new Socket("127.0.0.1", proxy.address().getPort());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static ClientLimits limits(int clients, long outputBytes) {
    return new ClientLimits(
        clients, outputBytes, Duration.ofMillis(200), MB, MB, 100, 4, 16, ClientLimits.Pace.FREE);
  }

  @Test
  void aClientThatDoesNotReadIsClosedAtItsLimitAndOthersGoOn() throws Exception {
    startProxy(limits(100, 4L * MB));
    try (var jedis = new Jedis("127.0.0.1", proxy.address().getPort(), 20_000);
        var slow = socket()) {
      jedis.set("big".getBytes(UTF_8), new byte[8 * MB]);
      String link = await().until(() -> sharedLinkId(jedis), id -> !id.isEmpty());
      slow.getOutputStream().write("GET big\r\n".repeat(10).getBytes(UTF_8));
      await("its replies are on the link that both share")
          .until(() -> redis.cli("CLIENT", "LIST", "ID", link).contains(" cmd=get "));
      // Were the slow client waited for, this would end in Jedis's own time-out: it reads nothing.
      assertEquals("PONG", jedis.ping());
      long read = drain(slow.getInputStream());
      assertTrue(read < 80L * MB, "it was closed before it had all: " + read);
      assertEquals("PONG", jedis.ping());
    }
  }

  /** What the server calls the link that carries a short command; empty if that is not seen. */
  private String sharedLinkId(Jedis jedis) {
    jedis.exists("big");
    return redis
        .cli("CLIENT", "LIST")
        .lines()
        .filter(line -> line.contains(" name=holdfast-proxy ") && line.contains(" cmd=exists "))
        .map(line -> line.substring("id=".length(), line.indexOf(' ')))
        .findFirst()
        .orElse("");
  }

  @Test
  void whoHasNotLoggedInMayAskForLittle() throws Exception {
    proxy =
        ProxyServer.start(
            ProxySettings.of(
                    "127.0.0.1",
                    0,
                    new TopologySettings.Single(new NodeAddress("127.0.0.1", redis.port())))
                .withLoops(1)
                .withAccess(new ProxySettings.Access("secret", false)));
    assertEquals(
        "-ERR Protocol error: unauthenticated multibulk length\r\n", answerAndEnd("*11\r\n"));
    assertEquals(
        "-ERR Protocol error: unauthenticated bulk length\r\n", answerAndEnd("*2\r\n$16385\r\n"));
    assertEquals(
        "-ERR Protocol error: this is HTTP\r\n", answerAndEnd("POST / HTTP/1.1\r\nPING\r\n"));
    try (var jedis = new Jedis("127.0.0.1", proxy.address().getPort(), 20_000)) {
      jedis.auth("secret");
      var keys = new String[20];
      Arrays.fill(keys, "k");
      assertEquals("OK", jedis.set("k", "v".repeat(20_000)));
      assertEquals(20, jedis.mget(keys).size());
    }
  }

  private String answerAndEnd(String request) throws IOException {
    try (var socket = socket()) {
      socket.getOutputStream().write(request.getBytes(UTF_8));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  private static long drain(InputStream in) {
    long sum = 0;
    var buffer = new byte[MB];
    try {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        sum += n;
      }
    } catch (IOException e) {
      return sum; // reset
    }
    return sum;
  }

  @Test
  void aClientThatReadsSlowlyButAloneGetsAllOfALongReply() throws Exception {
    startProxy(limits(100, 4L * MB));
    try (var jedis = new Jedis("127.0.0.1", proxy.address().getPort(), 10_000)) {
      jedis.set("big".getBytes(UTF_8), new byte[32 * MB]);
    }
    try (var slow = socket()) {
      slow.getOutputStream().write("GET big\r\nQUIT\r\n".getBytes(UTF_8));
      Thread.sleep(700);
      assertEquals(32L * MB + "$33554432\r\n\r\n+OK\r\n".length(), drain(slow.getInputStream()));
    }
  }

  /** It gets messages over the same link as the others. */
  @Test
  void aSubscriberThatDoesNotReadIsClosedAtItsLimitAndOthersGetAll() throws Exception {
    startProxy(limits(100, 4L * MB));
    try (var slow = socket();
        var other = socket()) {
      String subscribed = "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n";
      for (Socket each : List.of(slow, other)) {
        each.getOutputStream().write("SUBSCRIBE c\r\n".getBytes(UTF_8));
        assertEquals(
            subscribed, new String(each.getInputStream().readNBytes(subscribed.length()), UTF_8));
      }
      byte[] message = new byte[MB];
      String head = "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$" + MB + "\r\n";
      try (var publisher = new Jedis("127.0.0.1", redis.port(), 20_000)) {
        for (int i = 0; i < 40; i++) {
          publisher.publish("c".getBytes(UTF_8), message);
          assertEquals(head, new String(other.getInputStream().readNBytes(head.length()), UTF_8));
          other.getInputStream().skipNBytes(MB + 2);
        }
      }
      long read = drain(slow.getInputStream());
      assertTrue(read < 40L * MB, "it was closed before it had all: " + read);
    }
  }

  @Test
  void oneClientTooManyIsToldSo() throws Exception {
    startProxy(limits(2, 4L * MB));
    try (var one = socket();
        var two = socket()) {
      one.getOutputStream().write("PING\r\n".getBytes(UTF_8));
      two.getOutputStream().write("PING\r\n".getBytes(UTF_8));
      assertEquals("+PONG\r\n", new String(one.getInputStream().readNBytes(7), UTF_8));
      assertEquals("+PONG\r\n", new String(two.getInputStream().readNBytes(7), UTF_8));
      try (var three = socket()) {
        assertEquals(
            "-ERR max number of clients reached\r\n",
            new String(three.getInputStream().readAllBytes(), UTF_8));
      }
    }
  }

  @Test
  void subscriptionsOfOneClientAreBounded() throws Exception {
    startProxy(limits(10, 4L * MB));
    try (var socket = socket()) {
      var command = new StringBuilder("SUBSCRIBE");
      for (int i = 0; i < 101; i++) {
        command.append(" c").append(i);
      }
      socket.getOutputStream().write((command + "\r\nPING\r\n").getBytes(UTF_8));
      String expected = "-ERR more than 100 subscriptions on one connection\r\n+PONG\r\n";
      assertEquals(
          expected, new String(socket.getInputStream().readNBytes(expected.length()), UTF_8));
    }
  }

  @Test
  void whatIsKeptOfATransactionForLaterIsBounded() throws Exception {
    startProxy(ClientLimits.STANDARD);
    try (var wire = new Wire(proxy.address())) {
      assertEquals("+OK", wire.text("MULTI"));
      String name = "x".repeat(100_000);
      String reply = "";
      int queued = 0;
      for (; queued < 100 && !reply.startsWith("-"); queued++) {
        reply = wire.text("CLIENT", "SETNAME", name);
      }
      assertEquals(
          "-ERR 'client|setname' is not available through Holdfast so often inside one MULTI",
          reply);
      assertTrue(queued > 5 && queued < 15, queued + " of 100 KB were kept");
      assertTrue(wire.text("EXEC").startsWith("-EXECABORT"));
      assertEquals("+OK", wire.text("CLIENT", "SETNAME", "short"));
      assertEquals("short", wire.text("CLIENT", "GETNAME"));
    }
  }

  @Test
  void aPasswordIsAskedFor() throws Exception {
    proxy =
        ProxyServer.start(
            ProxySettings.of(
                    "127.0.0.1",
                    0,
                    new TopologySettings.Single(new NodeAddress("127.0.0.1", redis.port())))
                .withAccess(new ProxySettings.Access("secret", false)));
    try (var socket = socket()) {
      socket
          .getOutputStream()
          .write(
              "GET a\r\nAUTH wrong\r\nAUTH secret\r\nGET a\r\nRESET\r\nGET a\r\n".getBytes(UTF_8));
      String expected =
          "-NOAUTH Authentication required.\r\n"
              + "-WRONGPASS invalid username-password pair or user is disabled.\r\n"
              + "+OK\r\n$-1\r\n+RESET\r\n-NOAUTH Authentication required.\r\n";
      assertEquals(
          expected, new String(socket.getInputStream().readNBytes(expected.length()), UTF_8));
    }
  }

  /** In the steady state; leak detection is off for it, because it makes objects per buffer. */
  @Test
  void aCommandMakesNextToNoGarbage() throws Exception {
    var before = ResourceLeakDetector.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    try {
      startProxy(limits(10, 4L * MB));
      try (var socket = socket()) {
        byte[] batch =
            "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"
                .repeat(8)
                .getBytes(UTF_8);
        int replyBytes = "+OK\r\n$1\r\nv\r\n".length() * 8;
        exchange(socket, batch, replyBytes, 3_000);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = loopThread();
        long bytes = threads.getThreadAllocatedBytes(thread);
        int rounds = 3_000;
        exchange(socket, batch, replyBytes, rounds);
        long perCommand = (threads.getThreadAllocatedBytes(thread) - bytes) / (16L * rounds);
        assertTrue(perCommand <= 24, perCommand + " bytes per command");
      }
    } finally {
      ResourceLeakDetector.setLevel(before);
    }
  }

  private static void exchange(Socket socket, byte[] batch, int replyBytes, int rounds)
      throws IOException {
    for (int i = 0; i < rounds; i++) {
      socket.getOutputStream().write(batch);
      assertEquals(replyBytes, socket.getInputStream().readNBytes(replyBytes).length);
    }
  }

  /** The one proxy loop of this test that lives. */
  private static long loopThread() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("proxy-"))
        .mapToLong(Thread::threadId)
        .max()
        .orElseThrow();
  }
}
