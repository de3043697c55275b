package holdfast.backend.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.Certificates;
import holdfast.backend.testing.Wire;
import holdfast.backend.transport.FilesTls;
import holdfast.backend.transport.FilesTls.ClientCertificates;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Replication of engines whose ports speak TLS and want certificates. */
@Timeout(60)
class EngineTlsIT {
  @TempDir static Path folder;

  private static Certificates ours;

  @BeforeAll
  static void makeCertificates() {
    ours = Certificates.make(folder.resolve("ours"), "ours", "ip:127.0.0.1");
  }

  private static EngineServer start(EngineTls tls) throws IOException {
    return EngineServer.start(
        EngineServerSettings.at(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0))
            .withTls(tls));
  }

  private static EngineTls both() throws IOException {
    return new EngineTls(
        FilesTls.server(ours.files(ours), ClientCertificates.REQUIRED),
        FilesTls.client(ours.files(ours), true),
        null);
  }

  private static Wire connect(EngineServer server) throws IOException {
    return new Wire(Certificates.connect(server.address(), ours, ours));
  }

  /** No compression makes it small. */
  private static String incompressible(int length) {
    return new Random(7)
        .ints(length, 'a', 'z' + 1)
        .mapToObj(Character::toString)
        .collect(Collectors.joining());
  }

  @Test
  void aReplicaGetsTheSnapshotAndTheStream() throws Exception {
    try (EngineServer master = start(both());
        EngineServer replica = start(both());
        Wire toMaster = connect(master);
        Wire toReplica = connect(replica)) {
      String large = incompressible(300_000);
      assertEquals("+OK", toMaster.text("SET", "large", large));
      String port = Integer.toString(master.address().getPort());
      assertEquals("+OK", toReplica.text("REPLICAOF", "127.0.0.1", port));
      await().until(() -> large.equals(toReplica.text("GET", "large")));
      assertEquals("+OK", toMaster.text("SET", "small", "1"));
      await().until(() -> "1".equals(toReplica.text("GET", "small")));
    }
  }

  /** A snapshot with its length in front, as old tools ask for it, and then the stream. */
  @Test
  void theOldSyncIsAnsweredInPlainAndInTls() throws Exception {
    try (EngineServer plain = start(EngineTls.NONE);
        EngineServer encrypted = start(both());
        var toPlain = new Wire(plain.address());
        Wire toEncrypted = connect(encrypted)) {
      assertSyncs(toPlain, new Socket(plain.address().getAddress(), plain.address().getPort()));
      assertSyncs(toEncrypted, Certificates.connect(encrypted.address(), ours, ours));
    }
  }

  private static void assertSyncs(Wire client, Socket follower) throws IOException {
    String large = incompressible(300_000);
    assertEquals("+OK", client.text("SET", "large", large));
    try (follower) {
      follower.setSoTimeout(20_000);
      follower.getOutputStream().write("SYNC\r\n".getBytes(ISO_8859_1));
      var in = new DataInputStream(follower.getInputStream());
      int first = in.read();
      while (first == '\n') {
        first = in.read(); // a sign of life
      }
      assertEquals('$', first);
      int length = Integer.parseInt(line(in));
      String snapshot = new String(in.readNBytes(length), ISO_8859_1);
      assertTrue(snapshot.startsWith("REDIS"), "a snapshot");
      assertTrue(snapshot.contains(large), "all of it");
      assertEquals("+OK", client.text("SET", "later", "1"));
      var stream = new StringBuilder();
      while (!stream.toString().endsWith("SET\r\n$5\r\nlater\r\n$1\r\n1\r\n")) {
        stream.append(line(in)).append("\r\n");
      }
    }
  }

  private static String line(DataInputStream in) throws IOException {
    var line = new StringBuilder();
    for (int c = in.readUnsignedByte(); c != '\n'; c = in.readUnsignedByte()) {
      line.append((char) c);
    }
    return line.substring(0, line.length() - 1);
  }
}
