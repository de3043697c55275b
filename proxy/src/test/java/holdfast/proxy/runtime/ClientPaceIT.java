package holdfast.proxy.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import holdfast.proxy.session.ClientLimits;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How long a client may say nothing, and how much at a time. */
@Timeout(60)
class ClientPaceIT {
  private final RedisServer redis = RedisServer.start();
  private ProxyServer proxy;

  @AfterEach
  void stop() {
    proxy.close();
    redis.close();
  }

  private void startProxy(ClientLimits.Pace pace) throws IOException {
    var backend = new NodeAddress("127.0.0.1", redis.port());
    proxy =
        ProxyServer.start(
            ProxySettings.of("127.0.0.1", 0, new TopologySettings.Single(backend))
                .withLoops(1)
                .withClients(ClientLimits.STANDARD.withPace(pace)));
  }

  private Socket client(String command, String answer) throws IOException {
    var socket = new Socket("127.0.0.1", proxy.address().getPort());
    socket.setSoTimeout(30_000);
    socket.getOutputStream().write((command + "\r\n").getBytes(UTF_8));
    assertComes(answer, socket);
    return socket;
  }

  private static void assertComes(String expected, Socket at) throws IOException {
    byte[] got = at.getInputStream().readNBytes(expected.length());
    assertEquals(expected, new String(got, UTF_8));
  }

  @Test
  void whoSaysNothingIsClosedAndWhoWaitsIsNot() throws Exception {
    startProxy(new ClientLimits.Pace(Duration.ofMillis(300), 0));
    String subscribed = "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n";
    try (Socket subscriber = client("SUBSCRIBE c", subscribed);
        Socket monitor = client("MONITOR", "+OK\r\n");
        Socket blocked = client("PING", "+PONG\r\n")) {
      blocked.getOutputStream().write("BLPOP q 0\r\n".getBytes(UTF_8));
      try (Socket silent = client("PING", "+PONG\r\n")) {
        assertEquals(-1, silent.getInputStream().read());
      }
      // They have said nothing for longer.
      redis.cli("LPUSH", "q", "v");
      assertComes("*2\r\n$1\r\nq\r\n$1\r\nv\r\n", blocked);
      assertEquals("1", redis.cli("PUBLISH", "c", "m").strip());
      assertComes("*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n", subscriber);
      assertComes("+", monitor);
      assertEquals(-1, blocked.getInputStream().read(), "answered, and silent since");
    }
  }

  @Test
  void nobodyIsClosedWithoutALimit() throws Exception {
    startProxy(ClientLimits.Pace.FREE);
    try (Socket silent = client("PING", "+PONG\r\n")) {
      silent.setSoTimeout(700);
      org.junit.jupiter.api.Assertions.assertThrows(
          java.net.SocketTimeoutException.class, () -> silent.getInputStream().read());
    }
  }

  @Test
  void commandsBeyondTheRateWaitAndNoneFails() throws Exception {
    startProxy(new ClientLimits.Pace(Duration.ZERO, 2));
    try (Socket quick = client("PING", "+PONG\r\n");
        Socket other = client("PING", "+PONG\r\n")) {
      long begin = System.nanoTime();
      quick.getOutputStream().write("INCR n\r\n".repeat(5).getBytes(UTF_8));
      assertComes(":1\r\n", quick);
      other.getOutputStream().write("PING\r\n".getBytes(UTF_8));
      assertComes("+PONG\r\n", other);
      assertComes(":2\r\n:3\r\n:4\r\n:5\r\n", quick);
      // One of the first second's two had gone for PING; later than that it may well be.
      long millis = (System.nanoTime() - begin) / 1_000_000;
      assertTrue(millis >= 1_500, "four commands at two a second took " + millis + " ms");
    }
  }
}
