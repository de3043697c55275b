package holdfast.backend.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class BlockedClientsTest {
  private final InProcess process = new InProcess();
  private final InProcess.Connection a = process.connect();
  private final InProcess.Connection b = process.connect();
  private final InProcess.Connection c = process.connect();

  @Test
  void whoWaitedFirstIsServedFirst() {
    assertEquals("", a.call("BLPOP", "k", "0"));
    assertEquals("", b.call("BLPOP", "k", "0"));
    assertEquals(":3\r\n", c.call("RPUSH", "k", "1", "2", "3"));
    assertEquals("*2\r\n$1\r\nk\r\n$1\r\n1\r\n", a.received());
    assertEquals("*2\r\n$1\r\nk\r\n$1\r\n2\r\n", b.received());
    assertEquals(1, a.resumed);
    assertEquals(List.of("0 RPUSH k 1 2 3", "0 LPOP k", "0 LPOP k"), process.effects());
    assertEquals(0, process.engine.blocked().size());
  }

  @Test
  void whatATransactionAddsAndTakesAwayWasNeverThere() {
    a.call("BLPOP", "k", "0");
    c.call("MULTI");
    c.call("RPUSH", "k", "1");
    c.call("LPOP", "k");
    c.call("EXEC");
    assertEquals("", a.received());
    assertTrue(a.client.isWaiting());
  }

  @Test
  void timeRunsOut() {
    a.call("BLPOP", "k", "1.5");
    process.advance(1499);
    assertEquals("", a.received());
    process.advance(2);
    assertEquals("*-1\r\n", a.received());
    assertFalse(a.client.isWaiting());
    c.call("RPUSH", "k", "1");
    assertEquals("", a.received());
  }

  @Test
  void unblockAsIfTimeWereUpOrWithAnError() {
    a.call("BLPOP", "k", "0");
    b.call("BLPOP", "k", "0");
    assertEquals(":1\r\n", c.call("CLIENT", "UNBLOCK", "" + a.client.id()));
    assertEquals("*-1\r\n", a.received());
    assertEquals(":1\r\n", c.call("CLIENT", "UNBLOCK", "" + b.client.id(), "ERROR"));
    assertEquals("-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n", b.received());
    assertEquals(":0\r\n", c.call("CLIENT", "UNBLOCK", "" + b.client.id()));
  }

  @Test
  void swappingInAFullDatabaseServes() {
    a.call("BLPOP", "k", "0");
    c.call("SELECT", "1");
    c.call("RPUSH", "k", "1");
    c.call("SWAPDB", "0", "1");
    assertEquals("*2\r\n$1\r\nk\r\n$1\r\n1\r\n", a.received());
  }

  @Test
  void whoIsGoneIsNotServed() {
    a.call("BLPOP", "k", "5");
    process.engine.disconnect(a.client);
    c.call("RPUSH", "k", "1");
    assertEquals(":1\r\n", c.call("LLEN", "k"));
    assertEquals("", a.received());
    process.advance(10_000);
    assertEquals("", a.received());
  }

  @Test
  void aServerThatChangesItsRoleSendsThemAway() {
    a.call("BLPOP", "k", "0");
    process.engine.blocked().releaseAll(new CommandError("UNBLOCKED role changed"), true);
    assertEquals("-UNBLOCKED role changed\r\n", a.received());
    assertTrue(a.closed);
  }

  @Test
  void aWaitingClientMustNotBeFed() {
    a.call("BLPOP", "k", "0");
    assertThrows(IllegalStateException.class, () -> a.call("PING"));
  }

  @Test
  void insideATransactionNobodyWaits() {
    a.call("MULTI");
    a.call("BLPOP", "k", "0");
    assertEquals("*1\r\n*-1\r\n", a.call("EXEC"));
  }
}
