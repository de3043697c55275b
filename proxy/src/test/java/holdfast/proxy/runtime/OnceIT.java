package holdfast.proxy.runtime;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.CuttingRelay;
import holdfast.backend.testing.Wire;
import holdfast.routing.command.InDoubtPolicy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The policy exactly-once before redis-server: the reply is lost for certain between the execution
 * of a command and its arrival, or the command is, and the link breaks, with a switch or without.
 */
@Timeout(60)
class OnceIT {
  private static final String SCRIPT =
      "redis.call('RPUSH', KEYS[1], ARGV[1]); return {redis.call('LLEN', KEYS[1]), 'x', false}";

  private static final String SCRIPT_SAYS_1 = "[1, x, null]";

  /** Each would leave other data, or answer otherwise, a second time. */
  private static final List<String[]> WRITES =
      List.of(
          words("INCR n"),
          words("RPUSH l a b"),
          words("SADD set a b"),
          words("SET k v NX"),
          words("SET k w GET"),
          words("INCR big"),
          words("HINCRBY h f 5"),
          words("ZADD z INCR 1.5 m"),
          words("LPOP l"),
          words("GETDEL k"),
          words("HSET n f v"),
          words("XADD stream 1-1 f v"),
          words("XADD stream 1-1 f v"),
          new String[] {"EVAL", SCRIPT, "1", "s", "1"},
          new String[] {"EVAL", SCRIPT, "1", "n", "1"},
          words("DEL set"),
          words("PUBLISH channel message"));

  private static final List<String> REPLIES =
      List.of(
          "1",
          "2",
          "2",
          "+OK",
          "v",
          "9007199254740993",
          "5",
          "1.5",
          "a",
          "w",
          "-WRONGTYPE Operation against a key holding the wrong kind of value",
          "1-1",
          "-ERR The ID specified in XADD is equal or smaller than the target stream top item",
          "[2, x, null]",
          "-WRONGTYPE Operation against a key holding the wrong kind of value script: "
              + "SHA, on @user_script:1.",
          "1",
          "0");

  private static String[] words(String line) {
    return line.split(" ");
  }

  private FakeQuorum quorum;
  private CuttingRelay relay;
  private ProxyServer proxy;
  private Wire client;

  @BeforeEach
  void start() throws IOException {
    quorum = new FakeQuorum();
    quorum.awaitReplica(1);
    relay = new CuttingRelay(new InetSocketAddress("127.0.0.1", quorum.server(0).port()));
    quorum.reachBy(0, relay.port());
    start(ProxySettings.Access.LOCAL);
    quorum.activate(0);
    assertEquals("+OK", client.call("SET", "big", "9007199254740992"));
    assertEquals(SCRIPT_SAYS_1, client.text("EVAL", SCRIPT, "1", "s", "0"));
  }

  private void start(ProxySettings.Access access) throws IOException {
    proxy =
        ProxyServer.start(
            ProxySettings.of("127.0.0.1", 0, quorum.topology())
                .withLoops(1)
                .withAccess(access)
                .withInDoubt(InDoubtPolicy.EXACTLY_ONCE));
    client = new Wire(proxy.address());
  }

  @AfterEach
  void stop() {
    client.close();
    proxy.close();
    relay.close();
    quorum.close();
  }

  private void sendAll() {
    WRITES.forEach(client::send);
  }

  private List<String> readAll() {
    var replies = new ArrayList<String>();
    for (int i = 0; i < WRITES.size(); i++) {
      replies.add(String.valueOf(client.read()).replaceAll("[0-9a-f]{40}", "SHA"));
    }
    return replies;
  }

  /** All of them have been executed once, and nothing else. */
  private void assertDoneOnce(int server) {
    var at = quorum.server(server);
    assertEquals("1", at.cli("GET", "n"));
    assertEquals("b", at.cli("LRANGE", "l", "0", "-1"));
    assertEquals("0\n1", at.cli("LRANGE", "s", "0", "-1"));
    assertEquals("9007199254740993", at.cli("GET", "big"));
    assertEquals("5", at.cli("HGET", "h", "f"));
    assertEquals("1.5", at.cli("ZSCORE", "z", "m"));
    assertEquals("1", at.cli("XLEN", "stream"));
    assertEquals("0", at.cli("EXISTS", "set", "k"));
  }

  private void awaitValue(int server, String expected, String... command) {
    await().until(() -> quorum.server(server).cli(command).equals(expected));
  }

  /** The last that they do has reached the replica. */
  private void awaitAllReplicated() {
    awaitValue(1, "1", "XLEN", "stream");
    awaitValue(1, "0", "EXISTS", "set");
  }

  private void promote() {
    quorum.server(1).cli("REPLICAOF", "NO", "ONE");
    quorum.activate(1);
  }

