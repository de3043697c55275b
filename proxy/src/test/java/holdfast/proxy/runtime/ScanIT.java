package holdfast.proxy.runtime;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.Wire;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Iterations with SCAN and its kin, through switches too: whatever was there all along is met. */
@Timeout(120)
class ScanIT {
  private static final int ELEMENTS = 3000;

  private FakeQuorum quorum;
  private ProxyServer proxy;

  @BeforeEach
  void start() throws IOException {
    quorum = new FakeQuorum();
    proxy = ProxyServer.start(ProxySettings.of("127.0.0.1", 0, quorum.topology()).withLoops(2));
    quorum.activate(0);
    try (var wire = new Wire(proxy.address())) {
      for (int i = 0; i < ELEMENTS; i++) {
        wire.send("SET", "k" + i, "v");
        wire.send("SADD", "s", "m" + i);
        wire.send("HSET", "h", "m" + i, "v");
        wire.send("ZADD", "z", "1", "m" + i);
      }
      for (int i = 0; i < 4 * ELEMENTS; i++) {
        wire.read();
      }
    }
    quorum.awaitReplica(1);
    quorum.awaitReplica(2);
  }

  @AfterEach
  void stop() {
    proxy.close();
    quorum.close();
  }

  private void switchTo(int master) {
    quorum.follow(master);
    quorum.activate(master);
    await().until(() -> proxy.status().contains("master:" + quorum.address(master)));
  }

  /** One step; answers the next cursor. */
  private static String step(Wire wire, List<String> command, String cursor, Set<String> seen) {
    var words = new ArrayList<>(command);
    words.add(cursor);
    words.addAll(List.of("COUNT", "50"));
    var reply = (List<?>) wire.call(words.toArray(new String[0]));
    int every = command.getFirst().equals("HSCAN") || command.getFirst().equals("ZSCAN") ? 2 : 1;
    var elements = (List<?>) reply.get(1);
    for (int i = 0; i < elements.size(); i += every) {
      seen.add((String) elements.get(i));
    }
    return (String) reply.get(0);
  }

  private static Set<String> expected(String prefix) {
    var all = new HashSet<String>();
    for (int i = 0; i < ELEMENTS; i++) {
      all.add(prefix + i);
    }
    return all;
  }

  /** Each time with a switch in the midst of it, and each step on another connection. */
  @Test
  void anIterationMissesNothingThoughTheMasterIsAnother() {
    var commands =
        List.of(
            List.of("SCAN"), List.of("SSCAN", "s"), List.of("HSCAN", "h"), List.of("ZSCAN", "z"));
    int master = 0;
    for (List<String> command : commands) {
      var seen = new HashSet<String>();
      String cursor = "0";
      int steps = 0;
      do {
        try (var wire = new Wire(proxy.address())) {
          cursor = step(wire, command, cursor, seen);
        }
        steps++;
        if (steps == 20) {
          master = 1 - master;
          switchTo(master);
        }
      } while (!cursor.equals("0") && steps < 10_000);
      String prefix = command.getFirst().equals("SCAN") ? "k" : "m";
      seen.removeAll(Set.of("s", "h", "z"));
      assertEquals(expected(prefix), seen, command.getFirst() + " in " + steps + " steps");
      assertTrue(steps > 60, "it began again: " + steps + " steps");
    }
  }

  /** The servers' own cursors do not do that, or the test above would prove nothing. */
  @Test
  void aCursorOfAnotherServerMisses() {
    var seen = new HashSet<String>();
    String cursor = "0";
    try (var first = direct(0);
        var second = direct(1)) {
      for (int i = 0; i < 20; i++) {
        cursor = step(first, List.of("SCAN"), cursor, seen);
      }
      while (!cursor.equals("0")) {
        cursor = step(second, List.of("SCAN"), cursor, seen);
      }
    }
    assertTrue(seen.size() < ELEMENTS, seen.size() + " seen");
  }

  private Wire direct(int server) {
    return new Wire(new InetSocketAddress("127.0.0.1", quorum.server(server).port()));
  }

