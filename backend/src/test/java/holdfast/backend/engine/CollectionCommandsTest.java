package holdfast.backend.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a comparison with a real server cannot show: chance, time, bounds, who comes first. */
class CollectionCommandsTest {
  private static final String NO_ARRAY = "*-1\r\n";

  private final InProcess process = new InProcess();
  private final InProcess.Connection client = process.connect();
  private final InProcess.Connection other = process.connect();

  private static String bulk(String text) {
    return "$" + text.length() + "\r\n" + text + "\r\n";
  }

  private void addMembers(String command, String key, int count) {
    for (int i = 0; i < count; i++) {
      client.call(command, key, "m" + i);
    }
    process.effects();
    process.commands.clear();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 600, 1024, 1025, 2900, 2999})
  void replicasRemoveWhatSpopTook(int count) {
    addMembers("SADD", "s", 3000);
    InProcess replica = new InProcess();
    replica.engine.gate().replica(true);
    InProcess.Connection replicaClient = replica.connect();
    for (int i = 0; i < 3000; i++) {
      replica.engine.apply(
          new byte[][] {Words.bytes("SADD"), Words.bytes("s"), Words.bytes("m" + i)}, 0);
    }
    String popped = client.call("SPOP", "s", "" + count);
    assertTrue(popped.startsWith("*" + count + "\r\n"));
    for (byte[][] command : process.commands) {
      replica.engine.apply(command, replica.nowMillis);
    }
    assertEquals(
        RawReply.sorted(client.call("SMEMBERS", "s")),
        RawReply.sorted(replicaClient.call("SMEMBERS", "s")));
    assertEquals(":" + (3000 - count) + "\r\n", replicaClient.call("SCARD", "s"));
    List<String> effects = process.effects();
    assertEquals(count > 1024, effects.getFirst().equals("0 MULTI"), effects.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "SADD, SRANDMEMBER, 3", "SADD, SRANDMEMBER, 15", "SADD, SRANDMEMBER, -7",
    "HSET, HRANDFIELD, 3", "HSET, HRANDFIELD, 15", "HSET, HRANDFIELD, -7",
    "ZADD, ZRANDMEMBER, 3", "ZADD, ZRANDMEMBER, 15", "ZADD, ZRANDMEMBER, -7"
  })
  void randomMembersAreAllAboutAsFrequent(String add, String choose, int count) {
    for (int i = 0; i < 20; i++) {
      switch (add) {
        case "HSET" -> client.call(add, "k", "m" + i, "v");
        case "ZADD" -> client.call(add, "k", "1", "m" + i);
        default -> client.call(add, "k", "m" + i);
      }
    }
    int rounds = 2000;
    Map<String, Integer> seen = new HashMap<>();
    for (int round = 0; round < rounds; round++) {
      List<String> chosen = elements(client.call(choose, "k", "" + count));
      assertEquals(Math.abs(count), chosen.size());
      if (count > 0) {
        assertEquals(count, new HashSet<>(chosen).size(), "all different");
      }
      chosen.forEach(member -> seen.merge(member, 1, Integer::sum));
    }
    double expected = rounds * Math.abs(count) / 20.0;
    assertEquals(20, seen.size());
    seen.forEach(
        (member, times) ->
            // Within six standard deviations or more, wherever hashing has put the member.
            assertTrue(
                times > expected * 0.6 && times < expected * 1.5,
                member + " came " + times + " times, expected about " + expected));
  }

  private static List<String> elements(String arrayOfBulks) {
    List<String> out = new ArrayList<>();
    String[] lines = arrayOfBulks.split("\r\n");
    for (int i = 2; i < lines.length; i += 2) {
      out.add(lines[i]);
    }
    return out;
  }

  @ParameterizedTest
  @CsvSource({"HSET k f v, HRANDFIELD", "SADD k m, SRANDMEMBER", "ZADD k 1 m, ZRANDMEMBER"})
  void repeatedRandomMembersAreBounded(String setUp, String command) {
    client.call(setUp.split(" "));
    assertEquals(
        "-ERR value is out of range\r\n",
        client.call(command, "k", "" + (-RandomChoice.REPEATED_MAX - 1L)));
    assertEquals("-ERR value is out of range\r\n", client.call(command, "k", "" + -Long.MAX_VALUE));
    assertEquals("*1\r\n", client.call(command, "k", "" + Long.MAX_VALUE).substring(0, 4));
  }

  @Test
  void aWaitEndsAtItsTimeout() {
    assertEquals("", client.call("BLPOP", "l", "0.5"));
    process.advance(499);
    assertEquals("", client.received());
    process.advance(1);
    assertEquals(NO_ARRAY, client.received());
    client.call("RPUSH", "l", "1");
    assertEquals(":1\r\n", client.call("LLEN", "l"));
    assertEquals("", other.call("BZPOPMIN", "z", "0"));
    process.advance(1_000_000_000);
    assertEquals("", other.received());
  }

  @ParameterizedTest
  @CsvSource({
    "-1, timeout is negative",
    "-0.001, timeout is negative",
    "-inf, timeout is negative",
    "inf, timeout is negative",
    "1e300, timeout is negative",
    "9223372036854775807, timeout is negative",
    "x, timeout is not a float or out of range",
    "'', timeout is not a float or out of range",
    "nan, timeout is not a float or out of range"
  })
  void refusesATimeoutAsTheServerDoes(String timeout, String error) {
    assertEquals("-ERR " + error + "\r\n", client.call("BLPOP", "l", timeout));
    assertEquals("-ERR " + error + "\r\n", client.call("BZMPOP", timeout, "1", "z", "MIN"));
  }

  @Test
  void whoWaitedLongestIsServedFirst() {
    List<InProcess.Connection> waiting = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      InProcess.Connection next = process.connect();
      assertEquals("", next.call("BLPOP", "a", "b", "0"));
      waiting.add(next);
    }
    process.engine.disconnect(waiting.get(1).client);
    client.call("RPUSH", "b", "x", "y");
    assertEquals("*2\r\n" + bulk("b") + bulk("x"), waiting.get(0).received());
    assertEquals("", waiting.get(1).received());
    assertEquals("*2\r\n" + bulk("b") + bulk("y"), waiting.get(2).received());
    assertEquals("", waiting.get(3).received());
    assertEquals(1, process.engine.blocked().size());
    assertEquals(List.of("0 RPUSH b x y", "0 LPOP b", "0 LPOP b"), process.effects());
  }

  @Test
  void aKeyThatComesAndGoesServesNobody() {
    other.call("BLPOP", "l", "0");
    client.call("MULTI");
    client.call("RPUSH", "l", "1");
    client.call("DEL", "l");
    client.call("EXEC");
    assertEquals("", other.received());
    client.call("SET", "l", "text");
    assertEquals("", other.received());
    client.call("DEL", "l");
    client.call("RPUSH", "l", "2");
    assertEquals("*2\r\n" + bulk("l") + bulk("2"), other.received());
    assertFalse(other.client.isWaiting());
  }

  @Test
  void scansMeetAllThatStaysWhileOthersComeAndGo() {
    for (String[] kind :
        new String[][] {
          {"SADD", "SREM", "SSCAN"}, {"ZADD", "ZREM", "ZSCAN"}, {"HSET", "HDEL", "HSCAN"}
        }) {
      String key = kind[0];
      for (int i = 0; i < 1000; i++) {
        add(kind[0], key, "stays" + i);
      }
      Set<String> met = new TreeSet<>();
      String cursor = "0";
      int step = 0;
      do {
        String[] reply = client.call(kind[2], key, cursor, "COUNT", "20").split("\r\n");
        cursor = reply[2];
        for (String line : reply) {
          if (line.startsWith("stays")) {
            met.add(line);
          }
        }
        for (int i = 0; i < 50; i++, step++) {
          if (step < 3000) {
            add(kind[0], key, "other" + step);
          } else {
            client.call(kind[1], key, "other" + (step - 3000));
          }
        }
      } while (!cursor.equals("0"));
      assertEquals(1000, met.size(), kind[2]);
    }
  }

  private void add(String command, String key, String member) {
    switch (command) {
      case "HSET" -> client.call(command, key, member, "1");
      case "ZADD" -> client.call(command, key, "1", member);
      default -> client.call(command, key, member);
    }
  }

  @Test
  void whatWaitsIsLeftAloneByItsOwnTypesOnly() {
    other.call("BZPOPMIN", "k", "0");
    client.call("RPUSH", "k", "1");
    assertEquals("", other.received());
    client.call("DEL", "k");
    client.call("ZADD", "k", "1.5", "a");
    assertEquals("*3\r\n" + bulk("k") + bulk("a") + bulk("1.5"), other.received());
  }
}
