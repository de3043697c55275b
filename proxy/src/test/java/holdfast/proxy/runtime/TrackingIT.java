package holdfast.proxy.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import holdfast.proxy.session.Tracking;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** CLIENT TRACKING through the proxy, compared with a redis-server byte for byte. */
@Timeout(60)
class TrackingIT {
  private static RedisServer alone;
  private static RedisServer backend;
  private static ProxyServer proxy;

  private Twins twins;

  @BeforeAll
  static void start() throws IOException {
    alone = RedisServer.start("--enable-debug-command", "yes");
    backend = RedisServer.start("--enable-debug-command", "yes");
    proxy =
        ProxyServer.start(
            ProxySettings.of(
                    "127.0.0.1",
                    0,
                    new TopologySettings.Single(new NodeAddress("127.0.0.1", backend.port())))
                .withLoops(2));
  }

  @AfterAll
  static void stop() {
    proxy.close();
    alone.close();
    backend.close();
  }

  @BeforeEach
  void connect() throws IOException {
    alone.cli("FLUSHALL");
    backend.cli("FLUSHALL");
    var server = new InetSocketAddress("127.0.0.1", alone.port());
    twins = new Twins(server, proxy.address());
    twins.open("w", 2);
    twins.run("w", "MSET k 1 j 1 i 1");
  }

  @AfterEach
  void disconnect() throws IOException {
    twins.close();
  }

  private void open(String name, int protocol, String tracking) throws IOException {
    twins.open(name, protocol);
    assertEquals("+OK\r\n", twins.run(name, "CLIENT TRACKING " + tracking));
  }

  @Test
  void whatWasReadIsToldWhenItChanges() throws IOException {
    open("a", 3, "ON");
    twins.run("a", "GET k");
    twins.run("w", "SET k 2");
    twins.run("w", "SET k 3");
    twins.run("a", "MGET k j", "STRLEN i");
    twins.run("w", "MSET i 1 k 4 j 5");
    twins.run("a", "GET k", "SET k 5", "GET k", "DEL k", "GET k");
    twins.run("w", "RENAME j k");
    twins.run("a", "TTL k", "OBJECT ENCODING k", "EXISTS nothing");
    twins.run("w", "MSET k 1 nothing 1");
    twins.run("a", "GET k");
    twins.run("w", "FLUSHDB");
    twins.run("w", "SELECT 3", "FLUSHALL ASYNC", "SELECT 0");
    twins.run("a", "FLUSHALL");
    twins.assertNothingMore("a", "w");
  }

  @Test
  void databasesDoNotMatter() throws IOException {
    open("a", 3, "ON");
    twins.run("a", "SELECT 2", "GET k", "SELECT 2", "GET j");
    twins.run("w", "SET k 2", "SELECT 2", "SET j 3");
    twins.run("a", "SET k 3", "GET k", "SELECT 0", "GET k");
    twins.run("w", "SET k 4");
    twins.assertNothingMore("a");
  }

  @Test
  void whatScriptsAndTransactionsReadIsTold() throws IOException {
    open("a", 3, "ON");
    twins.run("a", "EVAL \"return redis.call('get','k')\" 0");
    twins.run("w", "SET k 2");
    twins.run("a", "MULTI", "GET k", "SET j 1", "GET j", "EXEC");
    twins.run("w", "MSET k 3 j 4");
    twins.run("a", "WATCH k", "GET j", "MULTI", "GET i", "EXEC");
    twins.run("w", "MSET k 3 j 4 i 5");
    twins.run("a", "WATCH k", "GET k", "UNWATCH");
    twins.run("w", "SET k 5");
    twins.run("a", "MULTI", "GET k", "DISCARD", "MULTI", "NOSUCH", "EXEC", "GET j");
    twins.run("w", "MSET k 3 j 4");
    twins.run("a", "MULTI", "SELECT 1", "GET k", "CLIENT TRACKINGINFO", "EXEC", "GET j");
    twins.run("w", "SET k 3", "SELECT 1", "SET j 4", "SELECT 0");
    twins.run("a", "RPUSH l 1", "BLPOP l 0", "SELECT 0", "XREAD BLOCK 1 STREAMS s 0");
    twins.run("w", "XADD s 1-1 a b");
    twins.assertNothingMore("a");
  }

  @Test
  void whatExpiresIsTold() throws IOException {
    open("a", 3, "ON");
    twins.run("w", "SET k 2 PX 50");
    twins.run("a", "GET k");
    await().until(() -> alone.cli("EXISTS", "k").equals("0"));
    await().until(() -> backend.cli("EXISTS", "k").equals("0"));
    twins.run("a", "PING");
    twins.assertNothingMore("a");
  }

