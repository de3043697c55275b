package holdfast.proxy.runtime;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.CuttingRelay;
import holdfast.backend.testing.RedisServer;
import holdfast.routing.command.InDoubtPolicy;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Links that are dead though nothing says so: a relay between proxy and server stops forwarding and
 * goes on acknowledging, so that TCP sees nothing. And what only looks like it.
 */
@Timeout(60)
class HalfOpenIT {
  /** Jedis's own: what takes longer is an error to an application. */
  private static final int CLIENT_TIMEOUT_MILLIS = 2_000;

  private RedisServer redis;
  private CuttingRelay relay;
  private ProxyServer proxy;

  @BeforeEach
  void start() throws Exception {
    redis = RedisServer.start("--enable-debug-command", "yes");
    relay = new CuttingRelay(new InetSocketAddress("127.0.0.1", redis.port()));
    var backend = new TopologySettings.Single(new NodeAddress("127.0.0.1", relay.port()));
    proxy =
        ProxyServer.start(
            ProxySettings.of("127.0.0.1", 0, backend)
                .withLoops(1)
                .withInDoubt(InDoubtPolicy.IDEMPOTENT));
  }

  @AfterEach
  void stop() {
    proxy.close();
    relay.close();
    redis.close();
  }

  private Jedis jedis() {
    return new Jedis("127.0.0.1", proxy.address().getPort(), CLIENT_TIMEOUT_MILLIS);
  }

  @Test
  void aHalfOpenLinkIsReplacedBeforeItsClientsTimeOut() {
    try (var reader = jedis();
        var writer = jedis()) {
      writer.set("a", "1");
      relay.freeze();
      assertEquals("1", reader.get("a"));
      relay.freeze();
      assertEquals("OK", writer.set("a", "2"), "it may be repeated");
      relay.freeze();
      var doubtful = assertThrows(JedisDataException.class, () -> writer.incr("a"));
      assertTrue(doubtful.getMessage().startsWith("MASTERDOWN"), doubtful.getMessage());
      assertEquals("2", writer.get("a"), "its connection goes on");
    }
  }

  @Test
  void anIdleLinkIsReplacedBeforeACommandNeedsIt() {
    try (var jedis = jedis()) {
      jedis.set("a", "1");
      int before = relay.accepted();
      relay.freeze();
      // One to find out, one in its place.
      await().atMost(Duration.ofSeconds(10)).until(() -> relay.accepted() >= before + 2);
      await("the dead one, which the server knows nothing of, and the new one")
          .atMost(Duration.ofSeconds(10))
          .until(() -> linksAtTheServer() == 2);
      int after = relay.accepted();
      assertEquals("1", jedis.get("a"));
      assertEquals(after, relay.accepted(), "it had to wait for no other link");
    }
  }

  private long linksAtTheServer() {
    String list = redis.cli("CLIENT", "LIST");
    return list.lines().filter(line -> line.contains(" name=holdfast-proxy ")).count();
  }

  @Test
  void aTransactionOnAHalfOpenLinkGoesOnOnAnother() {
    try (var jedis = jedis()) {
      jedis.set("a", "1");
      var transaction = jedis.multi();
      transaction.incr("a");
      relay.freeze();
      transaction.incr("a");
      assertEquals(List.of(2L, 3L), transaction.exec());
    }
  }

  @Test
  void aServerThatIsBusyKeepsItsLinks() throws Exception {
    try (var jedis = new Jedis("127.0.0.1", proxy.address().getPort(), 20_000)) {
      jedis.set("a", "1");
      Thread sleeper = Thread.ofVirtual().start(() -> redis.cli("DEBUG", "SLEEP", "3"));
      await().until(() -> jedis.incr("a") > 20 || !sleeper.isAlive());
      sleeper.join();
      long value = Long.parseLong(jedis.get("a"));
      assertEquals(value + 1, jedis.incr("a"));
    }
  }

  @Test
  void aSlowScriptOnTheSharedLinkIsAnsweredToItAndToThoseBehindIt() {
    try (var slow = new Jedis("127.0.0.1", proxy.address().getPort(), 20_000);
        var behind = new Jedis("127.0.0.1", proxy.address().getPort(), 20_000)) {
      behind.set("a", "1");
      String script =
          "local t = redis.call('TIME') local e = t[1] * 1000000 + t[2] + 2500000 "
              + "repeat t = redis.call('TIME') until t[1] * 1000000 + t[2] > e "
              + "return redis.call('INCR', 'a')";
      var answers = new ArrayList<Object>();
      Thread other = Thread.ofVirtual().start(() -> answers.add(slow.eval(script)));
      assertTrue(Set.of("1", "2").contains(behind.get("a")), "behind it or before it");
      join(other);
      assertEquals(List.of(2L), answers);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join(20_000);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Paused commands are put aside, while the server answers everybody else. */
  @Test
  void aWriteThatTheServerHoldsBackIsWaitedFor() {
    try (var jedis = new Jedis("127.0.0.1", proxy.address().getPort(), 20_000)) {
      jedis.set("a", "1");
      redis.cli("CLIENT", "PAUSE", "2500", "WRITE");
      assertEquals(2L, jedis.incr("a"));
      assertEquals("2", redis.cli("GET", "a"));
    }
  }

  /** A client that stops in the middle of a long value, and then goes on. */
  @Test
  void aLongCommandMayTakeItsTimeToCome() throws Exception {
    String value = "x".repeat(2 << 20);
    try (var socket = PlainSocket.to(proxy)) {
      PlainSocket.send(socket, "*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$" + value.length() + "\r\n");
      PlainSocket.send(socket, value.substring(0, value.length() / 2));
      Thread.sleep(2000); // several looks, and a probe, would have been by then
      PlainSocket.send(socket, value.substring(value.length() / 2) + "\r\n");
      assertEquals("+OK", PlainSocket.line(socket));
      assertEquals(Integer.toString(value.length()), redis.cli("STRLEN", "big"));
    }
  }

  @Test
  void aCommandThatBlocksIsWaitedFor() {
    try (var jedis = new Jedis("127.0.0.1", proxy.address().getPort(), 20_000)) {
      // All that the proxy connects for by itself is there.
      await().until(() -> jedis.info("holdfast").contains("command_table:live"));
      assertEquals(null, jedis.blpop(0.01, "q"));
      int before = relay.accepted();
      assertEquals(null, jedis.blpop(2, "q"));
      assertEquals(before, relay.accepted(), "its link is there, and nobody asks after it");
    }
  }
}
