package holdfast.proxy.runtime;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Subscribers that share a link, compared with those of a redis-server byte for byte. */
@Timeout(60)
class SubscriptionsIT {
  private static RedisServer alone;
  private static RedisServer backend;
  private static ProxyServer proxy;

  private Twins twins;

  @BeforeAll
  static void start() throws IOException {
    alone = RedisServer.start();
    backend = RedisServer.start();
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
    var server = new InetSocketAddress("127.0.0.1", alone.port());
    twins = new Twins(server, proxy.address());
    twins.open("p", 2);
  }

  @AfterEach
  void disconnect() throws IOException {
    twins.close();
    await().until(() -> backend.cli("PUBSUB", "CHANNELS").isEmpty());
  }

  @Test
  void everySubscriberHearsWhatItHasAndIsCounted() throws IOException {
    for (String name : List.of("a", "b", "c", "d")) {
      twins.open(name, name.equals("c") || name.equals("d") ? 3 : 2);
    }
    // On each loop there is another who has what the first gives up.
    for (String name : List.of("e", "f", "g", "h")) {
      twins.open(name, 2);
      twins.run(name, "SUBSCRIBE x", "PSUBSCRIBE x*");
    }
    twins.run("a", "SUBSCRIBE x y");
    twins.run("b", "SUBSCRIBE x");
    twins.run("c", "SUBSCRIBE x z");
    twins.run("d", "SUBSCRIBE x");
    twins.run("d", "PSUBSCRIBE x* z", "SSUBSCRIBE s");
    twins.run("a", "PSUBSCRIBE x*");
    twins.run("p", "PUBLISH x 1", "PUBLISH y 2", "PUBLISH z 3", "SPUBLISH s 4", "PUBLISH none 5");
    twins.run("p", "PUBSUB NUMSUB x y z none", "PUBSUB NUMPAT", "PUBSUB SHARDNUMSUB s x");
    twins.run("a", "UNSUBSCRIBE x");
    twins.run("c", "UNSUBSCRIBE x none", "PUNSUBSCRIBE", "UNSUBSCRIBE nothing");
    twins.run("p", "PUBLISH x 1", "PUBSUB NUMSUB x");
    twins.run("d", "UNSUBSCRIBE", "SUNSUBSCRIBE", "PUNSUBSCRIBE z", "GET k");
    twins.run("p", "PUBLISH x 1", "PUBLISH xx 2", "SPUBLISH s 3", "PUBSUB NUMSUB x");
    twins.run("b", "UNSUBSCRIBE x");
    twins.run("p", "PUBLISH x 1", "PUBSUB NUMSUB x");
    twins.run("e", "UNSUBSCRIBE");
    twins.run("f", "PUNSUBSCRIBE x*");
    twins.run("p", "PUBLISH x 1", "PUBSUB NUMSUB x");
    twins.assertNothingMore("a", "b", "c", "d", "e", "f", "g", "h", "p");
  }

  @Test
  void aSubscriberOfRespTwoMaySayLittleAndGoesOnAfterwards() throws IOException {
    twins.open("a", 2);
    twins.open("b", 2);
    twins.run("b", "SUBSCRIBE other");
    twins.run("a", "UNSUBSCRIBE", "PUNSUBSCRIBE q", "SUBSCRIBE c c", "GET k", "PING", "PING hello");
    twins.run("a", "SELECT 1", "SUBSCRIBE", "MULTI", "UNSUBSCRIBE c", "PING", "SELECT 1");
    twins.run("a", "SSUBSCRIBE s", "SUBSCRIBE c", "PSUBSCRIBE p", "SUNSUBSCRIBE", "UNSUBSCRIBE");
    twins.run("a", "PUNSUBSCRIBE", "PING", "SUBSCRIBE c", "RESET", "PING", "SUBSCRIBE d");
    twins.run("p", "PUBLISH c 1", "PUBLISH d 1", "PUBLISH other 2");
    twins.assertNothingMore("a", "b", "p");
  }

  @Test
  void aSubscriberOfRespThreeMaySayAnything() throws IOException {
    twins.open("a", 3);
    twins.run("a", "SUBSCRIBE c", "SET k 1", "GET k", "MULTI", "GET k", "EXEC");
    twins.run("a", "SELECT 2", "GET k", "SELECT 0", "RPUSH l 1", "BLPOP l 0", "WATCH k", "UNWATCH");
    twins.run("p", "PUBLISH c 1");
    twins.run("a", "PING", "HELLO 3 SETNAME me", "CLIENT GETNAME", "UNSUBSCRIBE", "DEL k");
    twins.assertNothingMore("a", "p");
  }

  @Test
  void messagesComeWhereNoRepliesAreWanted() throws IOException {
    twins.open("a", 3);
    twins.runSilent("a", "CLIENT REPLY OFF");
    twins.run("a", "SUBSCRIBE c");
    twins.runSilent("a", "GET k");
    twins.run("p", "PUBLISH c 1");
    twins.run("a", "CLIENT REPLY ON");
    twins.assertNothingMore("a", "p");
  }

  /** As many links as there are loops and protocols, however many subscribers there are. */
  @Test
  void subscribersShareALink() throws IOException {
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < 100; i++) {
        Socket socket = PlainSocket.to(proxy);
        sockets.add(socket);
        PlainSocket.send(socket, "SUBSCRIBE all own" + i + "\r\n");
        for (int line = 0; line < 12; line++) {
          PlainSocket.line(socket);
        }
      }
      long links = backend.cli("CLIENT", "LIST", "TYPE", "pubsub").lines().count();
      assertEquals(2, links, "one per loop");
      backend.cli("PUBLISH", "all", "m");
      backend.cli("PUBLISH", "own7", "m");
      for (Socket socket : sockets) {
        assertEquals("*3", PlainSocket.line(socket));
        for (int line = 0; line < 6; line++) {
          PlainSocket.line(socket);
        }
      }
      assertEquals("*3", PlainSocket.line(sockets.get(7)));
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }
}