  @Test
  void onlyWhatIsAnnouncedIsToldWithOptIn() throws IOException {
    open("a", 3, "ON OPTIN");
    twins.run("a", "GET k", "CLIENT CACHING YES", "CLIENT TRACKINGINFO", "GET j", "GET i");
    twins.run("a", "CLIENT TRACKINGINFO");
    twins.run("w", "MSET k 1 j 1 i 1");
    twins.run(
        "a", "CLIENT CACHING YES", "PING", "GET k", "CLIENT CACHING YES", "SELECT 0", "GET j");
    twins.run(
        "a", "CLIENT CACHING YES", "GET", "GET i", "CLIENT CACHING YES", "CLIENT GETNAME", "GET h");
    twins.run("w", "MSET k 1 j 1 i 1 h 1");
    twins.run("a", "CLIENT CACHING YES", "MULTI", "GET k", "GET j", "EXEC", "GET i");
    twins.run("w", "MSET k 1 j 1 i 1");
    twins.run(
        "a", "MULTI", "GET k", "CLIENT CACHING YES", "GET j", "CLIENT CACHING NO", "EXEC", "GET i");
    twins.run("w", "MSET k 1 j 1 i 1");
    twins.run("a", "WATCH k", "CLIENT CACHING YES", "MULTI", "GET j", "EXEC");
    twins.run("w", "MSET k 1 j 1");
    twins.run("a", "CLIENT CACHING NO", "CLIENT CACHING MAYBE", "CLIENT CACHING");
    twins.assertNothingMore("a");
  }

  @Test
  void allButWhatIsAnnouncedIsToldWithOptOut() throws IOException {
    open("a", 3, "ON OPTOUT");
    twins.run("a", "GET k", "CLIENT CACHING NO", "CLIENT TRACKINGINFO", "GET j", "GET i");
    twins.run("w", "MSET k 1 j 1 i 1");
    twins.run("a", "CLIENT CACHING YES", "CLIENT CACHING NO", "MULTI", "GET k", "EXEC", "GET j");
    twins.run("w", "MSET k 1 j 1 i 1");
    twins.assertNothingMore("a");
  }

  @Test
  void prefixesAreToldWhoeverReads() throws IOException {
    open("a", 3, "ON BCAST PREFIX k PREFIX u:");
    open("b", 3, "ON BCAST");
    open("c", 3, "ON BCAST NOLOOP PREFIX k");
    twins.run("w", "MSET k 1 j 1 u:1 1 kk 2");
    twins.run("c", "MSET k 1 j 1 u:1 1 kk 2");
    twins.run("a", "SET k 3");
    twins.run("a", "CLIENT TRACKING ON BCAST PREFIX j", "CLIENT TRACKINGINFO");
    twins.run("w", "SET j 3");
    twins.run("w", "FLUSHALL");
    twins.run("a", "CLIENT TRACKING OFF", "CLIENT TRACKINGINFO");
    twins.run("w", "SET j 3");
    twins.assertNothingMore("a", "b", "c");
  }

  @Test
  void aClientIsNotToldOfItsOwnChangesWithNoLoop() throws IOException {
    open("a", 3, "ON NOLOOP");
    twins.run("a", "GET k", "SET k 2", "GET k", "CLIENT TRACKINGINFO");
    twins.run("w", "SET k 3");
    twins.run("a", "GET k", "MULTI", "SET k 4", "EXEC", "EVAL \"redis.call('set','k',1)\" 0");
    twins.run("w", "SET k 5");
    twins.run("a", "GET k", "RPUSH l 1", "LRANGE l 0 -1", "BLPOP l 0", "GET k");
    twins.run("w", "SET k 6");
    twins.run("a", "FLUSHALL");
    twins.assertNothingMore("a");
  }

  @Test
  void aSubscriberOfRespTwoGetsWhatIsSentToIt() throws IOException {
    twins.open("x", 2);
    open("a", 2, "ON REDIRECT {x}");
    open("b", 3, "ON REDIRECT {x}");
    twins.run("a", "CLIENT GETREDIR");
    twins.run("a", "GET k", "CLIENT TRACKINGINFO");
    twins.run("w", "SET k 2");
    twins.run("x", "SUBSCRIBE __redis__:invalidate");
    twins.run("a", "GET k");
    twins.run("b", "GET j");
    twins.run("w", "SET k 3");
    twins.run("w", "SET j 4");
    twins.run("a", "GET k", "SET k 5");
    twins.run("b", "CLIENT TRACKING OFF");
    twins.run("w", "FLUSHALL");
    twins.run("b", "CLIENT TRACKING ON REDIRECT {x}");
    twins.run("x", "UNSUBSCRIBE", "SUBSCRIBE other");
    twins.run("a", "GET k", "MULTI", "GET j", "EXEC");
    twins.run("w", "MSET k 3 j 4");
    twins.run("b", "GET k", "HELLO 2", "GET j");
    twins.run("w", "MSET k 3 j 4");
    twins.assertNothingMore("a", "b", "x");
  }

