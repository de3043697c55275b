package holdfast.proxy.runtime;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import holdfast.backend.transport.Transport;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who goes on when memory for buffers, or room on a link, is used up: everybody, in the end. */
@Timeout(120)
class BuffersIT {
  private static final int KB = 1024;

  /** As little as may be. */
  private static final long BUFFER_BYTES = ProxySettings.Loops.BUFFER_BYTES_MIN;

  private final RedisServer redis = RedisServer.start();
  private final List<Socket> open = new ArrayList<>();
  private ProxyServer proxy;

  @AfterEach
  void stop() throws IOException {
    for (Socket socket : open) {
      socket.close();
    }
    proxy.close();
    redis.close();
  }

  private void startProxy(long bufferBytes) throws IOException {
    var backend = new NodeAddress("127.0.0.1", redis.port());
    proxy =
        ProxyServer.start(
            ProxySettings.of("127.0.0.1", 0, new TopologySettings.Single(backend))
                .withLoops(new ProxySettings.Loops(Transport.best(), 1, bufferBytes)));
  }

  private Socket client() throws IOException {
    Socket socket = PlainSocket.to(proxy);
    socket.setSoTimeout(60_000);
    open.add(socket);
    return socket;
  }

  private static String set(String key, int valueBytes) {
    return "*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n"
        .formatted(key.length(), key, valueBytes, "v".repeat(valueBytes));
  }

  @Test
  void commandsThatComeTogetherAndAreMoreThanThereIsMemoryForAllBecomeWhole() throws Exception {
    startProxy(BUFFER_BYTES);
    byte[] command = set("k", 300 * KB).getBytes(US_ASCII);
    try (var each = Executors.newVirtualThreadPerTaskExecutor()) {
      var answers = new ArrayList<Future<String>>();
      for (int i = 0; i < 40; i++) {
        Socket client = client();
        answers.add(
            each.submit(
                () -> {
                  client.getOutputStream().write(command);
                  return PlainSocket.line(client);
                }));
      }
      for (Future<String> answer : answers) {
        assertEquals("+OK", answer.get());
      }
    }
  }

  @Test
  void whoLeavesCommandsUnfinishedDoesNotStopTheOthers() throws Exception {
    startProxy(BUFFER_BYTES);
    String command = set("k", 900 * KB);
    int half = 500 * KB;
    var stalled = new ArrayList<Socket>();
    try (var each = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 8; i++) {
        Socket client = client();
        stalled.add(client);
        var unused =
            each.submit(
                () -> {
                  client.getOutputStream().write(command.substring(0, half).getBytes(US_ASCII));
                  return null;
                });
      }
    }
    for (int i = 0; i < 3; i++) {
      Socket other = client();
      PlainSocket.send(other, "ECHO there\r\n");
      assertEquals("$5", PlainSocket.line(other));
    }
    int answered = 0;
    for (Socket client : stalled) {
      try {
        PlainSocket.send(client, command.substring(half));
        answered += PlainSocket.line(client).equals("+OK") ? 1 : 0;
      } catch (SocketException e) {
        // Closed: there was no memory for what it did not end.
      }
    }
    assertTrue(answered >= 1, "closed are only as many as must be; answered " + answered);
  }

  /** Waits until the proxy has taken commands, and takes no more. */
  private void awaitStandstill() {
    long[] before = {0};
    await()
        .pollInterval(Duration.ofMillis(300))
        .until(
            () -> {
              long taken = proxy.commands();
              boolean stands = taken > 100 && taken == before[0];
              before[0] = taken;
              return stands;
            });
  }

  @Test
  void aPipelineWhoseRepliesAreFetchedLateGoesOn() throws Exception {
    startProxy(BUFFER_BYTES);
    int valueBytes = 10 * KB;
    Socket client = client();
    PlainSocket.send(client, set("k", valueBytes));
    assertEquals("+OK", PlainSocket.line(client));
    int count = 3000;
    PlainSocket.send(client, "GET k\r\n".repeat(count));
    awaitStandstill();
    int replyBytes = ("$" + valueBytes + "\r\n").length() + valueBytes + 2;
    for (int i = 0; i < count; i++) {
      byte[] reply = client.getInputStream().readNBytes(replyBytes);
      assertEquals(replyBytes, reply.length);
      assertEquals('$', reply[0]);
    }
  }

  @Test
  void whatWasCountedIsGivenBack() throws Exception {
    startProxy(0);
    Socket watch = client();
    Socket streams = client();
    String large = set("large", 3000 * KB);
    PlainSocket.send(streams, large);
    assertEquals("+OK", PlainSocket.line(streams));
    try (Socket begins = PlainSocket.to(proxy);
        Socket queues = PlainSocket.to(proxy);
        Socket hearsNothing = PlainSocket.to(proxy);
        Socket blocks = PlainSocket.to(proxy)) {
      PlainSocket.send(begins, set("k", 300 * KB).substring(0, 200 * KB));
      PlainSocket.send(queues, "MULTI\r\n" + set("k", 20 * KB));
      assertEquals("+OK", PlainSocket.line(queues));
      assertEquals("+QUEUED", PlainSocket.line(queues));
      PlainSocket.send(hearsNothing, "GET large\r\n".repeat(10));
      PlainSocket.send(blocks, "BLPOP none 0\r\nPING\r\n");
      await().until(() -> bytes(watch) > 200 * KB + 20 * KB + 64 * KB);
    }
    PlainSocket.send(streams, "SUBSCRIBE channel\r\nUNSUBSCRIBE channel\r\n");
    await().until(() -> bytes(watch) == 0);
    redis.kill9();
    redis.restart();
    PlainSocket.send(watch, "GET k\r\n");
    PlainSocket.line(watch);
    await().until(() -> bytes(watch) == 0);
  }

  /** What is counted behind a command that goes to the server and back. */
  private long bytes(Socket client) throws IOException {
    PlainSocket.send(client, "EXISTS none\r\n");
    assertEquals(":0", PlainSocket.line(client));
    return proxy.bufferBytes();
  }

  @Test
  void whoWaitsForRoomOnALinkThatBreaksGoesOnAtTheNext() throws Exception {
    startProxy(0);
    Socket first = client();
    PlainSocket.send(first, "PING\r\n");
    assertEquals("+PONG", PlainSocket.line(first));
    redis.sigstop();
    byte[] much = set("k", 1000).repeat(10_000).getBytes(US_ASCII);
    for (int i = 0; i < 4; i++) {
      Socket client = client();
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  client.getOutputStream().write(much);
                } catch (IOException e) {
                  // The test is over.
                }
              });
    }
    awaitStandstill();
    var waiting = new ArrayList<Socket>();
    for (int i = 0; i < 20; i++) {
      Socket client = client();
      waiting.add(client);
      PlainSocket.send(client, "CLIENT ID\r\nSET mine 1\r\n");
      assertTrue(PlainSocket.line(client).startsWith(":"), "answered by the proxy itself");
    }
    redis.kill9();
    redis.restart();
    for (Socket client : waiting) {
      String answer = PlainSocket.line(client);
      assertTrue(answer.equals("+OK") || answer.startsWith("-MASTERDOWN the link"), answer);
    }
  }
}
