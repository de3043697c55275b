package holdfast.proxy.runtime;

import static holdfast.proxy.runtime.PlainSocket.line;
import static holdfast.proxy.runtime.PlainSocket.send;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.routing.read.ReadPolicy;
import holdfast.routing.read.ReadRule;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.TrackingArgs;
import io.lettuce.core.support.caching.CacheAccessor;
import io.lettuce.core.support.caching.CacheFrontend;
import io.lettuce.core.support.caching.ClientSideCaching;
import java.io.IOException;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.csc.DefaultCache;

/** What clients that track keys, and many subscribers, see when the master changes. */
@Timeout(60)
class TrackingSwitchIT {
  private FakeQuorum quorum;
  private ProxyServer proxy;

  @BeforeEach
  void start() throws IOException {
    quorum = new FakeQuorum();
    proxy = ProxyServer.start(ProxySettings.of("127.0.0.1", 0, quorum.topology()).withLoops(2));
    quorum.activate(0);
  }

  @AfterEach
  void stop() {
    proxy.close();
    quorum.close();
  }

  private void killAndPromote() {
    quorum.awaitReplica(1);
    quorum.server(0).kill9();
    quorum.follow(1);
    quorum.activate(1);
  }

  /** A client that speaks RESP3 and has sent this, the answer to which is OK. */
  private Socket client3(String command) throws IOException {
    Socket socket = PlainSocket.to(proxy);
    send(socket, "HELLO 3\r\n" + command + "\r\n");
    while (!line(socket).equals("*0")) {
      // HELLO ends with an empty list of modules
    }
    assertEquals("+OK", line(socket));
    return socket;
  }

  private static void assertLines(Socket socket, String... expected) throws IOException {
    for (String each : expected) {
      assertEquals(each, line(socket));
    }
  }

  private static void assertChanged(Socket socket, String key) throws IOException {
    assertLines(socket, ">2", "$10", "invalidate", "*1", "$" + key.length(), key);
  }

  private static void assertAllChanged(Socket socket) throws IOException {
    assertLines(socket, ">2", "$10", "invalidate", "_");
  }

  @Test
  void allKeysAreTakenForChangedAndThenTrackedAtTheNextMaster() throws Exception {
    try (Socket client = client3("CLIENT TRACKING ON")) {
      send(client, "SET k 1\r\nGET k\r\n");
      assertLines(client, "+OK", "$1", "1");
      killAndPromote();
      assertAllChanged(client);
      send(client, "GET k\r\nCLIENT TRACKINGINFO\r\n");
      assertLines(client, "$1", "1", "%3", "$5", "flags", "~1", "$2", "on");
      assertLines(client, "$8", "redirect", ":0", "$8", "prefixes", "*0");
      quorum.server(1).cli("SET", "k", "2");
      assertChanged(client, "k");
    }
  }

  /** It sends nothing: others may read what it is told of. */
  @Test
  void prefixesAreToldAtTheNextMasterWithoutACommand() throws Exception {
    try (Socket client = client3("CLIENT TRACKING ON BCAST PREFIX k")) {
      killAndPromote();
      assertAllChanged(client); // the link is lost
      assertAllChanged(client); // and another is there
      quorum.server(1).cli("SET", "key", "2");
      assertChanged(client, "key");
    }
  }

  @Test
  void whoGetsTheMessagesIsToldToo() throws Exception {
    try (Socket subscriber = PlainSocket.to(proxy);
        Socket client = PlainSocket.to(proxy)) {
      send(subscriber, "CLIENT ID\r\nSUBSCRIBE __redis__:invalidate\r\n");
      String id = line(subscriber).substring(1);
      assertLines(subscriber, "*3", "$9", "subscribe", "$20", "__redis__:invalidate", ":1");
      send(client, "CLIENT TRACKING ON OPTIN REDIRECT " + id + "\r\n");
      assertLines(client, "+OK");
      killAndPromote();
      assertLines(subscriber, "*3", "$7", "message", "$20", "__redis__:invalidate", "$-1");
      send(client, "CLIENT CACHING YES\r\nGET k\r\nGET j\r\n");
      assertLines(client, "+OK", "$-1", "$-1");
      quorum.server(1).cli("SET", "j", "2");
      quorum.server(1).cli("SET", "k", "2");
      assertLines(subscriber, "*3", "$7", "message", "$20", "__redis__:invalidate");
      assertLines(subscriber, "*1", "$1", "k");
    }
  }