  @Test
  void aClientOfRespThreeGetsWhatIsSentToIt() throws IOException {
    twins.open("x", 3);
    open("a", 2, "ON OPTIN REDIRECT {x}");
    open("b", 3, "ON BCAST REDIRECT {x} PREFIX k");
    twins.run("a", "CLIENT CACHING YES", "GET k", "GET j");
    twins.run("w", "SET k 3");
    twins.run("a", "CLIENT TRACKING OFF");
    twins.run("w", "FLUSHALL");
    twins.assertNothingMore("a", "b", "x");
  }

  @Test
  void aClientIsToldThatWhoGotItsMessagesIsGone() throws IOException {
    twins.open("x", 3);
    open("a", 3, "ON REDIRECT {x}");
    open("b", 2, "ON REDIRECT {x}");
    twins.run("a", "GET k");
    twins.run("b", "GET k");
    String gone = twins.proxiedId("x");
    twins.close("x");
    await().until(() -> isGone(gone));
    twins.run("w", "SET k 2");
    await().until(() -> ask("CLIENT LIST").split("flags=tR", -1).length == 3);
    twins.run("b", "CLIENT GETREDIR");
    twins.run("b", "CLIENT TRACKINGINFO");
    twins.run("a", "CLIENT TRACKING ON", "CLIENT TRACKINGINFO", "GET k");
    twins.run("w", "SET k 2");
    twins.assertNothingMore("a", "b");
  }

  private static boolean isGone(String id) throws IOException {
    return ask("CLIENT TRACKING ON REDIRECT " + id).startsWith("-ERR The client ID");
  }

  /** What the proxy answers to a stranger, up to where it says +PONG. */
  private static String ask(String command) throws IOException {
    try (var socket = PlainSocket.to(proxy)) {
      PlainSocket.send(socket, command + "\r\nPING\r\n");
      var answer = new StringBuilder();
      for (String line = PlainSocket.line(socket);
          !line.equals("+PONG");
          line = PlainSocket.line(socket)) {
        answer.append(line).append('\n');
      }
      return answer.toString();
    }
  }

  @Test
  void whatIsWrongIsSaidInTheSameWords() throws IOException {
    twins.open("a", 2);
    String on = "CLIENT TRACKING ON ";
    twins.run("a", on + "REDIRECT 9999", on + "REDIRECT x", on + "REDIRECT 0", on + "REDIRECT");
    twins.run("a", on + "PREFIX a", on + "BCAST OPTIN", on + "OPTIN OPTOUT", on + "FOO");
    twins.run("a", "CLIENT TRACKING MAYBE", "CLIENT TRACKING", "CLIENT TRACKING OFF REDIRECT 9999");
    twins.run("a", on + "REDIRECT {a} REDIRECT {a}", "CLIENT GETREDIR x", "CLIENT TRACKINGINFO x");
    twins.run("a", on + "BCAST PREFIX a PREFIX ab", "CLIENT CACHING YES", "CLIENT TRACKINGINFO");
    twins.run("a", on + "BCAST PREFIX b PREFIX a", on + "BCAST PREFIX ab", on + "BCAST", on);
    twins.run(
        "a", "CLIENT TRACKINGINFO", on + "OPTIN", "CLIENT CACHING YES", on + "BCAST PREFIX b");
    twins.run("a", "CLIENT TRACKING OFF", on + "OPTOUT", on + "OPTIN", on + "BCAST", "RESET");
    twins.run("a", "CLIENT TRACKINGINFO", "CLIENT GETREDIR");
    twins.assertNothingMore("a");
  }

  @Test
  void aClientMayTrackBesideSubscriptionsAndWithoutReplies() throws IOException {
    open("a", 3, "ON");
    twins.run("a", "SUBSCRIBE c", "GET k");
    twins.run("w", "SET k 2", "SET k 3");
    twins.run("w", "PUBLISH c hello");
    twins.run("a", "GET k", "UNSUBSCRIBE");
    twins.runSilent("a", "CLIENT REPLY OFF");
    twins.run("w", "SET k 2");
    twins.run("a", "CLIENT REPLY ON", "GET k", "RESET", "HELLO 3", "GET j");
    twins.run("w", "MSET k 2 j 3");
    twins.assertNothingMore("a");
  }

