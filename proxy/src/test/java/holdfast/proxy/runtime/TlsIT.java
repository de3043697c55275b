package holdfast.proxy.runtime;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.Certificates;
import holdfast.backend.testing.RedisServer;
import holdfast.backend.testing.ServerProcess;
import holdfast.backend.testing.Wire;
import holdfast.backend.transport.FilesTls;
import holdfast.backend.transport.FilesTls.ClientCertificates;
import holdfast.backend.transport.Tls;
import holdfast.backend.transport.TlsFiles;
import holdfast.health.runtime.VoterServer;
import holdfast.health.runtime.VoterSettings;
import holdfast.proxy.front.Listener;
import holdfast.proxy.hold.HoldLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** TLS on both sides of the proxy, with a real redis-server that speaks it. */
@Timeout(60)
class TlsIT {
  @TempDir static Path folder;

  private static Certificates ours;
  private static Certificates strangers;
  private static Certificates elsewhere;
  private static RedisServer redis;
  private static int redisTlsPort;

  @BeforeAll
  static void start() {
    ours = Certificates.make(folder.resolve("ours"), "ours", "ip:127.0.0.1");
    strangers = Certificates.make(folder.resolve("strangers"), "strangers", "ip:127.0.0.1");
    elsewhere = Certificates.make(folder.resolve("elsewhere"), "elsewhere", "dns:elsewhere.test");
    redisTlsPort = ServerProcess.freePort();
    redis = redis(redisTlsPort, ours);
  }

  /** It wants to see a certificate of ours. */
  private static RedisServer redis(int tlsPort, Certificates shown) {
    return RedisServer.start(
        "--tls-port",
        Integer.toString(tlsPort),
        "--tls-cert-file",
        shown.certificate().toString(),
        "--tls-key-file",
        shown.key().toString(),
        "--tls-ca-cert-file",
        ours.certificate().toString());
  }

  @AfterAll
  static void stop() {
    redis.close();
  }

  private static ProxySettings before(int port) {
    return ProxySettings.of(
            "127.0.0.1", 0, new TopologySettings.Single(new NodeAddress("127.0.0.1", port)))
        .withLoops(1);
  }

  private static ProxyServer listening(Tls tls) throws IOException {
    var listener = new Listener.Tcp(new InetSocketAddress("127.0.0.1", 0), tls, false);
    return ProxyServer.start(
        before(redis.port()).withWays(new ProxySettings.Ways(false, List.of(listener))));
  }

  private static SSLSocket connect(
      ProxyServer proxy, @Nullable Certificates shown, String... protocols) throws IOException {
    return Certificates.connect(proxy.furtherAddress(0), shown, ours, protocols);
  }

  @Test
  void clientsComeInWithTlsOfBothVersions() throws Exception {
    try (ProxyServer proxy =
        listening(FilesTls.server(ours.files(null), ClientCertificates.NONE))) {
      for (String version : List.of("TLSv1.2", "TLSv1.3")) {
        try (SSLSocket socket = connect(proxy, null, version);
            Wire client = new Wire(socket)) {
          assertEquals(version, socket.getSession().getProtocol());
          String large = "x".repeat(300_000);
          assertEquals("+OK", client.text("SET", "large", large));
          assertEquals(large, client.text("GET", "large"));
        }
      }
      assertThrows(SSLException.class, () -> connect(proxy, null, "TLSv1.1").close());
    }
  }

  @Test
  void whoSpeaksPlainToItIsClosed() throws Exception {
    try (ProxyServer proxy = listening(FilesTls.server(ours.files(null), ClientCertificates.NONE));
        Socket plain = new Socket("127.0.0.1", proxy.furtherAddress(0).getPort())) {
      plain.setSoTimeout(20_000);
      PlainSocket.send(plain, "PING\r\n");
      byte[] alert = plain.getInputStream().readAllBytes();
      assertTrue(alert.length < 10 && (alert.length == 0 || alert[0] == 21), "no reply in plain");
      try (Wire client = new Wire(connect(proxy, null))) {
        assertEquals("+PONG", client.text("PING"));
      }
    }
  }

  @Test
  void whereCertificatesAreRequiredOnlyThoseSignedByOursComeIn() throws Exception {
    try (ProxyServer proxy =
        listening(FilesTls.server(ours.files(ours), ClientCertificates.REQUIRED))) {
      try (Wire client = new Wire(connect(proxy, ours))) {
        assertEquals("+PONG", client.text("PING"));
      }
      // With TLS 1.3 the client learns of it when it reads.
      for (Certificates shown : new Certificates[] {null, strangers}) {
        assertThrows(
            IOException.class,
            () -> {
              try (SSLSocket socket = connect(proxy, shown)) {
                PlainSocket.send(socket, "PING\r\n");
                assertEquals("", PlainSocket.line(socket));
                throw new IOException("closed");
              }
            });
      }
      assertEquals(1, proxy.commands());
    }
  }