  /** The link of one client breaks, and the master is what it was. */
  @Test
  void aLinkThatIsLostTakesNoTrackingWithIt() throws Exception {
    try (Socket client = client3("CLIENT TRACKING ON OPTIN")) {
      send(client, "CLIENT CACHING YES\r\nGET k\r\n");
      assertLines(client, "+OK", "_");
      String link =
          quorum
              .server(0)
              .cli("CLIENT", "LIST")
              .lines()
              .filter(each -> each.contains(" flags=t "))
              .map(each -> each.substring("id=".length(), each.indexOf(' ')))
              .findFirst()
              .orElseThrow();
      quorum.server(0).cli("CLIENT", "KILL", "ID", link);
      assertAllChanged(client);
      send(client, "CLIENT CACHING YES\r\nGET k\r\n");
      assertLines(client, "+OK", "_");
      quorum.server(0).cli("SET", "k", "2");
      assertChanged(client, "k");
    }
  }

  /** One that is under way when its master hangs is sent again, and must be tracked again. */
  @Test
  void aReadThatGoesOutAgainIsTrackedThere() throws Exception {
    try (Socket client = client3("CLIENT TRACKING ON OPTIN")) {
      quorum.awaitReplica(1);
      quorum.server(0).sigstop();
      send(client, "CLIENT CACHING YES\r\nGET k\r\nCLIENT CACHING YES\r\nMULTI\r\nGET j\r\n");
      assertLines(client, "+OK");
      await().until(() -> quorum.hinted(0));
      quorum.server(0).kill9();
      quorum.follow(1);
      quorum.activate(1);
      assertAllChanged(client);
      assertLines(client, "_", "+OK");
      assertAllChanged(client); // once more behind a reply that waited for another
      assertLines(client, "+OK", "+QUEUED");
      send(client, "EXEC\r\n");
      assertLines(client, "*1", "_");
      quorum.server(1).cli("SET", "k", "2");
      assertChanged(client, "k");
      quorum.server(1).cli("SET", "j", "2");
      assertChanged(client, "j");
    }
  }

  @Test
  void trackingThatIsAskedForWithoutAMasterBeginsWithTheNext() throws Exception {
    quorum.awaitReplica(1);
    try (Socket warm = client3("SET k 1")) {
      quorum.server(0).kill9();
      await().until(() -> quorum.hinted(0));
      try (Socket client = PlainSocket.to(proxy)) {
        send(client, "CLIENT TRACKING ON BCAST\r\nCLIENT TRACKINGINFO\r\n");
        quorum.follow(1);
        quorum.activate(1);
        assertLines(client, "+OK", "*6");
      }
      send(warm, "PING\r\n");
      assertLines(warm, "+PONG");
    }
  }

  /** A replica's reads the master does not know of. */
  @Test
  void whatATrackingClientReadsTheMasterIsAsked() throws Exception {
    proxy.close();
    proxy =
        ProxyServer.start(
            ProxySettings.of("127.0.0.1", 0, quorum.topology())
                .withLoops(1)
                .withReads(ReadRule.STANDARD.withPolicy(ReadPolicy.REPLICA_PREFERRED)));
    quorum.adopt(1, 2);
    quorum.server(0).cli("SET", "k", "1");
    quorum.awaitAllReported(0);
    try (Socket other = client3("SET j 1");
        Socket client = client3("CLIENT TRACKING ON")) {
      // Until the other's reads go to replicas, and so would the client's.
      await().until(() -> readsAtReplicas() > 20 || readBoth(other, client));
      send(client, "GET j\r\n");
      assertLines(client, "$1", "1");
      quorum.server(0).cli("SET", "j", "2");
      assertChanged(client, "j");
    }
  }

  private static boolean readBoth(Socket other, Socket client) throws IOException {
    for (Socket each : new Socket[] {other, client}) {
      send(each, "GET k\r\n");
      assertLines(each, "$1", "1");
    }
    return false;
  }

  private int readsAtReplicas() {
    int reads = 0;
    for (int i = 1; i <= 2; i++) {
      String[] parts = quorum.server(i).cli("INFO", "commandstats").split("cmdstat_get:calls=", -1);
      reads += parts.length < 2 ? 0 : Integer.parseInt(parts[1].split(",", -1)[0]);
    }
    return reads;
  }

