package holdfast.proxy.runtime;

import static holdfast.proxy.runtime.PlainSocket.line;
import static holdfast.proxy.runtime.PlainSocket.send;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import holdfast.proxy.session.ClientLimits;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that log in as users of the backend, which is a real server. */
@Timeout(60)
class UsersIT {
  private static final ProxySettings.Credentials OWN =
      new ProxySettings.Credentials("holdfast", "own");
  private static final int ROUNDS = 500;
  private static final int WRONG_PASSWORDS = 1_000;

  private RedisServer server;
  private ProxyServer proxy;

  @BeforeEach
  void startServer() throws IOException {
    server = RedisServer.start();
    admin("ACL", "SETUSER", "holdfast", "on", ">own", "allkeys", "allchannels", "+@all");
    admin("ACL", "SETUSER", "alice", "on", ">a1", "~a:*", "&a:*", "+@all", "-flushall", "-select");
    admin("ACL", "SETUSER", "bob", "on", ">b1", "~b:*", "&b:*", "-@all", "+get", "+acl|whoami");
    startProxy(ClientLimits.STANDARD, 1);
  }

  private void startProxy(ClientLimits limits, int loops) throws IOException {
    if (proxy != null) {
      proxy.close();
    }
    proxy =
        ProxyServer.start(
            ProxySettings.of(
                    "127.0.0.1",
                    0,
                    new TopologySettings.Single(new NodeAddress("127.0.0.1", server.port())))
                .withAccess(ProxySettings.Access.BACKENDS)
                .withBackend(OWN)
                .withClients(limits)
                .withLoops(loops));
  }

  @AfterEach
  void stop() {
    proxy.close();
    server.close();
  }

  /** As the user that may do everything, once there is one: else as the default one. */
  private String admin(String... command) {
    var line = new ArrayList<String>();
    if (!List.of(command).contains("holdfast")) {
      line.addAll(List.of("--user", "holdfast", "--pass", "own", "--no-auth-warning"));
    }
    line.addAll(List.of(command));
    return server.cli(line.toArray(String[]::new));
  }

  private Socket socket() throws IOException {
    return PlainSocket.to(proxy);
  }