  @Test
  void whatWasExecutedBeforeASwitchIsNotExecutedAgainAndItsReplyArrives() {
    relay.mute(true);
    sendAll();
    awaitAllReplicated();
    promote();
    assertEquals(REPLIES, readAll());
    assertDoneOnce(1);
    assertEquals(0, proxy.inDoubt());
  }

  @Test
  void whatTheNextMasterHasNotIsExecutedThere() {
    assertEquals(1L, client.call("INCR", "before"));
    awaitValue(1, "1", "GET", "before");
    relay.freeze();
    sendAll();
    promote();
    assertEquals(REPLIES, readAll());
    assertDoneOnce(1);
  }

  @Test
  void ofAPipelineThatWasExecutedInPartTheRestIs() {
    relay.mute(true);
    client.send("INCR", "n");
    client.send("RPUSH", "l", "a");
    awaitValue(1, "1", "LLEN", "l");
    relay.freeze();
    client.send("INCR", "n");
    client.send("RPUSH", "l", "b");
    client.send("GET", "n");
    promote();
    assertEquals(1L, client.read());
    assertEquals(1L, client.read());
    assertEquals(2L, client.read());
    assertEquals(2L, client.read());
    assertEquals("2", client.read());
  }

  @Test
  void whatAnotherHasWrittenSinceIsNotWrittenOver() {
    relay.mute(true);
    client.send("SET", "k", "mine");
    awaitValue(1, "mine", "GET", "k");
    quorum.server(1).cli("REPLICAOF", "NO", "ONE");
    quorum.server(1).cli("SET", "k", "later");
    quorum.activate(1);
    assertEquals("+OK", client.read());
    assertEquals("later", client.call("GET", "k"));
  }

  @Test
  void aLinkThatBreaksWithoutASwitchIsAskedAgainAtTheSameServer() {
    relay.mute(true);
    sendAll();
    awaitValue(0, "1", "XLEN", "stream");
    awaitValue(0, "0", "EXISTS", "set");
    relay.mute(false);
    relay.cut();
    assertEquals(REPLIES, readAll());
    assertDoneOnce(0);
  }

  @Test
  void aServerThatForgotTheScriptByItselfIsGivenItAgain() {
    assertEquals("OK", quorum.server(0).cli("SCRIPT", "FLUSH"));
    assertEquals(1L, client.call("INCR", "n"));
  }

  @Test
  void moreThanMayBeUnderWayWaitsItsTurn() {
    int many = 5 * 1024 + 7;
    for (int i = 0; i < many; i++) {
      client.send("INCR", "n");
    }
    for (long i = 1; i <= many; i++) {
      assertEquals(i, client.read());
    }
    int fields = Integer.parseInt(quorum.server(0).cli("HLEN", marker()));
    assertTrue(fields <= 1025, fields + " fields");
  }

  @Test
  void noReplyThatIsOwedIsWrittenOverByAnother() {
    relay.mute(true);
    int many = 1500;
    for (int i = 0; i < many; i++) {
      client.send("INCR", "n");
    }
    awaitValue(0, "1024", "GET", "n"); // more than that are not sent
    relay.mute(false);
    relay.cut();
    for (long i = 1; i <= many; i++) {
      assertEquals(i, client.read());
    }
  }

  private String marker() {
    return quorum.server(0).cli("KEYS", "holdfast:once:*");
  }

  @Test
  void aUserWithoutTheRightToTheHashHasErrorsInDoubt() throws IOException {
    client.close();
    proxy.close();
    for (int i = 0; i < 2; i++) {
      var server = quorum.server(i);
      server.cli("ACL", "SETUSER", "narrow", "on", ">pw", "~app:*", "+@all");
      server.cli("ACL", "SETUSER", "wide", "on", ">pw", "~app:*", "~holdfast:once:*", "+@all");
    }
    start(ProxySettings.Access.BACKENDS);
    assertEquals("+OK", client.call("AUTH", "narrow", "pw"));
    assertEquals(1L, client.call("INCR", "app:n"));
    try (var wide = new Wire(proxy.address())) {
      assertEquals("+OK", wide.call("AUTH", "wide", "pw"));
      assertEquals(1L, wide.call("INCR", "app:w"));
      relay.mute(true);
      client.send("INCR", "app:n");
      wide.send("INCR", "app:w");
      awaitValue(1, "2", "GET", "app:n");
      awaitValue(1, "2", "GET", "app:w");
      promote();
      assertTrue(String.valueOf(client.read()).startsWith("-MASTERDOWN"));
      assertEquals(2L, wide.read());
      assertEquals(3L, client.call("INCR", "app:n"));
    }
  }