  @Test
  void jedisForgetsWhatItHasCachedWhenTheMasterChanges() {
    var cache = new AnyVersionsCache();
    var config = DefaultJedisClientConfig.builder().protocol(RedisProtocol.RESP3).build();
    try (var jedis =
        redis.clients.jedis.RedisClient.builder()
            .hostAndPort("127.0.0.1", proxy.address().getPort())
            .clientConfig(config)
            .cache(cache)
            .build()) {
      quorum.server(0).cli("SET", "k", "1");
      assertEquals("1", jedis.get("k"));
      assertEquals("1", jedis.get("k"));
      assertEquals(1, cache.getStats().getHitCount());
      quorum.server(0).cli("SET", "k", "2");
      await().until(() -> jedis.get("k").equals("2"));
      killAndPromote();
      await().until(() -> !quorum.server(1).cli("SET", "k", "3").startsWith("READONLY"));
      await().until(() -> jedis.get("k").equals("3"));
      quorum.server(1).cli("SET", "k", "4");
      await().until(() -> jedis.get("k").equals("4"));
      assertTrue(cache.getStats().getFlushCount() > 0);
    }
  }

  /** Jedis's own refuses to work with servers before 7.4. */
  private static final class AnyVersionsCache extends DefaultCache {
    AnyVersionsCache() {
      super(100);
    }

    @Override
    public boolean compatibilityMode() {
      return true;
    }
  }

  @Test
  void lettuceForgetsAKeyThatHasChanged() {
    RedisClient client =
        RedisClient.create(RedisURI.create("127.0.0.1", proxy.address().getPort()));
    Map<String, String> cached = new ConcurrentHashMap<>();
    try (var connection = client.connect();
        CacheFrontend<String, String> cache =
            ClientSideCaching.enable(
                CacheAccessor.forMap(cached), connection, TrackingArgs.Builder.enabled())) {
      quorum.server(0).cli("SET", "k", "1");
      assertEquals("1", cache.get("k"));
      assertEquals("1", cached.get("k"));
      quorum.server(0).cli("SET", "k", "2");
      await().until(() -> !cached.containsKey("k"));
      assertEquals("2", cache.get("k"));
      killAndPromote();
      // It ignores that all keys may have changed, as it does after FLUSHALL: see the README.
      assertEquals("2", connection.sync().get("k"));
      quorum.server(1).cli("SET", "k", "3");
      await().until(() -> !cached.containsKey("k"));
    } finally {
      client.shutdown();
    }
  }

  /** Of many on one link each has what it had. */
  @Test
  void allSubscribersHaveTheirChannelsAtTheNextMaster() throws Exception {
    var sockets = new Socket[40];
    try {
      for (int i = 0; i < sockets.length; i++) {
        sockets[i] = PlainSocket.to(proxy);
        send(
            sockets[i], "SUBSCRIBE all own" + i + "\r\nPSUBSCRIBE p" + i + "*\r\nSSUBSCRIBE s\r\n");
        for (int l = 0; l < 24; l++) {
          line(sockets[i]);
        }
      }
      killAndPromote();
      for (Socket each : sockets) {
        send(each, "PING\r\n"); // answered when all is there again
        assertLines(each, "*2", "$4", "pong", "$0", "");
      }
      quorum.server(1).cli("PUBLISH", "all", "m");
      quorum.server(1).cli("PUBLISH", "own7", "m");
      quorum.server(1).cli("PUBLISH", "p8x", "m");
      quorum.server(1).cli("SPUBLISH", "s", "m");
      for (int i = 0; i < sockets.length; i++) {
        assertLines(sockets[i], "*3", "$7", "message", "$3", "all", "$1", "m");
        if (i == 7) {
          assertLines(sockets[i], "*3", "$7", "message", "$4", "own7", "$1", "m");
        }
        if (i == 8) {
          assertLines(sockets[i], "*4", "$8", "pmessage", "$3", "p8*", "$3", "p8x", "$1", "m");
        }
        assertLines(sockets[i], "*3", "$8", "smessage", "$1", "s", "$1", "m");
      }
    } finally {
      for (Socket each : sockets) {
        if (each != null) {
          each.close();
        }
      }
    }
  }
}