  @Test
  void replacedFilesCountForNewConnections() throws Exception {
    Path served = Files.createDirectories(folder.resolve("served"));
    serve(ours, served);
    var files = new TlsFiles(served.resolve("certificate.pem"), served.resolve("key.pem"), null);
    try (ProxyServer proxy = listening(FilesTls.server(files, ClientCertificates.NONE));
        Wire early = new Wire(connect(proxy, null))) {
      assertEquals("+PONG", early.text("PING"));
      serve(strangers, served);
      await().until(() -> believes(proxy, strangers));
      assertEquals("+PONG", early.text("PING"));
      Files.writeString(served.resolve("certificate.pem"), "nonsense");
      // Looked at again by then: more than a second and a connection later.
      long began = System.nanoTime();
      await()
          .until(
              () ->
                  believes(proxy, strangers)
                      && System.nanoTime() - began > Duration.ofMillis(2500).toNanos());
      serve(ours, served);
      await().until(() -> believes(proxy, ours));
    }
  }

  private static void serve(Certificates certificates, Path served) throws IOException {
    Files.copy(certificates.key(), served.resolve("key.pem"), StandardCopyOption.REPLACE_EXISTING);
    Files.copy(
        certificates.certificate(),
        served.resolve("certificate.pem"),
        StandardCopyOption.REPLACE_EXISTING);
  }

  private static boolean believes(ProxyServer proxy, Certificates certificates) {
    try (Wire client =
        new Wire(Certificates.connect(proxy.furtherAddress(0), null, certificates))) {
      return "+PONG".equals(client.text("PING"));
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void backendsAreSpokenToWithTls() throws Exception {
    try (ProxyServer proxy = towards(redisTlsPort, FilesTls.client(ours.files(ours), true));
        Wire client = new Wire(proxy.address())) {
      assertEquals("+OK", client.text("SET", "a", "1"));
      assertEquals("1", client.text("GET", "a"));
      assertEquals("1", redis.cli("GET", "a"));
      assertTrue(
          redis.cli("CLIENT", "LIST").contains("laddr=127.0.0.1:" + redisTlsPort),
          "the link goes to the port that speaks TLS");
    }
  }

  @Test
  void votersSpeakItToo(@TempDir Path data) throws Exception {
    var backend = new NodeAddress("127.0.0.1", redisTlsPort);
    var voter = new NodeAddress("127.0.0.1", ServerProcess.freePort());
    Tls tls = FilesTls.client(ours.files(ours), true);
    try (VoterServer _ =
            VoterServer.start(
                VoterSettings.of(voter, List.of(), List.of(backend), data).withBackendTls(tls));
        ProxyServer proxy =
            ProxyServer.start(
                ProxySettings.of("127.0.0.1", 0, new TopologySettings.Quorum(List.of(voter)))
                    .withBackend(new ProxySettings.Credentials(null, null, tls)));
        Wire client = new Wire(proxy.address())) {
      assertEquals("+OK", client.text("SET", "quorum", "1"));
      assertEquals("1", redis.cli("GET", "quorum"));
    }
  }

  @Test
  void aBackendThatCannotProveItselfGetsNoCommand() throws Exception {
    assertRefused(redisTlsPort, FilesTls.client(ours.files(strangers), true));
    assertRefused(redis.port(), FilesTls.client(ours.files(ours), true));
    int port = ServerProcess.freePort();
    try (RedisServer _ = redis(port, elsewhere)) {
      assertRefused(port, FilesTls.client(ours.files(elsewhere), true));
      try (ProxyServer proxy = towards(port, FilesTls.client(ours.files(elsewhere), false));
          Wire client = new Wire(proxy.address())) {
        assertEquals("+PONG", client.text("PING"));
      }
    }
  }

  private static ProxyServer towards(int port, Tls tls) throws IOException {
    return ProxyServer.start(
        before(port)
            .withBackend(new ProxySettings.Credentials(null, null, tls))
            .withHold(new HoldLimits(Duration.ofMillis(1500), 1 << 20, 1 << 20, 1000)));
  }

  private static void assertRefused(int port, Tls tls) throws IOException {
    try (ProxyServer proxy = towards(port, tls);
        Wire client = new Wire(proxy.address())) {
      String reply = client.text("SET", "refused", "1");
      assertTrue(reply.startsWith("-TRYAGAIN") && reply.endsWith("never sent"), reply);
      assertEquals("0", redis.cli("EXISTS", "refused"));
    }
  }

  /** What was to be sent after the handshake is given back: the build looks for leaks. */
  @Test
  void whoStopsDuringAHandshakeLeavesNothing() throws Exception {
    Tls tls = FilesTls.client(ours.files(ours), true);
    for (int i = 0; i < 10; i++) {
      try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
        ProxyServer proxy = towards(silent.getLocalPort(), tls);
        try (var wire = new Wire(proxy.address());
            Socket link = silent.accept()) {
          wire.send("SET", "a", "1");
          assertTrue(link.getInputStream().read() >= 0, "the handshake has begun");
          proxy.close();
        }
      }
    }
  }

  @Test
  void filesThatCannotBeUsedAreToldWithTheirNames() throws Exception {
    Path broken = Files.writeString(folder.resolve("broken.pem"), "nonsense");
    var files = new TlsFiles(broken, ours.key(), null);
    String said =
        assertThrows(IOException.class, () -> FilesTls.server(files, ClientCertificates.NONE))
            .getMessage();
    assertTrue(String.valueOf(said).contains("broken.pem"), said);
  }
}
