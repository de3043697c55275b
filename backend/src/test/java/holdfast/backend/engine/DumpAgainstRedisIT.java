package holdfast.backend.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.RandomCommands;
import holdfast.backend.testing.RedisServer;
import holdfast.backend.testing.Wire;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** DUMP and RESTORE: each takes what the other gives, and refuses what the other refuses. */
class DumpAgainstRedisIT {
  private static RedisServer server;

  @BeforeAll
  static void startRedis() {
    server = RedisServer.start("--enable-debug-command", "yes");
  }

  @AfterAll
  static void stopRedis() {
    server.close();
  }

  private static String[] reading(String type, String key) {
    return switch (type) {
      case "string" -> new String[] {"GET", key};
      case "list" -> new String[] {"LRANGE", key, "0", "-1"};
      case "set" -> new String[] {"SORT", key, "ALPHA"};
      case "hash" -> new String[] {"HGETALL", key};
      case "zset" -> new String[] {"ZRANGE", key, "0", "-1", "WITHSCORES"};
      default -> throw new AssertionError(type);
    };
  }

  private static List<String> sorted(String type, Object reply) {
    var words = new ArrayList<String>();
    if (reply instanceof List<?> list && type.equals("hash")) {
      for (int i = 0; i < list.size(); i += 2) {
        words.add(list.get(i) + " = " + list.get(i + 1));
      }
      words.sort(null);
    } else {
      words.add(String.valueOf(reply));
    }
    return words;
  }

  @Test
  void valuesOfEveryKindGoThereAndBack() throws IOException {
    var ours = new InProcess();
    var mine = ours.connect();
    int compared = 0;
    try (var theirs = new Wire(server.address())) {
      for (long seed = 1; seed <= 6; seed++) {
        theirs.call("FLUSHALL");
        theirs.call("SELECT", "0");
        var commands = new RandomCommands(seed);
        for (int i = 0; i < 400; i++) {
          for (String[] command : commands.next()) {
            theirs.call(command);
          }
        }
        theirs.call("SELECT", "0");
        theirs.call("SET", "long", "v".repeat(5000));
        theirs.call("SET", "number", "-123456");
        for (int i = 0; i < 1000; i++) {
          theirs.call("RPUSH", "many", "element " + i);
          theirs.call("ZADD", "scores", Integer.toString(i * 7 % 31), "member" + i);
        }
        for (Object each : (List<?>) theirs.call("KEYS", "*")) {
          String key = String.valueOf(each);
          theirs.call("PERSIST", key);
          String type = theirs.text("TYPE", key).substring(1);
          if (type.equals("none")) {
            continue; // it has expired
          }
          String dump = theirs.text("DUMP", key);
          ours.nowMillis = System.currentTimeMillis();
          assertEquals("+OK\r\n", mine.call("RESTORE", key, "0", dump, "REPLACE"), key);
          String again = bulk(mine.call("DUMP", key));
          assertEquals("+OK", theirs.text("RESTORE", "\0copy", "0", again, "REPLACE"), key);
          assertEquals(
              sorted(type, theirs.call(reading(type, key))),
              sorted(type, theirs.call(reading(type, "\0copy"))),
              key);
          compared++;
        }
        theirs.call("DEL", "\0copy");
      }
    }
    assertTrue(compared > 50, compared + " values");
  }

  private static String bulk(String reply) {
    int end = reply.indexOf("\r\n");
    int length = Integer.parseInt(reply.substring(1, end));
    return reply.substring(end + 2, end + 2 + length);
  }

  @Test
  void damagedPayloadsAreRefused() throws IOException {
    var mine = new InProcess().connect();
    mine.call("RPUSH", "k", "a", "b", "c");
    byte[] payload = bulk(mine.call("DUMP", "k")).getBytes(ISO_8859_1);
    var random = new Random(1);
    for (int i = 0; i < 300; i++) {
      byte[] damaged = payload.clone();
      damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      assertEquals(
          "-ERR DUMP payload version or checksum are wrong\r\n",
          mine.call("RESTORE", "new", "0", new String(damaged, ISO_8859_1)));
    }
  }

  @Test
  void optionsAreTheSame() throws IOException {
    try (var differential = new Differential(server)) {
      differential.compare(
          7,
          4,
          400,
          "SET $k $v",
          "SADD $k { $m }",
          "!DUMP $k",
          "RESTORE $k $t $D",
          "RESTORE $k 0 $D [REPLACE]",
          "RESTORE $k $t $D [REPLACE] [IDLETIME $s] [FREQ $s]",
          "RESTORE $k $P $D REPLACE ABSTTL",
          "RESTORE $k $T $D REPLACE ABSTTL [x]",
          "RESTORE $k $i $v REPLACE",
          "DEL $k");
    }
  }
}
