package holdfast.backend.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.resp.RespLimits;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EngineServerIT {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private EngineServer server;

  private void start(EngineServerSettings settings) throws IOException {
    server = EngineServer.start(settings);
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  private Socket connect() throws IOException {
    var socket = new Socket(server.address().getAddress(), server.address().getPort());
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String read(Socket socket, int bytes) throws IOException {
    return new String(socket.getInputStream().readNBytes(bytes), StandardCharsets.ISO_8859_1);
  }

  private static void expect(Socket socket, String text) throws IOException {
    assertEquals(text, read(socket, text.length()));
  }

  private static void expectEnd(Socket socket) throws IOException {
    try {
      assertEquals(-1, socket.getInputStream().read());
    } catch (SocketException reset) {
      assertTrue(reset.getMessage() != null);
    }
  }

  @Test
  void executesPipelinedCommandsInOrder() throws Exception {
    start(EngineServerSettings.at(ANY));
    try (Socket socket = connect()) {
      var commands = new StringBuilder();
      var replies = new StringBuilder();
      for (int i = 0; i < 20_000; i++) {
        commands.append("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\n").append(10_000 + i).append("\r\n");
        commands.append("GET k\r\n");
        replies.append("+OK\r\n$5\r\n").append(10_000 + i).append("\r\n");
      }
      Thread writer =
          Thread.startVirtualThread(
              () -> {
                try {
                  send(socket, commands.toString());
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      expect(socket, replies.toString());
      writer.join();
    }
  }

  @Test
  void takesACommandByteByByte() throws Exception {
    start(EngineServerSettings.at(ANY));
    try (Socket socket = connect()) {
      socket.setTcpNoDelay(true);
      for (char c : "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nhello\r\nGET k\r\n".toCharArray()) {
        send(socket, String.valueOf(c));
      }
      expect(socket, "+OK\r\n$5\r\nhello\r\n");
    }
  }

  @Test
  void keepsLargeValues() throws Exception {
    start(EngineServerSettings.at(ANY));
    try (Socket socket = connect()) {
      int size = 20 * 1024 * 1024;
      String value = "v".repeat(size);
      send(socket, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + size + "\r\n" + value + "\r\n");
      expect(socket, "+OK\r\n");
      send(socket, "GET k\r\n");
      expect(socket, "$" + size + "\r\n" + value + "\r\n");
    }
  }

  @Test
  void answersAProtocolErrorAndCloses() throws Exception {
    start(EngineServerSettings.at(ANY));
    try (Socket socket = connect()) {
      send(socket, "SET a 1\r\n*1\r\n!3\r\n");
      expect(socket, "+OK\r\n-ERR Protocol error: expected '$', got '!'\r\n");
      expectEnd(socket);
    }
  }

  @Test
  void refusesABulkStringAboveTheLimitAndTakesOneAtIt() throws Exception {
    start(
        EngineServerSettings.at(ANY)
            .withClients(
                ClientSettings.STANDARD.withLimits(
                    RespLimits.STANDARD.withRequests(1024, 16, 100, 1000))));
    try (Socket socket = connect()) {
      send(socket, "*2\r\n$4\r\nECHO\r\n$100\r\n" + "x".repeat(100) + "\r\n");
      send(socket, "*2\r\n$3\r\nGET\r\n$101\r\n");
      String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertTrue(all.endsWith("-ERR Protocol error: invalid bulk length\r\n"), all);
    }
  }

  @Test
  void aStrangerMaySendLittleUntilItHasAuthenticated() throws Exception {
    start(EngineServerSettings.at(ANY).withPassword("secret"));
    try (Socket stranger = connect();
        Socket friend = connect()) {
      send(stranger, "*11\r\n");
      expect(stranger, "-ERR Protocol error: unauthenticated multibulk length\r\n");
      expectEnd(stranger);
      send(friend, "AUTH secret\r\n");
      expect(friend, "+OK\r\n");
      send(friend, "*11\r\n$4\r\nMSET\r\n" + "$1\r\na\r\n".repeat(10));
      expect(friend, "+OK\r\n");
    }
  }

  @Test
  void admitsSoManyClientsAndNoMore() throws Exception {
    start(EngineServerSettings.at(ANY).withClients(ClientSettings.STANDARD.withCountMax(2)));
    try (Socket one = connect();
        Socket two = connect();
        Socket three = connect()) {
      send(one, "SET a 1\r\n");
      expect(one, "+OK\r\n");
      send(two, "SET a 1\r\n");
      expect(two, "+OK\r\n");
      expect(three, "-ERR max number of clients reached\r\n");
      expectEnd(three);
    }
  }

  @Test
  void aClientThatDoesNotReadCostsLittleMemoryAndLosesNothing() throws Exception {
    start(EngineServerSettings.at(ANY));
    try (Socket slow = connect();
        Socket other = connect()) {
      int size = 1024 * 1024;
      send(slow, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + size + "\r\n" + "v".repeat(size) + "\r\n");
      expect(slow, "+OK\r\n");
      int count = 1200; // more than this JVM has
      send(slow, "GET k\r\n".repeat(count));
      send(other, "SET b 1\r\n");
      expect(other, "+OK\r\n");
      InputStream in = slow.getInputStream();
      var buffer = new byte[1 << 16];
      long expected = (long) count * (size + "$1048576\r\n\r\n".length());
      for (long got = 0; got < expected; ) {
        int more = in.read(buffer);
        assertTrue(more > 0, "ended after " + got);
        got += more;
      }
    }
  }

  @Test
  void aSubscriberThatDoesNotReadIsClosedAtItsLimit() throws Exception {
    var small = new OutputLimit(2 << 20, 0, 0);
    start(
        EngineServerSettings.at(ANY)
            .withClients(
                ClientSettings.STANDARD.withOutput(ClientSettings.STANDARD.normal(), small)));
    try (Socket lazy = connect();
        Socket other = connect()) {
      send(lazy, "SUBSCRIBE news\r\n");
      expect(lazy, "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n");
      String text = "t".repeat(60_000);
      String publish = "*3\r\n$7\r\nPUBLISH\r\n$4\r\nnews\r\n$60000\r\n" + text + "\r\n";
      String reply = ":1\r\n";
      int sent = 0;
      // Socket buffers hold some megabytes before ours begins to fill.
      while (reply.equals(":1\r\n") && sent++ < 2000) {
        send(other, publish);
        reply = read(other, 4);
      }
      assertEquals(":0\r\n", reply);
    }
  }

  @Test
  void anIdleClientIsClosedAndABlockedOneIsNot() throws Exception {
    start(EngineServerSettings.at(ANY));
    try (Socket idle = connect();
        Socket blocked = connect()) {
      send(idle, "CONFIG SET timeout 1\r\n");
      expect(idle, "+OK\r\n");
      send(blocked, "BLPOP list 2\r\n");
      expectEnd(idle);
      expect(blocked, "*-1\r\n");
    }
  }

  @Test
  void saysThatAPortIsTaken() throws Exception {
    start(EngineServerSettings.at(ANY));
    assertThrows(
        IOException.class,
        () -> EngineServer.start(EngineServerSettings.at(server.address())).close());
  }

  @Test
  void refusesToListenBeyondThisMachineWithoutAPassword() {
    var everywhere = new InetSocketAddress("0.0.0.0", 0);
    var e = assertThrows(IllegalArgumentException.class, () -> EngineServerSettings.at(everywhere));
    assertTrue(e.getMessage().contains("without a password"), e.getMessage());
  }
}
