package holdfast.proxy.runtime;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.command.CommandTable;
import holdfast.backend.command.NewerCommands;
import holdfast.backend.command.ServerVersion;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.CommandReplies;
import holdfast.backend.testing.FakeBackend;
import holdfast.backend.testing.Wire;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A server of a newer version behind the proxy, or what says that it is one: it answers HELLO and
 * COMMAND as such a server, waits at what is to block, and answers anything else with its name.
 */
@Timeout(60)
class NewerServerIT {
  private static final String NOT_TOLD =
      "-NOPERM this user has no permissions to run 'command'\r\n";

  /** What a link wants to know before it is used. */
  private static final String INFO =
      "run_id:%s\r\nrole:master\r\nmaster_replid:%s\r\nmaster_repl_offset:1\r\n"
          .formatted("a".repeat(40), "b".repeat(40));

  private final CountDownLatch unblocked = new CountDownLatch(1);
  private FakeBackend backend;
  private ProxyServer proxy;

  private Wire start(ServerVersion version, String commands) throws IOException {
    backend = new FakeBackend(connection -> serve(connection, version, commands));
    var address = new NodeAddress("127.0.0.1", backend.address().getPort());
    proxy =
        ProxyServer.start(
            ProxySettings.of("127.0.0.1", 0, new TopologySettings.Single(address)).withLoops(1));
    var client = new Wire(proxy.address());
    await().until(() -> client.text("HELLO", "2").contains("version, " + version.version()));
    return client;
  }

  @AfterEach
  void stop() {
    unblocked.countDown();
    proxy.close();
    backend.close();
  }

  private void serve(Socket connection, ServerVersion version, String commands) throws Exception {
    var in = new BufferedInputStream(connection.getInputStream());
    while (true) {
      List<String> words = read(in);
      String name = words.getFirst().toUpperCase(Locale.ROOT);
      if (words.contains("BLOCK") || name.equals("WAITAOF")) {
        unblocked.await();
      }
      FakeBackend.say(
          connection,
          switch (name) {
            case "HELLO" ->
                "%2\r\n+server\r\n+"
                    + version.name()
                    + "\r\n+version\r\n+"
                    + version.version()
                    + "\r\n";
            case "COMMAND" -> commands;
            case "PING" -> "+PONG\r\n";
            case "CLIENT" -> ":7\r\n";
            case "INFO" -> "$" + INFO.length() + "\r\n" + INFO + "\r\n";
            default -> "+" + name + "\r\n";
          });
    }
  }

