package holdfast.health.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.exceptions.JedisDataException;

/** What a single voter answers on its port, and how it refuses to start. */
class VoterPortIT {
  @TempDir private Path folder;

  @Test
  void answersSentinelClientsAndTellsThemOfASwitch() throws InterruptedException {
    try (var one = RedisServer.start("--repl-diskless-sync-delay", "0");
        var two = RedisServer.start("--repl-diskless-sync-delay", "0")) {
      var backends = List.of(address(one), address(two));
      try (var voters = new VoterCluster(backends, 1);
          var jedis = new Jedis("127.0.0.1", voters.addresses().getFirst().port())) {
        AcceptedRecord record = voters.awaitEpoch(1);
        assertEquals("PONG", jedis.ping());
        assertEquals(
            List.of("127.0.0.1", Integer.toString(record.master().port())),
            jedis.sentinelGetMasterAddrByName("mymaster"));
        assertEquals("mymaster", jedis.sentinelMasters().getFirst().get("name"));
        assertEquals("master", jedis.sentinelMaster("mymaster").get("flags"));
        assertEquals(40, jedis.sentinelMyId().length());
        Map<String, String> replica = jedis.sentinelReplicas("mymaster").getFirst();
        assertEquals("127.0.0.1", replica.get("ip"));
        assertTrue(jedis.sentinelSentinels("mymaster").isEmpty());
        assertTrue(text(jedis, "SENTINEL", "CKQUORUM", "mymaster").startsWith("OK 1 usable"));
        assertTrue(jedis.info().contains("master0:name=mymaster,status=ok"));
        assertEquals(1, jedis.sentinelReset("my*"));
        assertEquals(0, jedis.sentinelReset("your*"));
        assertThrows(JedisDataException.class, () -> jedis.sentinelMaster("other"));
        assertThrows(JedisDataException.class, () -> jedis.get("a"));
        awaitReplica(record.master().equals(address(one)) ? two : one);

        var heard = new LinkedBlockingQueue<String>();
        var listener =
            new JedisPubSub() {
              @Override
              public void onMessage(String channel, String message) {
                heard.add(message);
              }

              @Override
              public void onSubscribe(String channel, int count) {
                heard.add("subscribed");
              }
            };
        Thread.ofVirtual()
            .start(
                () -> {
                  try (var other = new Jedis("127.0.0.1", voters.addresses().getFirst().port())) {
                    other.subscribe(listener, "+switch-master");
                  }
                });
        assertEquals("subscribed", heard.poll(10, TimeUnit.SECONDS));
        (record.master().equals(address(one)) ? one : two).kill9();
        AcceptedRecord next = voters.awaitEpoch(record.epoch() + 1);
        assertEquals(
            "mymaster 127.0.0.1 " + record.master().port() + " 127.0.0.1 " + next.master().port(),
            heard.poll(10, TimeUnit.SECONDS));
        listener.unsubscribe();
      }
    }
  }

  @Test
  void wantsItsSecretBeforeAnythingElse() {
    var settings = settings(RedisServer.freePort()).withSecret("s3cret");
    try (var voter = VoterServer.start(settings);
        var jedis = new Jedis("127.0.0.1", voter.address().getPort())) {
      assertTrue(error(jedis, "HOLDFAST", "STATUS").startsWith("NOAUTH"));
      assertTrue(error(jedis, "AUTH", "wrong").startsWith("WRONGPASS"));
      assertEquals("OK", text(jedis, "AUTH", "s3cret"));
      assertTrue(text(jedis, "HOLDFAST", "STATUS").contains("master: none"));
    }
  }

  @Test
  void answersWhatItDoesNotKnowWithAnErrorAndClosesWhatIsNoProtocol() throws IOException {
    try (var voter = VoterServer.start(settings(RedisServer.freePort()));
        var jedis = new Jedis("127.0.0.1", voter.address().getPort());
        var socket = new Socket(InetAddress.getLoopbackAddress(), voter.address().getPort())) {
      assertTrue(error(jedis, "SET", "a", "1").contains("this is a voter"));
      assertTrue(error(jedis, "HOLDFAST", "LEASE", "1").contains("LEASE with"));
      assertTrue(error(jedis, "HOLDFAST", "PEER", "9", "v", "HELLO", "x").contains("version 9"));
      assertTrue(error(jedis, "HOLDFAST", "DECIDE", "nowhere:1").contains("none of the backends"));
      assertTrue(error(jedis, "HOLDFAST", "DANCE").contains("HOLDFAST HELP"));
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write("*1\r\n$9999999999\r\n".getBytes(UTF_8));
      String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
      assertTrue(answer.startsWith("-ERR Protocol error"), answer);
    }
  }

  @Test
  void refusesToStartInOneLine() {
    VoterSettings settings = settings(RedisServer.freePort());
    try (var voter = VoterServer.start(settings)) {
      assertTrue(
          startError(settings).contains("in use by another voter"), voter.address()::toString);
      VoterSettings taken =
          VoterSettings.of(
              settings.listen(), List.of(), List.of(new NodeAddress("h", 1)), folder.resolve("b"));
      assertTrue(startError(taken).contains("cannot listen on " + settings.listen()));
    }
    VoterSettings other =
        VoterSettings.of(
            new NodeAddress("127.0.0.1", RedisServer.freePort()),
            List.of(),
            List.of(new NodeAddress("h", 1)),
            settings.data());
    assertTrue(startError(other).contains("is the data folder of voter"));
  }

  private static String startError(VoterSettings settings) {
    return String.valueOf(
        assertThrows(VoterStartException.class, () -> VoterServer.start(settings).close())
            .getMessage());
  }

  private VoterSettings settings(int port) {
    return VoterSettings.of(
        new NodeAddress("127.0.0.1", port),
        List.of(),
        List.of(new NodeAddress("127.0.0.1", 1)),
        folder.resolve("a"));
  }

  private static NodeAddress address(RedisServer server) {
    return new NodeAddress("127.0.0.1", server.port());
  }

  /** Until its link is up and the voter's nudge has moved its offset to where it counts. */
  private static void awaitReplica(RedisServer server) {
    try (var jedis = new Jedis("127.0.0.1", server.port())) {
      await()
          .ignoreExceptions()
          .until(
              () -> {
                String info = jedis.info("replication");
                return info.contains("master_link_status:up")
                    && !info.contains("slave_repl_offset:0\r")
                    && !info.contains("slave_repl_offset:1\r");
              });
    }
  }

  private static String text(Jedis jedis, String... command) {
    return new String((byte[]) Wire.send(jedis, List.of(command)), UTF_8);
  }

  private static String error(Jedis jedis, String... command) {
    return String.valueOf(
        assertThrows(JedisDataException.class, () -> Wire.send(jedis, List.of(command)))
            .getMessage());
  }
}
