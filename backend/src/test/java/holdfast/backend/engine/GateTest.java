package holdfast.backend.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import org.junit.jupiter.api.Test;

class GateTest {
  private static final String READ_ONLY =
      "-READONLY You can't write against a read only replica.\r\n";

  private final InProcess process = new InProcess();
  private final InProcess.Connection client = process.connect();
  private final ServerGate gate = process.engine.gate();

  @Test
  void aReplicaTakesNoWritesFromClients() {
    gate.replica(true);
    gate.masterLinkUp(true);
    assertEquals(READ_ONLY, client.call("SET", "k", "1"));
    assertEquals("$-1\r\n", client.call("GET", "k"));
    client.call("MULTI");
    assertEquals(READ_ONLY, client.call("SET", "k", "1"));
    assertEquals(
        "-EXECABORT Transaction discarded because of previous errors.\r\n", client.call("EXEC"));
  }

  @Test
  void writesQueuedBeforeTheRoleChangedAreRefusedAtExec() {
    client.call("MULTI");
    client.call("SET", "k", "1");
    gate.replica(true);
    assertEquals(
        "-EXECABORT Transaction discarded because of: READONLY You can't write against a read only"
            + " replica.\r\n",
        client.call("EXEC"));
  }

  @Test
  void aReplicaWithoutItsMasterAnswersOnlyIfItMay() {
    gate.replica(true);
    assertEquals("$-1\r\n", client.call("GET", "k"));
    client.call("CONFIG", "SET", "replica-serve-stale-data", "no");
    assertEquals(
        "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n",
        client.call("GET", "k"));
    // PING has no such right either: a health check sees what clients see.
    assertEquals("-MASTERDOWN", client.call("PING").substring(0, 11));
    assertEquals("*0\r\n", client.call("CONFIG", "GET", "nothing"));
    gate.masterLinkUp(true);
    assertEquals("$-1\r\n", client.call("GET", "k"));
  }

  @Test
  void whatMayNotWriteAddsNoMessagesToTheStreamEither() {
    client.call("PUBLISH", "c", "m");
    assertEquals(1, process.effects().size());
    gate.writeRefusal(new CommandError("MISCONF the disk is full"));
    var other = process.connect();
    other.call("SUBSCRIBE", "c");
    other.received();
    assertEquals(":1\r\n", client.call("PUBLISH", "c", "m"));
    assertEquals(List.of(), process.effects());
  }

  @Test
  void whileLoadingOnlyHarmlessThingsAreAnswered() {
    gate.loading(true);
    assertEquals("-LOADING Redis is loading the dataset in memory\r\n", client.call("GET", "k"));
    assertEquals("-LOADING", client.call("PING").substring(0, 8));
    assertEquals("$", client.call("INFO").substring(0, 1));
  }

  @Test
  void tooFewGoodReplicasStopWrites() {
    client.call("CONFIG", "SET", "min-replicas-to-write", "2");
    assertEquals(
        "-NOREPLICAS Not enough good replicas to write.\r\n", client.call("SET", "k", "1"));
    gate.goodReplicas(() -> 2);
    assertEquals("+OK\r\n", client.call("SET", "k", "1"));
  }

  @Test
  void aMasterWithoutALeaseRefusesInItsOwnWords() {
    client.call("SET", "expires", "1", "PX", "10");
    process.effects();
    gate.writeRefusal(new CommandError("MASTERDOWN no lease"));
    assertEquals("-MASTERDOWN no lease\r\n", client.call("SET", "k", "1"));
    process.advance(1000);
    assertEquals("$-1\r\n", client.call("GET", "expires"));
    assertEquals(List.of(), process.effects(), "nor does it delete what has expired");
    assertEquals("$-1\r\n", client.call("GET", "k"));
  }

  @Test
  void theMastersStreamPassesEveryGate() {
    gate.replica(true);
    apply("SELECT", "3");
    apply("MULTI");
    apply("SET", "k", "1");
    assertEquals(0, process.engine.keyspace().database(3).size());
    apply("EXEC");
    assertEquals(1, process.engine.keyspace().database(3).size());
    assertEquals(3, process.engine.appliedDatabase());
    assertEquals(List.of(), process.effects(), "the shell passes the stream on as it is");
    process.engine.resetApply(0);
    assertEquals(0, process.engine.appliedDatabase());
  }

  @Test
  void whatTheStreamCannotDoIsReported() {
    apply("SET", "k", "x");
    assertNotNull(process.engine.apply(words("INCR", "k"), process.nowMillis));
    assertNotNull(process.engine.apply(words("NOSUCHCOMMAND"), process.nowMillis));
  }

  private void apply(String... command) {
    assertNull(process.engine.apply(words(command), process.nowMillis));
  }

  private static byte[][] words(String... command) {
    byte[][] words = new byte[command.length][];
    for (int i = 0; i < command.length; i++) {
      words[i] = Words.bytes(command[i]);
    }
    return words;
  }
}