  /** One behind whose back a value of megabytes comes: what changed it comes behind it. */
  @Test
  void aLongReplyIsNotTornApart() throws IOException {
    open("a", 3, "ON");
    String value = "x".repeat(3_000_000);
    twins.run("w", "SET k " + "y".repeat(60_000));
    try (var socket = PlainSocket.to(proxy)) {
      String set = "*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$" + value.length() + "\r\n" + value + "\r\n";
      socket.getOutputStream().write(set.getBytes(UTF_8));
      assertEquals("+OK", PlainSocket.line(socket));
      PlainSocket.send(socket, "HELLO 3\r\nCLIENT TRACKING ON\r\nPING\r\n");
      while (!PlainSocket.line(socket).equals("+PONG")) {
        // HELLO has many lines
      }
      PlainSocket.send(socket, "GET big\r\n");
      assertEquals("$" + value.length(), PlainSocket.line(socket));
      backend.cli("SET", "big", "1");
      assertEquals(value, PlainSocket.line(socket));
      assertEquals(">2", PlainSocket.line(socket));
    }
  }

  /** Or its reader would keep what it is told to forget. */
  @Test
  void whatIsSentToAnotherWaitsForTheReplyThatItIsAbout() throws IOException {
    try (var subscriber = PlainSocket.to(proxy);
        var client = PlainSocket.to(proxy)) {
      backend.cli("SET", "big", "");
      backend.cli("SETRANGE", "big", "33554432", "x");
      PlainSocket.send(subscriber, "CLIENT ID\r\nSUBSCRIBE c\r\n");
      String id = PlainSocket.line(subscriber).substring(1);
      for (int i = 0; i < 6; i++) {
        PlainSocket.line(subscriber);
      }
      PlainSocket.send(client, "CLIENT TRACKING ON REDIRECT " + id + "\r\nGET big\r\n");
      assertEquals("+OK", PlainSocket.line(client));
      await().until(() -> client.getInputStream().available() > 0);
      backend.cli("DEL", "big");
      for (int i = 0; i < 20; i++) {
        backend.cli("PUBLISH", "c", "m");
        for (String each : new String[] {"*3", "$7", "message", "$1", "c", "$1", "m"}) {
          assertEquals(each, PlainSocket.line(subscriber));
        }
      }
      assertEquals("$33554433", PlainSocket.line(client));
      client.getInputStream().skipNBytes(33_554_435);
      assertEquals("*3", PlainSocket.line(subscriber));
      PlainSocket.line(subscriber);
      assertEquals("message", PlainSocket.line(subscriber));
      PlainSocket.line(subscriber);
      assertEquals("__redis__:invalidate", PlainSocket.line(subscriber));
    }
  }

  /** More of them than may wait are told as if all had changed. */
  @Test
  void whatWaitsForAReplyIsBounded() throws IOException {
    try (var subscriber = PlainSocket.to(proxy);
        var client = PlainSocket.to(proxy)) {
      backend.cli("SETRANGE", "big", "33554432", "x");
      PlainSocket.send(subscriber, "HELLO 3\r\nCLIENT ID\r\n");
      String id = PlainSocket.line(subscriber);
      while (!id.equals("*0")) {
        id = PlainSocket.line(subscriber);
      }
      id = PlainSocket.line(subscriber).substring(1);
      PlainSocket.send(client, "CLIENT TRACKING ON BCAST REDIRECT " + id + "\r\nGET big\r\n");
      assertEquals("+OK", PlainSocket.line(client));
      await().until(() -> client.getInputStream().available() > 0);
      String key = "k".repeat(100_000);
      for (int i = 0; i < 11; i++) {
        backend.cli("SET", key + i, "1");
      }
      assertEquals("$33554433", PlainSocket.line(client));
      client.getInputStream().skipNBytes(33_554_435);
      PlainSocket.send(client, "PING\r\n");
      assertEquals("+PONG", PlainSocket.line(client));
      assertEquals(">2", PlainSocket.line(subscriber));
      assertEquals("$10", PlainSocket.line(subscriber));
      assertEquals("invalidate", PlainSocket.line(subscriber));
      assertEquals("_", PlainSocket.line(subscriber));
    }
  }

  @Test
  void prefixesOfOneClientAreBounded() throws IOException {
    try (var socket = PlainSocket.to(proxy)) {
      var command = new StringBuilder("CLIENT TRACKING ON BCAST");
      for (int i = 0; i < Tracking.PREFIXES_MAX; i++) {
        command.append(" PREFIX ").append(10_000 + i);
      }
      PlainSocket.send(socket, command + " PREFIX a\r\n");
      assertTrue(PlainSocket.line(socket).startsWith("-ERR more than 1000 prefixes"));
      PlainSocket.send(socket, command + "\r\nPING\r\n");
      assertEquals("+OK", PlainSocket.line(socket));
      PlainSocket.send(socket, "CLIENT TRACKING ON BCAST PREFIX a\r\n");
      assertEquals("+PONG", PlainSocket.line(socket));
      assertTrue(PlainSocket.line(socket).startsWith("-ERR more than 1000 prefixes"));
    }
  }
}
