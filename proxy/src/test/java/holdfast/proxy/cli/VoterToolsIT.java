package holdfast.proxy.cli;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import holdfast.health.report.SwitchRecord;
import holdfast.health.runtime.VoterServer;
import holdfast.proxy.admin.AdminServer;
import holdfast.proxy.config.HoldfastConfigReader.Part;
import holdfast.proxy.runtime.ProxyServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;

/** Voters that share a secret, from configuration files, and the tools that ask them. */
class VoterToolsIT {
  private static final String SECRET = "between-us-9c1e";

  private final List<RedisServer> servers = new ArrayList<>();
  private final List<NodeAddress> addresses = new ArrayList<>();
  private final List<VoterServer> voters = new ArrayList<>();
  @TempDir private Path folder;

  @BeforeEach
  void startServersAndVoters() throws IOException {
    for (int i = 0; i < 2; i++) {
      servers.add(
          RedisServer.start(
              "--repl-diskless-sync-delay",
              "0",
              "--repl-backlog-size",
              "64mb",
              "--replicaof",
              "127.0.0.1 1"));
    }
    for (int i = 0; i < 3; i++) {
      addresses.add(new NodeAddress("127.0.0.1", RedisServer.freePort()));
    }
    for (int i = 0; i < 3; i++) {
      voters.add(VotersAndProxy.start(VoterCommand.settings(ConfigFile.read(file(i), Part.VOTER))));
    }
    until(() -> voters.stream().allMatch(voter -> voter.record() != null));
  }

  @AfterEach
  void endAll() {
    voters.forEach(VoterServer::close);
    servers.forEach(RedisServer::close);
  }

  /** The configuration of a voter, with the secret in a file of its own. */
  private Path file(int index) throws IOException {
    Path secret = Files.writeString(folder.resolve("secret"), SECRET + "\n");
    String peers =
        IntStream.range(0, 3)
            .filter(i -> i != index)
            .mapToObj(i -> "\"" + addresses.get(i) + "\"")
            .collect(Collectors.joining(", "));
    String backends =
        servers.stream()
            .map(server -> "\"127.0.0.1:" + server.port() + "\"")
            .collect(Collectors.joining(", "));
    String all = addresses.stream().map(a -> "\"" + a + "\"").collect(Collectors.joining(", "));
    return Files.writeString(
        folder.resolve("v" + index + ".conf"),
        """
        proxy { listen = "127.0.0.1:%d", voters = [%s] }
        voter {
          listen = "%s"
          data = "%s"
          peers = [%s]
          backends = [%s]
          secret-file = "%s"
        }
        """
            .formatted(
                RedisServer.freePort(),
                all,
                addresses.get(index),
                folder.resolve("data" + index),
                peers,
                backends,
                secret));
  }

  @Test
  void aProxyWithTheSecretServesAndAStrangerIsSentAway() throws IOException {
    try (var stranger = new Jedis("127.0.0.1", addresses.getFirst().port())) {
      assertTrue(refusal(stranger).startsWith("NOAUTH"));
    }
    try (var proxy =
            ProxyServer.start(ProxyCommand.settings(ConfigFile.read(file(0), Part.PROXY)));
        var jedis = new Jedis("127.0.0.1", proxy.address().getPort(), 20_000)) {
      assertEquals("OK", jedis.set("a", "1"));
      assertEquals("1", jedis.get("a"));
    }
  }

