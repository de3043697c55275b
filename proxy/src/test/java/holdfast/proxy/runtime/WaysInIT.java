package holdfast.proxy.runtime;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.Certificates;
import holdfast.backend.testing.RedisServer;
import holdfast.backend.testing.Wire;
import holdfast.backend.transport.FilesTls;
import holdfast.backend.transport.FilesTls.ClientCertificates;
import holdfast.proxy.front.Listener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Unix sockets, and the PROXY protocol's header. */
@Timeout(60)
class WaysInIT {
  private static final byte[] VERSION_2 = {
    0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A
  };

  @TempDir Path folder;

  private static RedisServer redis;

  @BeforeAll
  static void start() {
    redis = RedisServer.start();
  }

  @AfterAll
  static void stop() {
    redis.close();
  }

  private static ProxyServer proxy(boolean proxyProtocol, Listener... further) throws IOException {
    return ProxyServer.start(
        ProxySettings.of(
                "127.0.0.1",
                0,
                new TopologySettings.Single(new NodeAddress("127.0.0.1", redis.port())))
            .withLoops(2)
            .withWays(new ProxySettings.Ways(proxyProtocol, List.of(further))));
  }

  private Listener.Unix unix(Path path) {
    return new Listener.Unix(path, PosixFilePermissions.fromString("rwxrwx---"));
  }

  private static String overUnix(Path path, String sent, int expectedBytes) throws IOException {
    try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(path));
      channel.write(ByteBuffer.wrap(sent.getBytes(US_ASCII)));
      var answer = ByteBuffer.allocate(expectedBytes);
      while (answer.hasRemaining() && channel.read(answer) >= 0) {
        // until all of it has come
      }
      return new String(answer.array(), 0, answer.position(), US_ASCII);
    }
  }

  // ---- Unix sockets

  @Test
  void clientsComeInByAUnixSocket() throws Exception {
    Path path = folder.resolve("holdfast.sock");
    try (ProxyServer proxy = proxy(false, unix(path))) {
      assertEquals("+OK\r\n$1\r\n1\r\n", overUnix(path, "SET a 1\r\nGET a\r\n", 12));
      assertEquals("rwxrwx---", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
      String info = overUnix(path, "CLIENT INFO\r\n", 100 + path.toString().length());
      assertTrue(info.contains("addr=" + path + ":0"), info);
      try (Wire client = new Wire(proxy.address())) {
        assertEquals("1", client.text("GET", "a"));
      }
    }
    assertFalse(Files.exists(path), "removed at the end");
  }

  @Test
  void aSocketThatAKilledProcessLeftIsReplacedAndOneInUseIsNot() throws Exception {
    Path path = folder.resolve("holdfast.sock");
    try (var left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      left.bind(UnixDomainSocketAddress.of(path));
      String said =
          String.valueOf(
              assertThrows(IOException.class, () -> proxy(false, unix(path))).getMessage());
      assertTrue(said.contains("another process"), said);
    }
    assertTrue(Files.exists(path));
    try (ProxyServer _ = proxy(false, unix(path))) {
      assertEquals("+PONG\r\n", overUnix(path, "PING\r\n", 7));
    }
    Path file = Files.writeString(folder.resolve("file"), "precious");
    assertThrows(IOException.class, () -> proxy(false, unix(file)));
    assertEquals("precious", Files.readString(file));
  }

  // ---- PROXY protocol

  private static byte[] version2(int command, byte... body) {
    var header = new ByteArrayOutputStream();
    header.writeBytes(VERSION_2);
    header.write(0x20 | command);
    header.write(body.length == 0 ? 0 : 0x11);
    header.write(0);
    header.write(body.length);
    header.writeBytes(body);
    return header.toByteArray();
  }

  private static Socket socket(InetSocketAddress address) throws IOException {
    var socket = new Socket("127.0.0.1", address.getPort());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static String addressAfter(ProxyServer proxy, byte[] header) throws IOException {
    Socket socket = socket(proxy.address());
    socket.getOutputStream().write(header);
    try (Wire client = new Wire(socket)) {
      return client.text("CLIENT", "INFO").split(" addr=")[1].split(" ")[0];
    }
  }

  @Test
  void theHeaderSaysWhoTheClientIs() throws Exception {
    try (ProxyServer proxy = proxy(true)) {
      assertEquals(
          "192.0.2.7:4711",
          addressAfter(proxy, "PROXY TCP4 192.0.2.7 127.0.0.1 4711 6379\r\n".getBytes(US_ASCII)));
      byte[] v2 = version2(1, new byte[] {(byte) 192, 0, 2, 8, 127, 0, 0, 1, 0x12, 0x67, 24, -21});
      assertEquals("192.0.2.8:4711", addressAfter(proxy, v2));
      // The balancer itself, looking whether we are there.
      assertTrue(addressAfter(proxy, version2(0)).startsWith("127.0.0.1:"));
      assertTrue(
          addressAfter(proxy, "PROXY UNKNOWN\r\n".getBytes(US_ASCII)).startsWith("127.0.0.1:"));
    }
  }

  @Test
  void aHeaderThatComesInPiecesTogetherWithCommandsLosesNothing() throws Exception {
    try (ProxyServer proxy = proxy(true);
        Socket socket = socket(proxy.address())) {
      socket.setTcpNoDelay(true);
      String all = "PROXY TCP4 192.0.2.7 127.0.0.1 4711 6379\r\nPING\r\nECHO hello\r\n";
      for (byte each : all.getBytes(US_ASCII)) {
        socket.getOutputStream().write(each);
      }
      assertEquals("+PONG", PlainSocket.line(socket));
      assertEquals("$5", PlainSocket.line(socket));
      assertEquals("hello", PlainSocket.line(socket));
    }
  }

  @Test
  void whoSendsNoHeaderIsClosed() throws Exception {
    try (ProxyServer proxy = proxy(true)) {
      for (String sent :
          List.of("PING\r\nPING\r\nPING\r\n", "PROXY NONSENSE\r\n", "PROXY " + "x".repeat(200))) {
        try (Socket socket = socket(proxy.address())) {
          PlainSocket.send(socket, sent);
          assertEquals("", readToTheEnd(socket), sent);
        }
      }
      // And who says nothing, after a while.
      try (Socket socket = socket(proxy.address())) {
        assertEquals("", readToTheEnd(socket));
      }
      assertEquals(0, proxy.commands());
    }
  }

  private static String readToTheEnd(Socket socket) throws IOException {
    try {
      return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    } catch (java.net.SocketException reset) {
      return "";
    }
  }

  @Test
  void theHeaderComesBeforeTheHandshake() throws Exception {
    Certificates ours = Certificates.make(folder.resolve("ours"), "ours", "ip:127.0.0.1");
    var tls =
        new Listener.Tcp(
            new InetSocketAddress("127.0.0.1", 0),
            FilesTls.server(ours.files(null), ClientCertificates.NONE),
            true);
    try (ProxyServer proxy = proxy(false, tls)) {
      Socket plain = socket(proxy.furtherAddress(0));
      PlainSocket.send(plain, "PROXY TCP4 192.0.2.9 127.0.0.1 4711 6379\r\n");
      SSLSocketFactory sockets = Certificates.sockets(null, ours);
      try (Wire client = new Wire(sockets.createSocket(plain, "127.0.0.1", 0, true))) {
        assertTrue(client.text("CLIENT", "INFO").contains("addr=192.0.2.9:4711"));
      }
      await().until(() -> proxy.commands() == 1);
    }
  }
}