  @Test
  void aCursorGoesOnWhereItIsWithoutASwitch() {
    var seen = new HashSet<String>();
    try (var wire = new Wire(proxy.address());
        var other = new Wire(proxy.address());
        var direct = direct(0)) {
      String cursor = step(wire, List.of("SCAN"), "0", seen);
      assertTrue(Long.parseLong(cursor) >= 1L << 52, cursor);
      var here = new HashSet<String>();
      var there = new HashSet<String>();
      assertEquals(
          step(wire, List.of("SCAN"), cursor, here),
          step(other, List.of("SCAN"), cursor, there),
          "two may share a cursor");
      assertEquals(here, there);
      assertTrue(here.stream().noneMatch(seen::contains), "it went on");
      // A cursor of the server's own, from a script or inside EXEC, is the server's business.
      var raw = new HashSet<String>();
      var through = new HashSet<String>();
      String own = step(direct, List.of("SCAN"), "0", raw);
      raw.clear();
      step(direct, List.of("SCAN"), own, raw);
      step(wire, List.of("SCAN"), own, through);
      assertEquals(raw, through);
    }
  }

  @Test
  void whatTheServerRefusesItRefusesInItsWords() {
    try (var wire = new Wire(proxy.address());
        var direct = direct(0)) {
      for (String words :
          List.of(
              "SCAN x",
              "SCAN",
              "SCAN 0 COUNT",
              "SCAN 0 COUNT 0",
              "SSCAN k0 0",
              "SSCAN nosuch 0",
              "HSCAN h 99999999999999999999",
              "SCAN 0 MATCH nothing COUNT 100000")) {
        String[] command = words.split(" ");
        assertEquals(direct.text(command), wire.text(command), words);
      }
    }
  }

  /** Cursors from outside are understood inside; those of EXEC are the server's own. */
  @Test
  void anIterationMayPassThroughTransactions() {
    var seen = new HashSet<String>();
    try (var wire = new Wire(proxy.address())) {
      String cursor = "0";
      int steps = 0;
      do {
        cursor = step(wire, List.of("SCAN"), cursor, seen);
        steps++;
        if (steps % 3 == 0 && !cursor.equals("0")) {
          assertEquals("+OK", wire.text("WATCH", "k1"));
          cursor = step(wire, List.of("SCAN"), cursor, seen);
          assertEquals("+OK", wire.text("MULTI"));
          if (!cursor.equals("0")) {
            assertEquals("+QUEUED", wire.text("SCAN", cursor, "COUNT", "50"));
            var replies = (List<?>) wire.call("EXEC");
            var reply = (List<?>) replies.getFirst();
            cursor = (String) reply.get(0);
            ((List<?>) reply.get(1)).forEach(each -> seen.add((String) each));
          } else {
            assertEquals("+OK", wire.text("DISCARD"));
          }
        }
      } while (!cursor.equals("0") && steps < 10_000);
      seen.removeAll(Set.of("s", "h", "z"));
      assertEquals(expected("k"), seen);
      assertTrue(steps < 200, steps + " steps: it began again");
    }
  }

  /** A reply so long that it comes in pieces has its cursor changed too. */
  @Test
  void longRepliesHaveTheirCursorsToo() {
    try (var wire = new Wire(proxy.address())) {
      for (int i = 0; i < 400; i++) {
        wire.call("SET", "long" + i + "x".repeat(1000), "v");
      }
      var reply = (List<?>) wire.call("SCAN", "0", "COUNT", "2800");
      String cursor = (String) reply.get(0);
      assertTrue(String.valueOf(reply.get(1)).length() > 200_000, "in pieces");
      assertTrue(Long.parseLong(cursor) >= 1L << 52, cursor);
      switchTo(1);
      var again = (List<?>) wire.call("SCAN", cursor, "COUNT", "100000");
      assertEquals("0", again.get(0));
      assertEquals(
          ELEMENTS + 403, ((List<?>) again.get(1)).size(), "all of it, from the beginning");
    }
  }

  /** One that was under way when its master went begins again too. */
  @Test
  void aStepThatIsSentAgainBeginsAgain() {
    try (var wire = new Wire(proxy.address())) {
      var seen = new HashSet<String>();
      String cursor = "0";
      for (int i = 0; i < 20; i++) {
        cursor = step(wire, List.of("SCAN"), cursor, seen);
      }
      assertNotEquals("0", cursor);
      quorum.server(0).sigstop();
      wire.send("SCAN", cursor, "COUNT", "100000");
      quorum.server(1).cli("REPLICAOF", "NO", "ONE");
      quorum.replicate(2, 1);
      quorum.activate(1);
      var reply = (List<?>) wire.read();
      assertEquals("0", reply.get(0));
      assertEquals(ELEMENTS + 3, ((List<?>) reply.get(1)).size());
      quorum.server(0).sigcont();
    }
  }
}