  @Test
  void theHashLivesAnHourAndGoesWithTheProxy() {
    long seconds = Long.parseLong(quorum.server(0).cli("TTL", marker()));
    assertTrue(seconds > 3500 && seconds <= 3600, seconds + " s");
    client.close();
    proxy.close();
    awaitValue(0, "", "KEYS", "holdfast:once:*");
  }

  @Test
  void errorsAndRepliesAreThoseOfTheServer() throws IOException {
    var differences = new ArrayList<String>();
    for (String protocol : List.of("2", "3")) {
      try (var direct = PlainSocket.to(quorum.server(0).port());
          var through = PlainSocket.to(proxy)) {
        for (String line : LINES.lines().toList()) {
          String hello = "HELLO " + protocol + "\r\n";
          String expected = PlainSocket.untilPong(direct, hello + "FLUSHALL\r\n" + line);
          String actual = PlainSocket.untilPong(through, hello + "FLUSHALL\r\n" + line);
          if (!shown(expected).equals(shown(actual))) {
            differences.add(line + "\n" + shown(expected) + shown(actual));
          }
        }
      }
    }
    assertEquals(List.of(), differences);
  }

  private static String shown(String replies) {
    return replies.replaceAll("(?s)^.*?role.*?\\+OK", "");
  }

  /** Lines of a client; a semicolon begins the next command. */
  private static final String LINES =
      """
      INCR
      INCR a b
      SET a
      SET a b XX
      SET a b NX GET
      MSET a 1 b
      HSET h f
      LPOP nothing
      LPOP nothing 3
      RPUSH l a b c ; LPOP l 2 ; LMPOP 1 l LEFT ; LMPOP 1 l LEFT ; RPOP l
      ZADD z 1.5 a 3 b ; ZADD z INCR 2.25 a ; ZADD z NX INCR 2.25 a ; ZPOPMIN z ; ZINCRBY z 1e300 b
      SPOP nothing ; SPOP nothing 4 ; SADD s x ; SPOP s 1 ; SADD s x ; SPOP s
      INCRBYFLOAT f 3.25 ; HINCRBYFLOAT h f 1e10 ; HINCRBY h f 1
      INCRBY n 9223372036854775806 ; INCR n ; INCR n ; DECRBY n 5 ; INCRBY n -9223372036854775807
      HINCRBY h n 9007199254740993 ; HINCRBY h n -18014398509481986 ; DECRBY m 9007199254740995
      EXPIRE a 10 ; PERSIST a ; RENAME a b ; COPY a b ; SORT l ; GETEX a ; GETDEL a ; APPEND a b
      XADD x 1-1 f v ; XADD x 1-1 f v ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c COUNT 1 STREAMS x >
      XAUTOCLAIM x g c 0 0 ; XDEL x 1-1 ; XTRIM x MAXLEN 0 ; XACK x g 1-1
      GEOADD g 13.361389 38.115556 P ; GEOSEARCHSTORE d g FROMMEMBER P BYRADIUS 1 km ASC
      SETBIT b 7 1 ; BITFIELD b GET u8 0 INCRBY u2 0 1 OVERFLOW FAIL INCRBY u2 0 3 ; PFADD p a ; BITOP NOT c b
      EVAL "return 1" 0 ; EVAL "return 1" 0
      EVAL "return {1,2.9,'a',false,{err='MY e'},nil,3}" 0 ; EVAL "return {1,2.9,'a',false,{err='MY e'},nil,3}" 0
      EVAL "return redis.call('NOSUCH')" 0 ; EVAL "return redis.call('NOSUCH')" 0
      EVAL "return nosuch" 0 ; EVAL "return nosuch" 0
      EVAL "error('x')" 0 ; EVAL "error('x')" 0 ; EVAL "error({err='MY own'})" 0 ; EVAL "error({err='MY own'})" 0
      EVAL "return KEYS[1]..#KEYS..ARGV[1]..#ARGV" 1 k v ; EVAL "return KEYS[1]..#KEYS..ARGV[1]..#ARGV" 1 k v
      EVAL "return 1" 2 k ; EVAL "return 1" -1 ; EVAL "return 1" x
      EVAL "redis.setresp(3) return redis.call('HGETALL', 'h')" 0 ; EVAL "redis.setresp(3) return redis.call('HGETALL', 'h')" 0
      EVALSHA ffffffffffffffffffffffffffffffffffffffff 0
      MULTI ; INCR a ; INCR a b ; EXEC ; MULTI ; INCR a ; EXEC
      CONFIG SET nosuch 1 ; RESTORE a 0 bad ; MSETNX a 1 b 2 ; MSETNX b 1 c 2
      SCRIPT FLUSH ; INCR a ; EVAL "return 2" 0 ; EVALSHA 7f923f79fe76194c868d7e1d0820de36700eb649 0
      """;
}