  private Socket direct() throws IOException {
    var socket = new Socket("127.0.0.1", server.port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private Socket loggedIn(String user, String password) throws IOException {
    Socket socket = socket();
    assertEquals("+OK\r\n", ask(socket, "AUTH " + user + " " + password));
    return socket;
  }

  private static String ask(Socket socket, String command) throws IOException {
    send(socket, command + "\r\n");
    return reply(socket.getInputStream());
  }

  /** One reply, byte for byte. */
  private static String reply(InputStream in) throws IOException {
    var text = new StringBuilder();
    for (int b = in.read(); ; b = in.read()) {
      assertTrue(b >= 0, () -> "closed after " + text);
      text.append((char) b);
      if (b == '\n') {
        break;
      }
    }
    char type = text.charAt(0);
    int size = "$=*~>%".indexOf(type) < 0 ? 0 : Integer.parseInt(text.substring(1).strip());
    if (type == '$' || type == '=') {
      return size < 0 ? text.toString() : text + new String(in.readNBytes(size + 2), UTF_8);
    }
    for (int i = 0; i < (type == '%' ? 2 * size : size); i++) {
      text.append(reply(in));
    }
    return text.toString();
  }

  private void assertSame(String... script) throws IOException {
    try (Socket through = socket();
        Socket direct = direct()) {
      for (String command : script) {
        assertEquals(
            masked(ask(direct, command)),
            masked(ask(through, command)),
            command + " of " + List.of(script));
      }
    }
  }

  /** Without the connection's number. */
  private static String masked(String reply) {
    return reply.replaceAll("\\$2\r\nid\r\n:\\d+", "id");
  }

  private static boolean isClosed(Socket socket) throws IOException {
    return socket.getInputStream().read() < 0;
  }

  // ---- what is answered

  @Test
  void loginsAreAnsweredAsDirectlyWhateverTheDefaultUserIs() throws Exception {
    for (String password : List.of("nopass", ">pw", "off")) {
      admin("ACL", "SETUSER", "default", "on", "resetpass", password);
      assertSame("PING", "GET a:1", "SELECT 1", "CLIENT GETNAME", "ACL WHOAMI", "MULTI");
      assertSame("HELLO 3", "PING", "HELLO 2", "HELLO", "CLIENT GETNAME");
      assertSame("AUTH pw", "ACL WHOAMI", "RESET", "ACL WHOAMI", "CLIENT GETNAME");
      assertSame("AUTH default pw", "ACL WHOAMI", "AUTH default no", "ACL WHOAMI");
      assertSame("AUTH alice a1", "ACL WHOAMI", "RESET", "ACL WHOAMI", "PING");
      assertSame("AUTH alice no", "AUTH nobody a1", "AUTH a b c", "AUTH", "ACL WHOAMI", "PING");
      assertSame("HELLO 3 AUTH alice no", "HELLO 3 AUTH alice a1", "ACL WHOAMI", "GET b:1");
      assertSame("HELLO 2 AUTH alice a1 SETNAME x", "CLIENT GETNAME", "HELLO 3", "ACL WHOAMI");
      assertSame("AUTH alice a1", "AUTH bob no", "ACL WHOAMI", "AUTH bob b1", "ACL WHOAMI");
      assertSame("QUIT");
    }
  }

  @Test
  void rightsAreThoseOfTheUserByteForByte() throws Exception {
    admin("RPUSH", "a:list", "1", "1", "1", "1");
    for (String hello : List.of("HELLO 2", "HELLO 3")) {
      assertSame(
          hello + " AUTH alice a1",
          "SET a:1 v",
          "GET a:1",
          "GET b:1",
          "MGET a:1 b:1",
          "FLUSHALL",
          "SELECT 1",
          "EVAL \"return redis.call('get','b:1')\" 0",
          "MULTI",
          "SET a:2 v",
          "SET b:2 v",
          "EXEC",
          "MULTI",
          "SELECT 1",
          "EXEC",
          "MULTI",
          "SET a:n 1",
          "CLIENT GETNAME",
          "EXEC",
          "BLPOP b:list 1",
          "BLPOP a:list 1",
          "SUBSCRIBE b:news",
          "PING",
          "WATCH a:1",
          "WATCH b:1",
          "UNWATCH",
          "WAIT 0 1");
      assertSame(
          hello + " AUTH bob b1",
          "GET b:1",
          "GET a:1",
          "SET b:1 v",
          "PING",
          "CLIENT GETNAME",
          "CLIENT LIST",
          "SELECT 1",
          "ROLE",
          "INFO",
          "MULTI",
          "MONITOR",
          "BLPOP b:1 1",
          "SUBSCRIBE b:1",
          "WAIT 0 1",
          "ACL WHOAMI",
          "QUIT");
    }
  }

  @Test
  void subscriptionsAreThoseThatTheUserMayHave() throws Exception {
    try (Socket alice = loggedIn("alice", "a1");
        Socket publisher = loggedIn("alice", "a1")) {
      assertTrue(ask(alice, "SUBSCRIBE a:news").startsWith("*3"));
      assertTrue(ask(alice, "SUBSCRIBE a:more b:news").startsWith("-NOPERM"));
      assertEquals(":0\r\n", ask(publisher, "PUBLISH a:more x"));
      assertEquals(":1\r\n", ask(publisher, "PUBLISH a:news x"));
      assertTrue(reply(alice.getInputStream()).contains("message"));
      assertTrue(ask(alice, "UNSUBSCRIBE").endsWith(":0\r\n"));
      assertEquals("+PONG\r\n", ask(alice, "PING"), "nothing is subscribed to any more");
    }
  }

  @Test
  void aRefusedSubscriptionIsOneClientsAlone() throws Exception {
    try (Socket one = loggedIn("alice", "a1");
        Socket two = loggedIn("alice", "a1");
        Socket publisher = loggedIn("alice", "a1")) {
      assertTrue(ask(one, "SUBSCRIBE a:news").startsWith("*3"));
      assertTrue(ask(two, "SUBSCRIBE a:news b:news").startsWith("-NOPERM"));
      assertEquals("+PONG\r\n", ask(two, "PING"), "nothing is subscribed to");
      assertTrue(ask(two, "SUBSCRIBE a:more").startsWith("*3"));
      assertEquals(":1\r\n", ask(publisher, "PUBLISH a:news x"));
      assertTrue(reply(one.getInputStream()).contains("a:news"));
      assertEquals(":1\r\n", ask(publisher, "PUBLISH a:more x"));
      assertTrue(reply(two.getInputStream()).contains("a:more"));
    }
  }

  /** A server closes those that have a channel they may have no more; so does the proxy. */
  @Test
  void whoMayHaveItsChannelNoMoreIsClosedAndOthersOfTheUserAreNot() throws Exception {
    try (Socket one = loggedIn("alice", "a1");
        Socket two = loggedIn("alice", "a1")) {
      assertTrue(ask(one, "SUBSCRIBE a:news").startsWith("*3"));
      assertTrue(ask(two, "SUBSCRIBE a:more").startsWith("*3"));
      admin("ACL", "SETUSER", "alice", "resetchannels", "&a:more");
      assertTrue(isClosed(one));
      assertEquals("*2\r\n$4\r\npong\r\n$0\r\n\r\n", ask(two, "PING"));
      admin("PUBLISH", "a:more", "x");
      assertTrue(reply(two.getInputStream()).contains("a:more"));
    }
  }

  @Test
  void aDatabaseAndAProtocolAreTheUsersOwnToo() throws Exception {
    admin("ACL", "SETUSER", "carol", "on", ">c1", "allkeys", "+@all");
    try (Socket carol = socket()) {
      assertTrue(ask(carol, "HELLO 3 AUTH carol c1").startsWith("%7"));
      assertEquals("+OK\r\n", ask(carol, "SELECT 3"));
      assertEquals("+OK\r\n", ask(carol, "SET c:1 v"));
      assertEquals("_\r\n", ask(carol, "GET c:2"));
      assertEquals("$5\r\ncarol\r\n", ask(carol, "ACL WHOAMI"));
      assertEquals("v", admin("-n", "3", "GET", "c:1"));
    }
  }

  @Test
  void whatAUserMayNotEndIsNotLeftToTheNextClient() throws Exception {
    admin("ACL", "SETUSER", "carol", "on", ">c1", "allkeys", "+@all", "-discard");
    try (Socket first = loggedIn("carol", "c1");
        Socket second = loggedIn("carol", "c1")) {
      assertEquals("+OK\r\n", ask(first, "MULTI"));
      assertTrue(ask(first, "DISCARD").startsWith("-NOPERM"));
      assertEquals("+OK\r\n", ask(second, "MULTI"));
      assertEquals("+QUEUED\r\n", ask(second, "SET c:1 v"));
      assertEquals("*1\r\n+OK\r\n", ask(second, "EXEC"));
    }
  }

  @Test
  void theListOfClientsShowsUsers() throws Exception {
    try (Socket alice = loggedIn("alice", "a1");
        Socket bob = loggedIn("bob", "b1")) {
      String list = ask(alice, "CLIENT LIST");
      assertTrue(list.contains(" user=alice ") && list.contains(" user=bob "), list);
      assertEquals(":1\r\n", ask(alice, "CLIENT KILL USER bob"));
      assertTrue(isClosed(bob));
    }
  }

  @Test
  void aBlockedCommandOfAUserIsUnblocked() throws Exception {
    startProxy(ClientLimits.STANDARD, 2);
    try (Socket blocked = loggedIn("alice", "a1");
        Socket other = loggedIn("alice", "a1")) {
      String id = ask(blocked, "CLIENT ID").substring(1).strip();
      send(blocked, "BLPOP a:none 0\r\n");
      await().until(() -> admin("INFO", "clients").contains("blocked_clients:1"));
      await().until(() -> ask(other, "CLIENT UNBLOCK " + id).equals(":1\r\n"));
      assertEquals("*-1\r\n", reply(blocked.getInputStream()));
    }
  }

  @Test
  void usersWhoPipelineAtTheSameTimeNeverHaveEachOthersRights() throws Exception {
    try (var pool = Executors.newFixedThreadPool(4)) {
      var all = new ArrayList<Future<Integer>>();
      for (String[] who : new String[][] {{"alice", "a1"}, {"bob", "b1"}}) {
        all.add(pool.submit(pipelines(who[0], who[1])));
        all.add(pool.submit(pipelines(who[0], who[1])));
      }
      for (Future<Integer> each : all) {
        assertEquals(ROUNDS, each.get());
      }
    }
  }

  private Callable<Integer> pipelines(String user, String password) {
    String mine = user.substring(0, 1);
    String others = mine.equals("a") ? "b" : "a";
    String round = "GET " + mine + ":1\r\nGET " + others + ":1\r\nACL WHOAMI\r\n";
    return () -> {
      try (Socket socket = loggedIn(user, password)) {
        for (int i = 0; i < ROUNDS; i++) {
          send(socket, round.repeat(10));
          for (int j = 0; j < 10; j++) {
            assertEquals("$-1\r\n", reply(socket.getInputStream()));
            assertTrue(reply(socket.getInputStream()).startsWith("-NOPERM"));
            assertTrue(reply(socket.getInputStream()).contains(user));
          }
        }
        return ROUNDS;
      }
    };
  }

  @Test
  void aClientThatBecomesAnotherHasItsRightsFromThenOn() throws Exception {
    try (Socket socket = socket()) {
      for (int i = 0; i < ROUNDS / 10; i++) {
        send(
            socket,
            "AUTH alice a1\r\nSET a:1 v\r\nGET b:1\r\nAUTH bob b1\r\nGET a:1\r\nGET b:1\r\n");
        InputStream in = socket.getInputStream();
        assertEquals("+OK\r\n+OK\r\n", reply(in) + reply(in));
        assertTrue(reply(in).startsWith("-NOPERM"));
        assertEquals("+OK\r\n", reply(in));
        assertTrue(reply(in).startsWith("-NOPERM"));
        assertEquals("$-1\r\n", reply(in));
      }
    }
  }

  @Test
  void aLongCommandOfAStrangerIsRefusedAsDirectly() throws Exception {
    admin("ACL", "SETUSER", "default", "on", "resetpass", ">pw");
    try (Socket through = socket();
        Socket direct = direct()) {
      for (Socket each : List.of(direct, through)) {
        send(each, "*3\r\n$3\r\nSET\r\n$3\r\na:1\r\n$1000000\r\n");
        assertEquals("-ERR Protocol error: unauthenticated bulk length", line(each));
        assertTrue(isClosed(each));
      }
    }
  }

  // ---- when users change

  @Test
  void clientsOfADeletedUserAreClosedAndOthersAreNot() throws Exception {
    try (Socket alice = loggedIn("alice", "a1");
        Socket bob = loggedIn("bob", "b1")) {
      assertEquals("+OK\r\n", ask(alice, "SET a:1 v"));
      admin("ACL", "DELUSER", "alice");
      assertTrue(isClosed(alice));
      assertEquals("$-1\r\n", ask(bob, "GET b:1"));
      await().until(() -> proxy.logins() == 1);
    }
  }

  @Test
  void aLinkThatBreaksAfterThePasswordChangedClosesItsClients() throws Exception {
    try (Socket alice = loggedIn("alice", "a1");
        Socket bob = loggedIn("bob", "b1")) {
      assertEquals("+OK\r\n", ask(alice, "SET a:1 v"));
      admin("ACL", "SETUSER", "alice", "resetpass", ">a2");
      assertEquals("$1\r\nv\r\n", ask(alice, "GET a:1"), "as long as connections last");
      admin("CLIENT", "KILL", "USER", "alice");
      assertTrue(isClosed(alice));
      assertEquals("$-1\r\n", ask(bob, "GET b:1"));
    }
  }

  @Test
  void aNewerPasswordServesThoseWhoLoggedInWithAnOlderOne() throws Exception {
    try (Socket alice = loggedIn("alice", "a1")) {
      admin("ACL", "SETUSER", "alice", "resetpass", ">a2");
      try (Socket later = loggedIn("alice", "a2")) {
        admin("CLIENT", "KILL", "USER", "alice");
        await().until(() -> ask(alice, "GET a:1").equals("$-1\r\n"));
        assertEquals("$-1\r\n", ask(later, "GET a:1"));
      }
    }
  }

  // ---- how many

  @Test
  void wrongPasswordsLeaveNothingBehind() throws Exception {
    try (Socket socket = socket()) {
      for (int i = 0; i < WRONG_PASSWORDS; i++) {
        assertTrue(ask(socket, "AUTH alice wrong" + i).startsWith("-WRONGPASS"));
      }
      assertEquals(0, proxy.logins());
      long links =
          admin("CLIENT", "LIST", "TYPE", "NORMAL")
              .lines()
              .filter(each -> each.contains("name=holdfast-proxy"))
              .count();
      assertTrue(links <= 3, links + " links");
    }
  }

  @Test
  void theNumberOfUsersIsBoundedAndAnIdleOnesPlaceIsTaken() throws Exception {
    var standard = ClientLimits.STANDARD;
    startProxy(
        new ClientLimits(
            standard.clientsMax(),
            standard.outputBytesMax(),
            standard.stallMax(),
            standard.streamBytes(),
            standard.transactionBytesMax(),
            standard.subscriptionsMax(),
            2,
            standard.databases(),
            standard.pace()),
        1);
    for (int i = 0; i < 3; i++) {
      admin("ACL", "SETUSER", "u" + i, "on", ">p", "allkeys", "+@all");
    }
    try (Socket first = loggedIn("u0", "p");
        Socket second = loggedIn("u1", "p");
        Socket third = socket()) {
      assertTrue(ask(third, "AUTH u2 p").startsWith("-ERR too many users"));
      assertEquals("+OK\r\n", ask(third, "AUTH u1 p"), "a user who is there needs no place");
      assertEquals("+OK\r\n", ask(first, "QUIT"));
      assertTrue(isClosed(first));
      await().until(() -> ask(third, "AUTH u2 p").equals("+OK\r\n"));
      assertTrue(ask(third, "ACL WHOAMI").contains("u2"));
      assertTrue(ask(second, "ACL WHOAMI").contains("u1"));
      assertEquals(2, proxy.logins());
    }
  }

  @Test
  void linksOfUsersWithoutClientsAreClosedAfterAWhile() throws Exception {
    loggedIn("alice", "a1").close();
    await().atMost(Duration.ofSeconds(40)).until(() -> proxy.logins() == 0);
  }
}
