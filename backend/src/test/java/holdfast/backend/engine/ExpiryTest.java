package holdfast.backend.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import org.junit.jupiter.api.Test;

class ExpiryTest {
  private final InProcess process = new InProcess();
  private final InProcess.Connection client = process.connect();

  @Test
  void whoMeetsAnExpiredKeyDeletesItAndTellsTheReplicas() {
    client.call("SET", "k", "1", "PX", "100");
    process.effects();
    process.nowMillis += 100;
    assertEquals("$1\r\n1\r\n", client.call("GET", "k"), "at its last millisecond it is there");
    process.nowMillis += 1;
    assertEquals("$-1\r\n", client.call("GET", "k"));
    assertEquals(List.of("0 DEL k"), process.effects());
    assertEquals(1, process.engine.keyspace().expiredKeys());
  }

  @Test
  void keysThatNobodyMeetsExpireByThemselves() {
    for (int i = 0; i < 1000; i++) {
      client.call("SET", "k" + i, "1", "PX", "100");
    }
    client.call("SET", "stays", "1");
    for (int i = 0; i < 50; i++) {
      process.advance(100);
    }
    assertEquals(1, process.engine.keyspace().database(0).size());
    assertEquals(0, process.engine.keyspace().database(0).expiringSize());
  }

  @Test
  void activeExpiryCanBeTurnedOff() {
    process.engine.debug().allow(DebugCommand.Access.YES);
    client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
    client.call("SET", "k", "1", "PX", "100");
    process.advance(1000);
    assertEquals(":1\r\n", client.call("DBSIZE"));
    assertEquals(":0\r\n", client.call("EXISTS", "k"));
  }

  @Test
  void aReplicaHidesWhatHasExpiredAndWaitsForItsMaster() {
    client.call("SET", "k", "1", "PX", "100");
    process.effects();
    process.engine.gate().replica(true);
    process.engine.gate().masterLinkUp(true);
    process.advance(1000);
    assertEquals("$-1\r\n", client.call("GET", "k"));
    assertEquals(1, process.engine.keyspace().database(0).size());
    assertEquals(List.of(), process.effects());
    assertNull(process.engine.apply(new byte[][] {Words.DEL, Words.bytes("k")}, process.nowMillis));
    assertEquals(0, process.engine.keyspace().database(0).size());
  }

  @Test
  void theMastersStreamSeesWhatTheMasterSaw() {
    client.call("SET", "k", "5", "PX", "100");
    process.engine.gate().replica(true);
    process.nowMillis += 1000; // our clock is ahead of the master's
    byte[][] increment = {Words.bytes("INCR"), Words.bytes("k")};
    assertNull(process.engine.apply(increment, process.nowMillis));
    process.nowMillis -= 1000;
    assertEquals("$1\r\n6\r\n", client.call("GET", "k"));
  }

  @Test
  void timesGoOutAsAbsoluteOnes() {
    long now = process.nowMillis;
    client.call("SET", "a", "1", "EX", "10");
    client.call("SETEX", "b", "10", "1");
    client.call("EXPIRE", "a", "20");
    client.call("GETEX", "a", "PX", "5");
    client.call("GETEX", "a", "PERSIST");
    client.call("EXPIRE", "a", "-1");
    client.call("GETEX", "b", "EXAT", "1");
    client.call("SET", "c", "1", "GET", "XX");
    client.call("SET", "c", "1", "GET", "NX");
    client.call("INCRBYFLOAT", "f", "0.5");
    client.call("GETDEL", "f");
    client.call("GETSET", "g", "1");
    assertEquals(
        List.of(
            "0 SET a 1 PXAT " + (now + 10_000),
            "0 SET b 1 PXAT " + (now + 10_000),
            "0 PEXPIREAT a " + (now + 20_000),
            "0 PEXPIREAT a " + (now + 5),
            "0 PERSIST a",
            "0 DEL a",
            "0 DEL b",
            "0 SET c 1 NX",
            "0 SET f 0.5 KEEPTTL",
            "0 DEL f",
            "0 SET g 1"),
        process.effects());
  }

  @Test
  void whatChangesNothingIsNotReplicated() {
    client.call("SET", "k", "1", "XX");
    client.call("DEL", "none");
    client.call("PERSIST", "none");
    client.call("GET", "none");
    client.call("EXPIRE", "none", "1");
    assertEquals(List.of(), process.effects());
  }
}