  private static String refusal(Jedis jedis) {
    try {
      return "answered " + jedis.sentinelMasters();
    } catch (JedisDataException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @Test
  void everyVoterKeepsTheRecordOfASwitchAndShowsItInThreeWays() throws Exception {
    switchMaster();
    long epoch = epoch();
    String text = "switch to epoch " + epoch + " in force after ";
    var told = new HashSet<String>();
    for (VoterServer voter : voters) {
      until(() -> inForce(voter, text) != null);
      told.add(inForce(voter, text));
    }
    assertEquals(1, told.size(), told::toString);
    String shown = printed(() -> run(new StringWriter(), "switches", "-c", file(1).toString()));
    assertTrue(shown.contains(text), shown);
    for (String part :
        List.of("is down: REFUSED", "voting", "fencing", "consulting", "promoting", "activating")) {
      assertTrue(shown.contains(part), () -> part + " in " + shown);
    }
    assertFalse(shown.contains(SECRET));
    try (var admin =
        AdminServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            VoterPages.of(voters.getLast()))) {
      String json = page(admin, "/switches", 200);
      assertTrue(json.contains("{\"epoch\":" + epoch + ",\"outcome\":\"in force\""), json);
      assertTrue(json.contains("\"stages\":[{\"stage\":\"voting\""), json);
      assertTrue(json.contains("\"may_be_lost\":{\"kind\":"), json);
      assertTrue(page(admin, "/status", 200).contains("\"backend\":[\"127.0.0.1:"));
      assertTrue(page(admin, "/metrics", 200).contains("holdfast_voter_epoch " + epoch + ".0"));
      assertTrue(page(admin, "/health", 200).contains("true"));
      assertTrue(page(admin, "/nothing", 404).contains("/switches"));
    }
  }

  @Test
  void theDoctorFindsNothingWhereAllIsWellAndWhatIsWrongWhereItIsNot() throws Exception {
    var well = new StringWriter();
    awaitInStep();
    until(() -> voters.stream().allMatch(v -> v.status().contains("replicas-adopted: 1")));
    assertEquals(ExitCode.OK, run(well, "doctor", "-c", file(0).toString()), well::toString);
    assertTrue(well.toString().contains("all is well"), well::toString);
    assertTrue(well.toString().contains("was seen to start fenced"), well::toString);
    assertFalse(well.toString().contains(SECRET));

    servers.getFirst().cli("CONFIG", "SET", "repl-diskless-load", "swapdb");
    servers.getLast().cli("ACL", "SETUSER", "default", "-client|kill");
    voters.removeLast().close();
    var wrong = new StringWriter();
    assertEquals(ExitCode.FAILED, run(wrong, "doctor", "-c", file(0).toString()));
    for (String part :
        List.of(
            "weak  backend 127.0.0.1:"
                + servers.getFirst().port()
                + " has repl-diskless-load swapdb",
            "weak  backend 127.0.0.1:" + servers.getLast().port() + " forbids CLIENT KILL",
            "weak  voter " + addresses.getLast() + " cannot be asked",
            "3 of these weaken")) {
      assertTrue(wrong.toString().contains(part), () -> part + " in " + wrong);
    }
    var usage = new StringWriter();
    assertEquals(ExitCode.USAGE, run(usage, "doctor", "-c", folder.resolve("none").toString()));
  }

  @Test
  void statusAsksWithTheSecretOfTheFile() throws Exception {
    assertEquals(ExitCode.OK, run(new StringWriter(), "status", "-c", file(2).toString()));
    String all = addresses.stream().map(NodeAddress::toString).collect(Collectors.joining(","));
    assertEquals(ExitCode.FAILED, run(new StringWriter(), "status", "--voters", all));
  }

  /** Beside it there may be those of candidates that were given up. */
  private static @Nullable String inForce(VoterServer voter, String text) {
    return voter.switches().stream()
        .map(SwitchRecord::line)
        .filter(line -> line.startsWith(text))
        .findFirst()
        .orElse(null);
  }

  private void switchMaster() {
    awaitInStep();
    long before = epoch();
    int port = voters.getFirst().record().master().port();
    servers.stream().filter(s -> s.port() == port).forEach(RedisServer::kill9);
    until(() -> voters.stream().allMatch(v -> v.record().epoch() > before));
  }

  private void awaitInStep() {
    until(
        () ->
            servers.stream()
                .anyMatch(
                    server -> {
                      String info = server.cli("INFO", "replication");
                      return info.contains("master_link_status:up")
                          && !info.matches("(?s).*slave_repl_offset:[01]\\r?\\n.*");
                    }));
  }

  private long epoch() {
    return voters.getFirst().record().epoch();
  }

  private static String page(AdminServer admin, String path, int status) throws Exception {
    try (var http = HttpClient.newHttpClient()) {
      HttpResponse<String> response =
          http.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + admin.address().getPort() + path))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertEquals(status, response.statusCode());
      return response.body();
    }
  }

  private static int run(StringWriter out, String... arguments) {
    return Main.execute(new PrintWriter(out, true), new PrintWriter(out, true), arguments);
  }

  private static String printed(Callable<Integer> command) throws Exception {
    PrintStream before = System.out;
    var bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      assertEquals(ExitCode.OK, command.call());
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static void until(Callable<Boolean> condition) {
    await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(condition);
  }
}
