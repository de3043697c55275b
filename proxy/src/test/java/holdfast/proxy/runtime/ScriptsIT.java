package holdfast.proxy.runtime;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.Wire;
import holdfast.routing.command.InDoubtPolicy;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Scripts, functions and the errors of servers across a switch, as clients see them. */
@Timeout(60)
class ScriptsIT {
  private static final String BODY = "return redis.call('INCR', KEYS[1])";

  private FakeQuorum quorum;
  private ProxyServer proxy;
  private Wire client;

  @BeforeEach
  void start() throws IOException {
    quorum = new FakeQuorum();
    proxy =
        ProxyServer.start(
            ProxySettings.of("127.0.0.1", 0, quorum.topology())
                .withLoops(1)
                .withInDoubt(InDoubtPolicy.ERROR));
    client = new Wire(proxy.address());
    quorum.activate(0);
    quorum.awaitReplica(1);
    quorum.awaitReplica(2);
  }

  @AfterEach
  void stop() {
    client.close();
    proxy.close();
    quorum.close();
  }

  /** Nothing is under way, so that nothing is in doubt. */
  private void killAndPromote() {
    quorum.awaitReplica(1);
    quorum.server(0).kill9();
    quorum.follow(1);
    quorum.activate(1);
  }

  private String sha(String body) {
    return client.text("SCRIPT", "LOAD", body);
  }

  @Test
  void aScriptThatWasLoadedIsThereAfterASwitchBeforeAnythingElse() {
    String sha = sha(BODY);
    assertEquals(1L, client.call("EVALSHA", sha, "1", "k"));
    killAndPromote();
    client.send("EVALSHA", sha.toUpperCase(java.util.Locale.ROOT), "1", "k");
    client.send("GET", "k");
    client.send("EVALSHA", sha, "1", "k");
    assertEquals(2L, client.read());
    assertEquals("2", client.read(), "in order");
    assertEquals(3L, client.read());
  }

  @Test
  void aScriptThatWasShownByEvalIsToo() {
    assertEquals(1L, client.call("EVAL", BODY, "1", "k"));
    killAndPromote();
    String sha = ScriptsIT.digest(BODY);
    assertEquals("+OK", client.call("MULTI"));
    assertEquals("+QUEUED", client.call("EVALSHA", sha, "1", "k"));
    assertEquals(List.of(2L), client.call("EXEC"));
    assertEquals(List.of(1L), client.call("SCRIPT", "EXISTS", sha));
  }

  private static String digest(String body) {
    try {
      byte[] bytes = body.getBytes(java.nio.charset.StandardCharsets.UTF_8);
      return java.util.HexFormat.of()
          .formatHex(java.security.MessageDigest.getInstance("SHA-1").digest(bytes));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aScriptThatTheServerForgotByItselfIsLoadedAgain() {
    String sha = sha(BODY);
    assertEquals("OK", quorum.server(0).cli("SCRIPT", "FLUSH"));
    assertEquals(1L, client.call("EVALSHA", sha, "1", "k"));
  }

  @Test
  void commandsBehindAScriptThatIsMissingKeepTheirOrder() throws IOException {
    String sha = sha(BODY);
    assertEquals("OK", quorum.server(0).cli("SCRIPT", "FLUSH"));
    try (var socket = PlainSocket.to(proxy)) {
      PlainSocket.send(socket, "EVALSHA " + sha + " 1 k\r\nINCR k\r\n"); // in one go
      assertTrue(PlainSocket.line(socket).startsWith("-NOSCRIPT"));
      assertEquals(":1", PlainSocket.line(socket));
    }
  }

  @Test
  void whatClientsHaveForgottenStaysForgotten() {
    String sha = sha(BODY);
    assertEquals("+OK", client.call("SCRIPT", "FLUSH"));
    assertTrue(client.text("EVALSHA", sha, "1", "k").startsWith("-NOSCRIPT"));
    killAndPromote();
    assertTrue(client.text("EVALSHA", sha, "1", "k").startsWith("-NOSCRIPT"));
  }

  @Test
  void whatNoServerCanReadIsNoScriptForGood() {
    String wrong = "return (";
    assertTrue(client.text("EVAL", wrong, "0").startsWith("-ERR"));
    assertTrue(client.text("EVALSHA", digest(wrong), "0").startsWith("-NOSCRIPT"));
    killAndPromote();
    assertTrue(client.text("EVALSHA", digest(wrong), "0").startsWith("-NOSCRIPT"));
    assertEquals("+PONG", client.call("PING"));
  }

  @Test
  void functionsMoveByThemselves() {
    String library =
        "#!lua name=lib\nredis.register_function('up', function(keys) "
            + "return redis.call('INCR', keys[1]) end)";
    assertEquals("lib", client.call("FUNCTION", "LOAD", library));
    assertEquals(1L, client.call("FCALL", "up", "1", "k"));
    killAndPromote();
    assertEquals(2L, client.call("FCALL", "up", "1", "k"));
  }

  @Test
  void scriptsThatADemotedMasterRefusesWaitForTheNextOne() {
    String sha = sha(BODY);
    assertEquals(1L, client.call("EVALSHA", sha, "1", "k"));
    quorum.awaitReplica(1);
    quorum.server(1).cli("REPLICAOF", "NO", "ONE");
    quorum.replicate(0, 1);
    await().until(() -> quorum.server(0).cli("ROLE").startsWith("slave"));
    client.send("EVALSHA", sha, "1", "k");
    client.send("EVAL", BODY, "1", "k");
    await().until(() -> proxy.status() != null && errorsAt(0, "READONLY") > 0);
    quorum.activate(1);
    assertEquals(2L, client.read());
    assertEquals(3L, client.read());
  }

  private long errorsAt(int server, String word) {
    return quorum
        .server(server)
        .cli("INFO", "errorstats")
        .lines()
        .filter(line -> line.startsWith("errorstat_" + word + ":"))
        .mapToLong(line -> Long.parseLong(line.split("count=")[1].strip()))
        .sum();
  }

  @Test
  void aScriptsOwnErrorIsItsResultWhateverItsWord() {
    String fake = "redis.call('INCR', KEYS[1]); return redis.error_reply('READONLY of my own')";
    assertEquals("-READONLY of my own", client.call("EVAL", fake, "1", "k"));
    assertEquals("1", client.call("GET", "k"));
  }

  @Test
  void aMessageThatIsPublishedWhileThereIsNoMasterIsSentToTheNext() throws InterruptedException {
    assertEquals("+OK", client.call("SET", "k", "v"));
    quorum.awaitReplica(1);
    quorum.server(0).kill9();
    client.send("PUBLISH", "c", "m");
    quorum.follow(1);
    try (var subscriber =
        new Wire(new java.net.InetSocketAddress("127.0.0.1", quorum.server(1).port()))) {
      assertEquals(List.of("subscribe", "c", 1L), subscriber.call("SUBSCRIBE", "c"));
      quorum.activate(1);
      assertEquals(1L, client.read());
      assertEquals(List.of("message", "c", "m"), subscriber.read());
    }
  }
}
