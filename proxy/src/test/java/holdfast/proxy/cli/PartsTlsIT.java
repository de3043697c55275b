package holdfast.proxy.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.Certificates;
import holdfast.backend.testing.ServerProcess;
import holdfast.backend.testing.Wire;
import holdfast.health.runtime.VoterServer;
import holdfast.proxy.config.HoldfastConfigReader.Part;
import holdfast.proxy.runtime.ProxyServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Voters, engines, a proxy and the tools, from files that say TLS on every port. */
@Timeout(120)
class PartsTlsIT {
  @TempDir static Path folder;

  private static Certificates ours;
  private static Certificates strangers;
  private static Certificates elsewhere;

  private final List<NodeAddress> voterAddresses = freeAddresses(3);
  private final List<NodeAddress> engineAddresses = freeAddresses(3);
  private final List<VoterServer> voters = new ArrayList<>();
  private final Map<NodeAddress, Process> engines = new HashMap<>();

  @BeforeAll
  static void makeCertificates() {
    ours = Certificates.make(folder.resolve("ours"), "ours", "ip:127.0.0.1");
    strangers = Certificates.make(folder.resolve("strangers"), "strangers", "ip:127.0.0.1");
    elsewhere = Certificates.make(folder.resolve("elsewhere"), "elsewhere", "dns:elsewhere.test");
  }

  private static List<NodeAddress> freeAddresses(int count) {
    return Stream.generate(() -> new NodeAddress("127.0.0.1", ServerProcess.freePort()))
        .distinct()
        .limit(count)
        .toList();
  }

  @AfterEach
  void endAll() {
    voters.forEach(VoterServer::close);
    engines.values().forEach(Process::destroyForcibly);
  }

  @Test
  void aMasterIsReplacedWithTlsOnEveryPort() throws Exception {
    startVotersAndEngines();
    Path file = file(0);
    try (ProxyServer proxy =
            ProxyServer.start(ProxyCommand.settings(ConfigFile.read(file, Part.PROXY)));
        Wire client = new Wire(Certificates.connect(proxy.furtherAddress(0), ours, ours))) {
      until(() -> "+OK".equals(client.text("SET", "before", "1")));
      assertOnlyOursComeIn(voterAddresses);
      assertOnlyOursComeIn(engineAddresses);
      assertEquals(ExitCode.OK, run(new StringWriter(), "status", "-c", file.toString()));

      long epoch = voters.getFirst().record().epoch();
      NodeAddress master = voters.getFirst().record().master();
      engines.get(master).destroyForcibly().waitFor();
      until(() -> "+OK".equals(client.text("SET", "after", "2")));
      assertEquals("1", client.text("GET", "before"));
      assertTrue(voters.getFirst().record().epoch() > epoch);
      NodeAddress next = voters.getFirst().record().master();
      try (Wire direct = new Wire(Certificates.connect(socketAddress(next), ours, ours))) {
        assertEquals("2", direct.text("GET", "after"));
      }
      assertToolsConnect(file, next);
    }
  }

  /** Those that ask all voters, one of them, and the servers. */
  private static void assertToolsConnect(Path file, NodeAddress engine) {
    String config = file.toString();
    assertEquals(ExitCode.OK, run(new StringWriter(), "status", "-c", config));
    assertEquals(ExitCode.OK, run(new StringWriter(), "switches", "-c", config));
    assertEquals(ExitCode.OK, run(new StringWriter(), "maintenance", "status", "-c", config));
    var said = new StringWriter();
    assertEquals(ExitCode.FAILED, run(said, "doctor", "-c", config), "one engine is dead");
    assertFalse(said.toString().contains("weak  voter"), said::toString);
    assertTrue(said.toString().contains("backend " + engine), said::toString);
    assertFalse(said.toString().contains(engine + " cannot be asked"), said::toString);
    var listed = new StringWriter();
    assertEquals(
        ExitCode.OK, run(listed, "rollback", "list", "--engine", engine.toString(), "-c", config));
    assertEquals("", listed.toString());
  }

  @Test
  void aVoterWhoseCertificateIsForAnotherHostIsNotBelieved() throws Exception {
    NodeAddress voter = voterAddresses.getFirst();
    Path strict = folder.resolve("strict.conf");
    Path lenient = folder.resolve("lenient.conf");
    for (Path file : List.of(strict, lenient)) {
      Files.writeString(
          file,
          """
          proxy.voters = ["%s"]
          durability = none
          voter { listen = "%s", data = "%s", backends = ["127.0.0.1:1"] }
          voter.tls { %s, verify-name = %s }
          """
              .formatted(
                  voter, voter, folder.resolve("named"), tls(elsewhere), file.equals(strict)));
    }
    voters.add(VotersAndProxy.start(VoterCommand.settings(ConfigFile.read(strict, Part.VOTER))));
    assertEquals(ExitCode.OK, run(new StringWriter(), "switches", "-c", lenient.toString()));
    assertEquals(ExitCode.FAILED, run(new StringWriter(), "switches", "-c", strict.toString()));
  }

