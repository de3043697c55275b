package holdfast.backend.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.command.CommandFacts;
import holdfast.backend.command.CommandReply;
import holdfast.backend.command.CommandTable;
import holdfast.backend.resp.RespReader;
import java.util.Arrays;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class EngineTest {
  private final InProcess process = new InProcess();
  private final InProcess.Connection client = process.connect();

  @Test
  void theSlowLogKeepsTheNewestAndCutsWhatIsLong() {
    client.call("CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "2");
    client.call("SLOWLOG", "RESET");
    client.call("CLIENT", "SETNAME", "me");
    client.call("SET", "k", "v".repeat(200));
    client.call("MULTI");
    client.call("SADD", "s", "1");
    client.call("EXEC");
    assertEquals(":2\r\n", client.call("SLOWLOG", "LEN"));
    client.call("CONFIG", "SET", "slowlog-log-slower-than", "-1");
    client.call("GET", "k");
    String log = client.call("SLOWLOG", "GET", "-1");
    assertTrue(log.startsWith("*2\r\n*6\r\n"), log);
    assertFalse(log.contains("\r\nGET\r\n"), log);
    client.call("CONFIG", "SET", "slowlog-log-slower-than", "0");
    client.call("SLOWLOG", "RESET");
    String[] many = new String[40];
    Arrays.fill(many, "a".repeat(130));
    many[0] = "DEL";
    client.call(many);
    log = client.call("SLOWLOG", "GET", "1");
    assertTrue(log.contains("... (2 more bytes)"), log);
    assertTrue(log.contains("... (9 more arguments)"), log);
    assertTrue(log.endsWith("$14\r\n127.0.0.1:1000\r\n$2\r\nme\r\n"), log);
  }

  @Test
  void answersUnknownCommandsWithTheirArguments() {
    assertEquals(
        "-ERR unknown command 'NOPE', with args beginning with: 'a' 'b' \r\n",
        client.call("NOPE", "a", "b"));
  }

  @Test
  void checksTheNumberOfArguments() {
    assertEquals("-ERR wrong number of arguments for 'get' command\r\n", client.call("GET"));
  }

  @Test
  void readsNothingFromAnEmptyDatabase() {
    assertEquals("$-1\r\n", client.call("get", "a"));
  }

  @Test
  void whatItSaysOfItselfReadsBackAsATable() {
    for (String protocol : new String[] {"2", "3"}) {
      client.call("HELLO", protocol);
      byte[] reply = client.call("COMMAND").getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
      CommandTable read = CommandReply.read(RespReader.read(reply));
      for (CommandFacts facts : read.commands()) {
        CommandFacts known = process.engine.table().find(facts.name());
        assertEquals(known.arity(), facts.arity(), facts.name());
        assertEquals(known.flags(), facts.flags(), facts.name());
        assertEquals(known.keySpecs(), facts.keySpecs(), facts.name());
      }
    }
  }

  @Test
  void infoHasItsSectionsInOrder() {
    client.call("SET", "k", "1", "EX", "100");
    String info = client.call("INFO");
    String[] wanted = {
      "# Server\r\nredis_version:7.0.15",
      "run_id:" + "0".repeat(40),
      "# Clients\r\nconnected_clients:1",
      "# Stats",
      "# Replication\r\nrole:master",
      "# CPU",
      "# Keyspace\r\ndb0:keys=1,expires=1,avg_ttl=0"
    };
    int at = 0;
    for (String part : wanted) {
      int found = info.indexOf(part, at);
      assertTrue(found >= at, part + " in " + info);
      at = found;
    }
    assertTrue(!client.call("INFO", "server").contains("# Clients"));
  }

  @Test
  void configurationIsSetAsAWholeOrNotAtAll() {
    assertEquals(
        "-ERR CONFIG SET failed (possibly related to argument 'min-replicas-to-write') - argument"
            + " couldn't be parsed into an integer\r\n",
        client.call(
            "CONFIG", "SET", "replica-serve-stale-data", "no", "min-replicas-to-write", "x"));
    assertEquals(
        "*2\r\n$24\r\nreplica-serve-stale-data\r\n$3\r\nyes\r\n",
        client.call("CONFIG", "GET", "replica-serve-stale-*"));
  }

  @Test
  void debugIsRefusedUntilAllowed() {
    assertEquals(
        "-ERR DEBUG command not allowed.", client.call("DEBUG", "SLEEP", "0").substring(0, 31));
    process.engine.debug().allow(DebugCommand.Access.YES);
    assertEquals("+OK\r\n", client.call("DEBUG", "SLEEP", "0"));
  }

  @Test
  void scanFindsEveryKeyWhileTheTableGrows() {
    for (int i = 0; i < 500; i++) {
      client.call("SET", "k" + i, "1");
    }
    var found = new HashSet<String>();
    String cursor = "0";
    int more = 0;
    do {
      String[] lines = client.call("SCAN", cursor, "COUNT", "20").split("\r\n");
      cursor = lines[2];
      found.addAll(Arrays.asList(lines));
      for (int i = 0; i < 50; i++) {
        client.call("SET", "new" + more++, "1");
      }
    } while (!cursor.equals("0"));
    for (int i = 0; i < 500; i++) {
      assertTrue(found.contains("k" + i), "k" + i);
    }
  }
}
