package holdfast.backend.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class OnceCommandTest {
  private final InProcess process = new InProcess();
  private final InProcess.Connection client = process.connect();

  private String once(int number, String... command) {
    var words = new String[command.length + 4];
    words[0] = "HOLDFAST.ONCE";
    words[1] = "hash";
    words[2] = Integer.toString(number % 4);
    words[3] = Integer.toString(number);
    System.arraycopy(command, 0, words, 4, command.length);
    return client.call(words);
  }

  @Test
  void askedAgainItAnswersTheSameAndExecutesNothing() {
    assertEquals(":1\r\n", once(1, "INCR", "n"));
    assertEquals(":1\r\n", once(1, "INCR", "n"));
    assertEquals(":2\r\n", once(2, "INCR", "n"));
    assertEquals(":1\r\n", once(1, "INCR", "n"));
    assertEquals("$1\r\n2\r\n", client.call("GET", "n"));
    assertEquals(":3\r\n", once(5, "INCR", "n"), "a later number in the same field");
  }

  @Test
  void errorsAreKeptToo() {
    client.call("SET", "s", "x");
    String error = "-ERR value is not an integer or out of range\r\n";
    assertEquals(error, once(1, "INCR", "s"));
    client.call("SET", "s", "1");
    assertEquals(error, once(1, "INCR", "s"));
    assertTrue(once(2, "INCR").startsWith("-ERR wrong number of arguments for 'incr'"));
    assertTrue(once(3, "NOSUCH").startsWith("-ERR unknown command"));
  }

  @Test
  void whatItDidAndItsReplyReachReplicasTogether() {
    process.effects();
    once(1, "INCR", "n");
    assertEquals(
        "[0 MULTI, 0 INCR n, 0 HSET hash 1 1 :1\r\n, 0 EXEC]", process.effects().toString());
  }

  @Test
  void whatAScriptCouldNotRunIsRefused() {
    assertTrue(once(1, "BLPOP", "l", "0").startsWith("-ERR"));
    assertTrue(once(2, "MULTI").startsWith("-ERR"));
    assertTrue(once(3, "HOLDFAST.ONCE", "hash", "1", "1", "PING").startsWith("-ERR"));
    assertEquals("+PONG\r\n", client.call("PING"));
  }

  @Test
  void aLongReplyIsNotKept() {
    client.call("SET", "s", "x".repeat(OnceCommand.REPLY_BYTES_MAX - 10));
    assertEquals(OnceCommand.REPLY_BYTES_MAX, once(1, "GET", "s").length());
    assertEquals(OnceCommand.REPLY_BYTES_MAX, once(1, "GET", "s").length());
    client.call("APPEND", "s", "y");
    assertTrue(once(2, "GETDEL", "s").startsWith("$"));
    assertEquals("-" + OnceCommand.NOT_KEPT + "\r\n", once(2, "GETDEL", "s"));
  }

  @Test
  void aReplicaRefusesItAsAnyWrite() {
    process.engine.gate().replica(true);
    assertTrue(once(1, "GET", "n").startsWith("-READONLY"));
  }
}