  private static List<String> read(InputStream in) throws IOException {
    var words = new ArrayList<String>();
    int count = Integer.parseInt(line(in).substring(1));
    for (int i = 0; i < count; i++) {
      byte[] word = in.readNBytes(Integer.parseInt(line(in).substring(1)));
      in.skipNBytes(2);
      words.add(new String(word, StandardCharsets.ISO_8859_1));
    }
    return words;
  }

  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("closed");
      }
      line.append((char) b);
    }
    return line.toString().strip();
  }

  @Test
  void oneThatDoesNotTellIsKnownByItsVersion() throws IOException {
    try (Wire client = start(new ServerVersion("valkey", "9.0.1"), NOT_TOLD)) {
      assertTrue(client.text("HOLDFAST", "STATUS").contains("built-in for valkey 9.0.1"));
      assertTrue(client.text("HELLO").contains("server, valkey"));
      assertEquals("+OK", client.text("CLIENT", "CAPA", "redirect"));
      assertEquals("+OK", client.text("CLIENT", "IMPORT-SOURCE", "OFF"));
      assertTrue(
          client
              .text("CLIENT", "IMPORT-SOURCE", "ON")
              .startsWith("-ERR 'client|import-source' is refused"));
      assertEquals("-ERR syntax error", client.text("CLIENT", "IMPORT-SOURCE", "x"));
      assertEquals("+HTTL", client.text("HTTL", "k", "FIELDS", "1", "f"));
      assertEquals("+NOSUCH", client.text("NOSUCH", "k"), "whatever else there is");
      assertEquals("+VSIM", client.text("VSIM"), "arguments are the server's business");
      filtersClients(client);
    }
  }

  private void filtersClients(Wire client) {
    try (var other = new Wire(proxy.address())) {
      other.text("CLIENT", "SETNAME", "other");
      assertEquals("0", client.text("CLIENT", "KILL", "MAXAGE", "1000"));
      assertEquals("0", client.text("CLIENT", "KILL", "NAME", "nobody"));
      assertEquals("0", client.text("CLIENT", "KILL", "CAPA", "r"));
      assertEquals("0", client.text("CLIENT", "KILL", "IDLE", "1000", "FLAGS", "N", "DB", "0"));
      assertEquals("-ERR syntax error", client.text("CLIENT", "KILL", "NOT-SKIPME", "yes"));
      assertEquals(
          "-ERR maxage should be greater than 0", client.text("CLIENT", "KILL", "MAXAGE", "0"));
      String listed = client.text("CLIENT", "LIST", "NAME", "other", "IP", "127.0.0.1");
      assertTrue(listed.contains("name=other") && listed.lines().count() == 1, listed);
      assertFalse(client.text("CLIENT", "LIST", "NOT-NAME", "other").contains("name=other"));
      String id = client.text("CLIENT", "ID");
      assertFalse(client.text("CLIENT", "LIST", "NOT-ID", id, "999").contains("id=" + id + " "));
      assertTrue(
          client.text("CLIENT", "LIST", "ID", id, "999", "LIB-NAME", "").contains("id=" + id));
      assertEquals("1", client.text("CLIENT", "KILL", "NOT-ID", id));
    }
  }

  @Test
  void oneOfTheOldVersionHasNoneOfThis() throws IOException {
    try (Wire client =
        start(new ServerVersion("redis", "7.0.14"), CommandReplies.of(CommandTable.redis7()))) {
      assertTrue(client.text("CLIENT", "CAPA", "x").startsWith("-ERR unknown subcommand 'CAPA'"));
      assertTrue(client.text("CLIENT", "SETINFO", "LIB-NAME", "x").startsWith("-ERR unknown sub"));
      assertEquals("-ERR syntax error", client.text("CLIENT", "KILL", "MAXAGE", "1000"));
      assertEquals("-ERR syntax error", client.text("CLIENT", "LIST", "NAME", "x"));
      assertEquals("+HIMPORT", client.text("HIMPORT"), "the server says that there is no such");
      assertEquals("+CLUSTERSCAN", client.text("CLUSTERSCAN"));
      assertEquals("+HEXPIRE", client.text("HEXPIRE"));
    }
  }

  @Test
  void whatBlocksKeepsNobodyElseWaiting() throws IOException {
    String told = CommandReplies.of(NewerCommands.of(new ServerVersion("redis", "8.10.0")));
    try (Wire client = start(new ServerVersion("redis", "8.10.0"), told);
        Wire waiting = new Wire(proxy.address());
        Wire reading = new Wire(proxy.address())) {
      assertTrue(client.text("HOLDFAST", "STATUS").contains("live "));
      waiting.send("WAITAOF", "1", "0", "0");
      reading.send("TS.READ", "k", "-", "BLOCK", "0", "1");
      assertEquals("+SET", client.text("SET", "k", "v"));
      assertEquals("+TS.READ", client.text("TS.READ", "k", "-"));
      String refusal = client.text("HIMPORT", "PREPARE", "name", "field");
      assertTrue(
          refusal.startsWith("-ERR 'himport|prepare' is refused: the server keeps it"), refusal);
      assertTrue(
          client.text("HIMPORT", "PREPARE").startsWith("-ERR wrong number of arguments"),
          "as the server would");
      assertEquals(
          "-ERR This instance has cluster support disabled", client.text("SFLUSH", "0", "1"));
      unblocked.countDown();
      assertEquals("+WAITAOF", String.valueOf(waiting.read()));
      assertEquals("+TS.READ", String.valueOf(reading.read()));
    }
  }
}