  @Test
  void filesThatAreMissingAreToldWithTheirSection() throws IOException {
    for (String section : List.of("voter.tls", "engine.tls")) {
      Path file =
          Files.writeString(
              folder.resolve("missing.conf"),
              """
              backends.tls { %s }
              voter.backends = ["127.0.0.1:1"]
              durability = none
              %s {
                enabled = true, certificate = "/nowhere/c.pem", key = "/nowhere/k.pem"
                authorities = "/nowhere/a.pem"
              }
              """
                  .formatted(tls(ours), section));
      var said = new StringWriter();
      String part = section.substring(0, section.indexOf('.'));
      assertEquals(ExitCode.USAGE, run(said, part, "-c", file.toString()));
      assertTrue(
          said.toString().contains(section + ": /nowhere/c.pem: no such file"), said::toString);
    }
  }

  private void startVotersAndEngines() throws IOException {
    for (int i = 0; i < engineAddresses.size(); i++) {
      List<String> command =
          ChildProcess.command(
              JavaCommand.of(
                  Main.class.getName(), List.of(), List.of("engine", "-c", file(i).toString())));
      Path log = folder.resolve("engine-" + engineAddresses.get(i).port() + ".log");
      engines.put(
          engineAddresses.get(i),
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start());
    }
    for (int i = 0; i < voterAddresses.size(); i++) {
      voters.add(VotersAndProxy.start(VoterCommand.settings(ConfigFile.read(file(i), Part.VOTER))));
    }
    until(() -> voters.stream().allMatch(v -> v.status().contains("replicas-adopted: 2")));
  }

  /** One file for all parts of a machine. */
  private Path file(int index) throws IOException {
    NodeAddress voter = voterAddresses.get(index);
    return Files.writeString(
        folder.resolve("machine-" + voter.port() + ".conf"),
        """
        proxy { listen = "127.0.0.1:%d", voters = [%s] }
        proxy.tls { listen = "127.0.0.1:%d", client-certificates = required, %s }
        backends.tls { %s }
        voter { listen = "%s", data = "%s", peers = [%s], backends = [%s] }
        voter.tls { %s }
        engine { listen = "%s", data = "%s" }
        engine.tls { %s }
        """
            .formatted(
                ServerProcess.freePort(),
                quoted(voterAddresses.stream()),
                ServerProcess.freePort(),
                tls(ours).replace("enabled = true, ", ""),
                tls(ours),
                voter,
                folder.resolve("voter-" + voter.port()),
                quoted(voterAddresses.stream().filter(other -> !other.equals(voter))),
                quoted(engineAddresses.stream()),
                tls(ours),
                engineAddresses.get(index),
                folder.resolve("engine-" + engineAddresses.get(index).port()),
                tls(ours)));
  }

  private static String quoted(Stream<NodeAddress> addresses) {
    return addresses.map(address -> "\"" + address + "\"").collect(Collectors.joining(", "));
  }

  private static String tls(Certificates of) {
    return "enabled = true, certificate = \"%s\", key = \"%s\", authorities = \"%s\""
        .formatted(of.certificate(), of.key(), of.certificate());
  }

  private static void assertOnlyOursComeIn(List<NodeAddress> addresses) throws Exception {
    for (NodeAddress address : addresses) {
      InetSocketAddress to = socketAddress(address);
      try (Wire client = new Wire(Certificates.connect(to, ours, ours))) {
        assertEquals("+PONG", client.text("PING"));
      }
      assertTrue(isSentAway(() -> new Socket(to.getAddress(), to.getPort())), "plain " + address);
      for (@Nullable Certificates shown : new @Nullable Certificates[] {null, strangers}) {
        assertTrue(isSentAway(() -> Certificates.connect(to, shown, ours)), "tls " + address);
      }
    }
  }

  /** Closed, without any reply but an alert of TLS. */
  private static boolean isSentAway(Callable<Socket> connect) throws Exception {
    try (Socket socket = connect.call()) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write("PING\r\n".getBytes(US_ASCII));
      int first = socket.getInputStream().read();
      return first == -1 || first == 21;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true; // with TLS 1.3 a client learns of it when it writes or reads
    }
  }

  private static InetSocketAddress socketAddress(NodeAddress address) {
    return new InetSocketAddress(address.host(), address.port());
  }

  private static int run(StringWriter out, String... arguments) {
    return Main.execute(new PrintWriter(out, true), new PrintWriter(out, true), arguments);
  }

  private static void until(Callable<Boolean> condition) {
    await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(condition);
  }
}
