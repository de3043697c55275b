package holdfast.health.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Voters beside real redis-sentinel processes before the same servers: asked the same, they answer
 * in the same shape, and they publish the same events.
 */
class SentinelFaceIT {
  private static final List<List<String>> SAME_ANSWER =
      List.of(
          List.of("SENTINEL"),
          List.of("SENTINEL", "foo"),
          List.of("SENTINEL", "master"),
          List.of("SENTINEL", "master", "other"),
          List.of("SENTINEL", "replicas", "other"),
          List.of("SENTINEL", "sentinels", "other"),
          List.of("SENTINEL", "ckquorum"),
          List.of("SENTINEL", "ckquorum", "other"),
          List.of("SENTINEL", "get-master-addr-by-name"),
          List.of("SENTINEL", "get-master-addr-by-name", "other"),
          List.of("SENTINEL", "get-master-addr-by-name", "mymaster"),
          List.of("SENTINEL", "reset"),
          List.of("SENTINEL", "reset", "other*"),
          List.of("SENTINEL", "remove", "other"),
          List.of("SENTINEL", "set", "other", "quorum", "2"),
          List.of("SENTINEL", "set", "mymaster", "foo", "1"),
          List.of("SENTINEL", "monitor", "mymaster", "127.0.0.1", "1", "2"),
          List.of("SENTINEL", "flushconfig"),
          List.of("SENTINEL", "pending-scripts"),
          List.of("SENTINEL", "simulate-failure", "foo"),
          List.of("SENTINEL", "is-master-down-by-addr", "a"),
          List.of("SENTINEL", "is-master-down-by-addr", "127.0.0.1", "1", "0", "*"),
          List.of("PUBLISH", "a", "b"),
          List.of("ROLE"),
          List.of("SUBSCRIBE"));

