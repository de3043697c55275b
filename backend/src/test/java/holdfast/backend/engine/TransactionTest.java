package holdfast.backend.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class TransactionTest {
  private final InProcess process = new InProcess();
  private final InProcess.Connection a = process.connect();
  private final InProcess.Connection b = process.connect();

  @Test
  void aWatchedKeyThatChangedMakesExecAnswerNothing() {
    a.call("WATCH", "k");
    b.call("SET", "k", "1");
    a.call("MULTI");
    a.call("SET", "k", "2");
    assertEquals("*-1\r\n", a.call("EXEC"));
    assertEquals("$1\r\n1\r\n", a.call("GET", "k"));
  }

  @Test
  void inResp3ExecAnswersNull() {
    a.call("HELLO", "3");
    a.call("WATCH", "k");
    b.call("SET", "k", "1");
    a.call("MULTI");
    assertEquals("_\r\n", a.call("EXEC"));
  }

  @Test
  void aChangeAfterUnwatchDoesNotMatter() {
    a.call("WATCH", "k");
    b.call("SET", "k", "1");
    a.call("UNWATCH");
    a.call("MULTI");
    a.call("SET", "k", "2");
    assertEquals("*1\r\n+OK\r\n", a.call("EXEC"));
  }

  @Test
  void watchingKeysOfOneDatabaseIgnoresAnother() {
    a.call("WATCH", "k");
    b.call("SELECT", "1");
    b.call("SET", "k", "1");
    a.call("MULTI");
    assertEquals("*0\r\n", a.call("EXEC"));
  }

  @Test
  void flushingTouchesWatchedKeysThatExist() {
    b.call("SET", "k", "1");
    a.call("WATCH", "k");
    b.call("FLUSHALL");
    a.call("MULTI");
    assertEquals("*-1\r\n", a.call("EXEC"));
    a.call("WATCH", "nothing");
    b.call("FLUSHALL");
    a.call("MULTI");
    assertEquals("*0\r\n", a.call("EXEC"));
  }

  @Test
  void swappingDatabasesTouchesWatchedKeys() {
    b.call("SET", "k", "1");
    a.call("WATCH", "k");
    b.call("SWAPDB", "0", "1");
    a.call("MULTI");
    assertEquals("*-1\r\n", a.call("EXEC"));
  }

  @Test
  void aWatchedKeyThatExpiresCountsAsChanged() {
    a.call("SET", "k", "1", "PX", "10");
    a.call("WATCH", "k");
    process.nowMillis += 20;
    a.call("MULTI");
    assertEquals("*-1\r\n", a.call("EXEC"));
  }

  @Test
  void aKeyThatHadExpiredWhenWatchedMayGo() {
    a.call("SET", "k", "1", "PX", "10");
    process.nowMillis += 20;
    a.call("WATCH", "k");
    assertEquals("$-1\r\n", b.call("GET", "k"));
    a.call("MULTI");
    assertEquals("*0\r\n", a.call("EXEC"));
  }

  @Test
  void aRefusedCommandAbortsTheWhole() {
    a.call("MULTI");
    a.call("SET", "k", "1");
    a.call("GET");
    assertEquals(
        "-EXECABORT Transaction discarded because of previous errors.\r\n", a.call("EXEC"));
    assertEquals("$-1\r\n", a.call("GET", "k"));
  }

  @Test
  void anErrorWithinDoesNotStopTheRest() {
    a.call("MULTI");
    a.call("SET", "k", "x");
    a.call("INCR", "k");
    a.call("SET", "k", "2");
    assertEquals(
        "*3\r\n+OK\r\n-ERR value is not an integer or out of range\r\n+OK\r\n", a.call("EXEC"));
  }

  @Test
  void severalEffectsGoTogether() {
    a.call("MULTI");
    a.call("SET", "k", "1");
    a.call("SELECT", "2");
    a.call("GET", "k");
    a.call("SET", "k", "2");
    a.call("EXEC");
    assertEquals(List.of("0 MULTI", "0 SET k 1", "2 SET k 2", "2 EXEC"), process.effects());
  }

  @Test
  void oneEffectGoesAlone() {
    a.call("MULTI");
    a.call("GET", "k");
    a.call("SET", "k", "1");
    a.call("EXEC");
    assertEquals(List.of("0 SET k 1"), process.effects());
  }

  @Test
  void whatIsQueuedIsBounded() {
    byte[] large = new byte[1 << 20]; // one array for all of them: only its length is counted
    a.call("MULTI");
    String reply = "+QUEUED\r\n";
    for (int i = 0; i < 1100 && reply.startsWith("+"); i++) {
      reply = a.call(Words.SET, Words.bytes("k"), large);
    }
    assertEquals("-ERR transaction too large, more than 1 GB is queued\r\n", reply);
    assertEquals(0, a.client.transaction().queued().size());
    assertEquals("-EXECABORT", a.call("EXEC").substring(0, 10));
    assertEquals("+OK\r\n", a.call("MULTI"));
    assertEquals("+QUEUED\r\n", a.call(Words.SET, Words.bytes("k"), large));
  }

  @Test
  void closingForgetsWhatWasWatched() {
    a.call("WATCH", "k");
    process.engine.disconnect(a.client);
    assertEquals("+OK\r\n", b.call("SET", "k", "1"));
    assertEquals(0, a.client.transaction().watchedCount());
  }
}
