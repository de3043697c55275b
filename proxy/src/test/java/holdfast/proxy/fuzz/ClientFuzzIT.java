package holdfast.proxy.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import holdfast.backend.testing.Wire;
import holdfast.proxy.runtime.ProxyServer;
import holdfast.proxy.runtime.ProxySettings;
import holdfast.proxy.runtime.TopologySettings;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Clients that send anything: each is told, byte for byte, what a server tells it, up to the error
 * and the end of its connection; nobody else notices. Longer: -Dholdfast.fuzz.frames=10000000
 * -Dholdfast.fuzz.seed=7.
 */
class ClientFuzzIT {
  private static final long SEED = Long.getLong("holdfast.fuzz.seed", 1);
  private static final long FRAMES = Long.getLong("holdfast.fuzz.frames", 60_000);
  private static final int LOOPS = 2;
  private static final int CLIENTS = 4;

  /** Per loop one for commands and one for questions, and some that were for one client. */
  private static final int LINKS_MAX = 8;

  private final AtomicLong sent = new AtomicLong();

  @Test
  void clientsAreToldWhatAServerTellsThem() throws Exception {
    System.out.println("fuzz of clients: seed " + SEED + ", frames " + FRAMES);
    try (RedisServer behind = RedisServer.start();
        RedisServer beside = RedisServer.start();
        ProxyServer proxy = proxyBefore(behind);
        var canary = new Wire(proxy.address());
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS + 1)) {
      eachLoopHasALink(proxy);
      var over = new AtomicBoolean();
      Future<Long> watched = threads.submit(() -> watch(canary, over));
      var clients = new ArrayList<Callable<Void>>();
      for (int i = 0; i < CLIENTS; i++) {
        int number = i;
        clients.add(() -> attack(number, proxy.address(), beside.address()));
      }
      try {
        for (Future<Void> client : threads.invokeAll(clients)) {
          client.get();
        }
      } finally {
        over.set(true);
      }
      assertTrue(watched.get() > 0, "another client is answered throughout");
      await("all others are gone").until(() -> canary.text("CLIENT", "LIST").lines().count() == 1);
      long links =
          behind.cli("CLIENT", "LIST").lines().filter(line -> line.contains("holdfast")).count();
      assertTrue(links <= LINKS_MAX, "links to the server: " + links);
    }
    System.out.println("fuzz of clients: " + sent + " frames, no difference");
  }

  private static ProxyServer proxyBefore(RedisServer redis) throws IOException {
    var backend = new NodeAddress("127.0.0.1", redis.port());
    return ProxyServer.start(
        ProxySettings.of("127.0.0.1", 0, new TopologySettings.Single(backend)).withLoops(LOOPS));
  }

  /** Before it has one, a client that sends and goes has changed its mind: it is not answered. */
  private static void eachLoopHasALink(ProxyServer proxy) {
    for (int i = 0; i < LOOPS; i++) {
      try (var client = new Wire(proxy.address())) {
        assertEquals("there", client.call("ECHO", "there"));
      }
    }
  }

  private static long watch(Wire canary, AtomicBoolean over) {
    long answered = 0;
    while (!over.get()) {
      assertEquals("c" + answered, canary.call("ECHO", "c" + answered));
      answered++;
    }
    return answered;
  }

  private Void attack(int number, InetSocketAddress proxy, InetSocketAddress server)
      throws IOException {
    for (int round = 0; sent.get() < FRAMES; round++) {
      String own = "n" + number + "r" + round;
      var random = new Random(SEED * 1_000_003 + number * 7_919L + round);
      var stream = new HostileStream(random, own);
      byte[] bytes = stream.bytes();
      String expected = answers(server, bytes, random);
      String told = answers(proxy, bytes, random);
      if (!expected.equals(told)) {
        int at = Arrays.mismatch(expected.getBytes(ISO_8859_1), told.getBytes(ISO_8859_1));
        fail(
            own
                + " of seed "
                + SEED
                + ": a server says "
                + shown(expected, at)
                + ", the proxy "
                + shown(told, at)
                + "; sent: "
                + shown(new String(bytes, ISO_8859_1), 0));
      }
      sent.addAndGet(stream.frames());
    }
    return null;
  }

  /** From a little before a place on, line ends and strange bytes readable. */
  private static String shown(String text, int at) {
    var out = new StringBuilder();
    for (char c : text.substring(Math.max(0, at - 60)).toCharArray()) {
      boolean plain = c >= ' ' && c <= '~';
      out.append(plain ? String.valueOf(c) : c == '\n' ? "\\n" : "\\" + (int) c);
    }
    return '"' + out.toString() + '"';
  }

  /** All that comes until the other side closes; what was sent comes in pieces. */
  private static String answers(InetSocketAddress to, byte[] bytes, Random random)
      throws IOException {
    try (var socket = new Socket(to.getAddress(), to.getPort())) {
      socket.setSoTimeout(30_000);
      socket.setTcpNoDelay(true);
      try {
        int pieces = random.nextInt(3);
        int at = 0;
        for (int i = 0; i < pieces; i++) {
          int length = random.nextInt(bytes.length - at + 1);
          socket.getOutputStream().write(bytes, at, length);
          at += length;
        }
        socket.getOutputStream().write(bytes, at, bytes.length - at);
        socket.shutdownOutput();
      } catch (SocketException e) {
        // closed already: what it said before is read below
      }
      return new String(all(socket.getInputStream()), ISO_8859_1);
    }
  }

  /** A reset after an error has been said is an end too. */
  private static byte[] all(InputStream in) throws IOException {
    var got = new java.io.ByteArrayOutputStream();
    var buffer = new byte[1 << 14];
    try {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        got.write(buffer, 0, n);
      }
    } catch (SocketException e) {
      // reset
    }
    return got.toByteArray();
  }
}