  @Test
  void answersAsARealSentinelDoesAskedTheSame() {
    try (var one = RedisServer.start("--repl-diskless-sync-delay", "0");
        var two = RedisServer.start("--repl-diskless-sync-delay", "0");
        var voters = new VoterCluster(List.of(address(one), address(two)))) {
      AcceptedRecord record = voters.awaitEpoch(1);
      RedisServer replica = record.master().equals(address(one)) ? two : one;
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> replica.cli("INFO", "replication").contains("master_link_status:up"));
      try (var first = new SentinelProcess("mymaster", record.master().port(), 2);
          var second = new SentinelProcess("mymaster", record.master().port(), 2)) {
        await()
            .atMost(Duration.ofSeconds(30))
            .ignoreExceptions()
            .until(() -> discovered(first.port()) && discovered(second.port()));
        try (var real = new Jedis("127.0.0.1", first.port());
            var ours = new Jedis("127.0.0.1", voters.addresses().getFirst().port())) {
          for (List<String> command : SAME_ANSWER) {
            assertEquals(answer(real, command), answer(ours, command), command::toString);
          }
          sameFields(real.sentinelMasters().getFirst(), ours.sentinelMasters().getFirst());
          sameFields(real.sentinelMaster("mymaster"), ours.sentinelMaster("mymaster"));
          sameFields(
              real.sentinelReplicas("mymaster").getFirst(),
              ours.sentinelReplicas("mymaster").getFirst());
          sameFields(
              real.sentinelSentinels("mymaster").getFirst(),
              ours.sentinelSentinels("mymaster").getFirst());
          String quorum = "OK 3 usable Sentinels. Quorum and failover authorization can be reached";
          assertEquals(quorum, answer(ours, List.of("SENTINEL", "ckquorum", "mymaster")));
          assertEquals(
              quorum.substring(4),
              answer(real, List.of("SENTINEL", "ckquorum", "mymaster")).substring(4));
          assertEquals(40, ours.sentinelMyId().length());
          var cached = (List<?>) Wire.send(ours, List.of("SENTINEL", "INFO-CACHE", "mymaster"));
          assertEquals(2, ((List<?>) cached.get(1)).size());
          String masters = "sentinel_masters:1";
          assertTrue(real.info("sentinel").contains(masters));
          assertTrue(ours.info("sentinel").contains(masters));
        }
      }
    }
  }

  @Test
  void isFoundByARealSentinelThroughItsHello() {
    try (var one = RedisServer.start();
        var voters = new VoterCluster(List.of(address(one)), 1);
        var ours = new Jedis("127.0.0.1", voters.addresses().getFirst().port());
        var sentinel = new SentinelProcess("mymaster", one.port(), 2)) {
      voters.awaitEpoch(1);
      String self = ours.sentinelMyId();
      await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .until(
              () -> {
                try (var real = new Jedis("127.0.0.1", sentinel.port())) {
                  Map<String, String> found = real.sentinelSentinels("mymaster").getFirst();
                  return self.equals(found.get("runid"))
                      && found.get("flags").equals("sentinel")
                      && found.get("port").equals("" + voters.addresses().getFirst().port());
                }
              });
      // But nobody becomes a voter by saying so.
      assertTrue(ours.sentinelSentinels("mymaster").isEmpty());
    }
  }

  @Test
  void refusesWhatOnlyTheRecordDecidesAndSaysWhatDoesIt() {
    try (var one = RedisServer.start();
        var voters = new VoterCluster(List.of(address(one)), 1);
        var ours = new Jedis("127.0.0.1", voters.addresses().getFirst().port())) {
      voters.awaitEpoch(1);
      String set = answer(ours, List.of("SENTINEL", "SET", "mymaster", "quorum", "1"));
      assertTrue(set.contains("voter.quorum"), set);
      String remove = answer(ours, List.of("SENTINEL", "REMOVE", "mymaster"));
      assertTrue(remove.startsWith("ERR") && remove.contains("stop the voters"), remove);
      String monitor = answer(ours, List.of("SENTINEL", "MONITOR", "b", "127.0.0.1", "1", "1"));
      assertTrue(monitor.contains("voters of its own"), monitor);
      String crash = answer(ours, List.of("SENTINEL", "SIMULATE-FAILURE", "crash-after-election"));
      assertTrue(crash.contains("kill its process"), crash);
      assertEquals("PONG", ours.ping());
      String config = answer(ours, List.of("SENTINEL", "CONFIG", "GET", "announce-*"));
      assertTrue(config.contains("announce-ip") && !config.contains("sentinel-pass"), config);
    }
  }

  @Test
  void publishesTheEventsOfASwitchByNameAndByPattern() throws InterruptedException {
    try (var one = RedisServer.start("--repl-diskless-sync-delay", "0");
        var two = RedisServer.start("--repl-diskless-sync-delay", "0");
        var voters = new VoterCluster(List.of(address(one), address(two)))) {
      AcceptedRecord record = voters.awaitEpoch(1);
      RedisServer master = record.master().equals(address(one)) ? one : two;
      RedisServer replica = master == one ? two : one;
      awaitCaughtUp(replica);
      var listeners = new ArrayList<Listener>();
      try {
        for (NodeAddress voter : voters.addresses()) {
          listeners.add(new Listener(voter, "*"));
        }
        listeners.add(new Listener(voters.addresses().getFirst(), "+switch-*"));
        for (Listener listener : listeners) {
          listener.awaitSubscribed();
        }
        master.kill9();
        AcceptedRecord next = voters.awaitEpoch(record.epoch() + 1);
        String old = "mymaster 127.0.0.1 " + master.port();
        String was = " @ " + old;
        String slave = "slave 127.0.0.1:" + replica.port() + " 127.0.0.1 " + replica.port();
        String moved = "+switch-master " + old + " 127.0.0.1 " + replica.port();
        for (Listener listener : listeners) {
          listener.await(moved);
        }
        for (Listener listener : listeners.subList(0, 3)) {
          listener.await("+new-epoch " + next.epoch());
          listener.await(
              "+slave slave 127.0.0.1:"
                  + master.port()
                  + " 127.0.0.1 "
                  + master.port()
                  + " @ mymaster 127.0.0.1 "
                  + replica.port());
          listener.await("+sdown slave 127.0.0.1:" + master.port());
        }
        assertEquals(List.of(moved), listeners.get(3).heard());
        List<String> leader =
            listeners.stream()
                .map(Listener::heard)
                .filter(heard -> heard.stream().anyMatch(e -> e.startsWith("+elected-leader")))
                .findFirst()
                .orElseThrow();
        var wanted =
            new ArrayList<>(
                List.of(
                    "+sdown master " + old,
                    "+odown master " + old + " #quorum 2/2",
                    "+try-failover master " + old,
                    "+elected-leader master " + old,
                    "+failover-state-select-slave master " + old,
                    "+selected-slave " + slave + was,
                    "+promoted-slave " + slave + was,
                    "+switch-master " + old + " 127.0.0.1 " + replica.port(),
                    "+failover-end master mymaster 127.0.0.1 " + replica.port()));
        leader.forEach(event -> wanted.removeIf(next2 -> isNext(wanted, next2, event)));
        assertTrue(wanted.isEmpty(), () -> "not seen in order: " + wanted + " of " + leader);
        master.restart();
        listeners.getFirst().await("-sdown slave 127.0.0.1:" + master.port());
        listeners.getFirst().await("+slave-reconf-done slave 127.0.0.1:" + master.port());
      } finally {
        listeners.forEach(Listener::close);
      }
    }
  }

  private static boolean isNext(List<String> wanted, String candidate, String event) {
    return candidate.equals(event) && wanted.getFirst().equals(candidate);
  }

  /** What one connection hears. */
  private static final class Listener implements AutoCloseable {
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final Jedis jedis;
    private final JedisPubSub pubSub =
        new JedisPubSub() {
          @Override
          public void onPMessage(String pattern, String channel, String message) {
            heard.add(channel + " " + message);
          }
        };

    Listener(NodeAddress voter, String pattern) {
      jedis = new Jedis("127.0.0.1", voter.port(), 60_000);
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  jedis.psubscribe(pubSub, pattern);
                } catch (RuntimeException e) {
                  heard.add("broken: " + e);
                }
              });
    }

    void awaitSubscribed() {
      org.awaitility.Awaitility.await().until(pubSub::isSubscribed);
    }

    void await(String start) {
      org.awaitility.Awaitility.await(start)
          .atMost(Duration.ofSeconds(20))
          .pollInterval(Duration.ofMillis(10))
          .until(() -> heard.stream().anyMatch(event -> event.startsWith(start)));
    }

    List<String> heard() {
      return List.copyOf(heard);
    }

    @Override
    public void close() {
      jedis.close();
    }
  }

  private static void sameFields(Map<String, String> real, Map<String, String> ours) {
    assertEquals(List.copyOf(real.keySet()), List.copyOf(ours.keySet()));
    for (String key :
        Stream.of("name", "ip", "port", "runid", "flags", "role-reported", "replica-announced")
            .filter(real::containsKey)
            .toList()) {
      // Sentinels name each other by their own run ids.
      if (!(real.get("flags").equals("sentinel")
          && List.of("name", "port", "runid").contains(key))) {
        assertEquals(real.get(key), ours.get(key), key);
      }
    }
    assertEquals(real.get("runid").length(), ours.get("runid").length());
  }

  private static boolean discovered(int port) {
    try (var jedis = new Jedis("127.0.0.1", port)) {
      return !jedis.sentinelSentinels("mymaster").isEmpty()
          && jedis.sentinelReplicas("mymaster").size() == 1
          && jedis.sentinelReplicas("mymaster").getFirst().get("flags").equals("slave")
          && jedis.sentinelSentinels("mymaster").getFirst().get("flags").equals("sentinel");
    }
  }

  private static void awaitCaughtUp(RedisServer replica) {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              String info = replica.cli("INFO", "replication");
              return info.contains("master_link_status:up")
                  && !info.contains("slave_repl_offset:0\r")
                  && !info.contains("slave_repl_offset:1\r");
            });
  }

  private static String answer(Jedis jedis, List<String> command) {
    try {
      return text(Wire.send(jedis, command));
    } catch (JedisDataException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static String text(@Nullable Object value) {
    return switch (value) {
      case null -> "nil";
      case byte[] bytes -> new String(bytes, UTF_8);
      case List<?> list -> list.stream().map(SentinelFaceIT::text).toList().toString();
      default -> value.toString();
    };
  }

  private static NodeAddress address(RedisServer server) {
    return new NodeAddress("127.0.0.1", server.port());
  }
}
