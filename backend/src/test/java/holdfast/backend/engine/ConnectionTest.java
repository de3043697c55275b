package holdfast.backend.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ConnectionTest {
  private final InProcess process = new InProcess();
  private final InProcess.Connection a = process.connect();
  private final InProcess.Connection b = process.connect();

  @Test
  void withAPasswordNothingGoesBeforeAuth() {
    var guarded = new InProcess("secret");
    var client = guarded.connect();
    assertEquals("-NOAUTH Authentication required.\r\n", client.call("GET", "k"));
    assertEquals(
        "-WRONGPASS invalid username-password pair or user is disabled.\r\n",
        client.call("AUTH", "wrong"));
    assertEquals("-NOAUTH HELLO must be", client.call("HELLO", "3").substring(0, 21));
    assertEquals("+OK\r\n", client.call("AUTH", "default", "secret"));
    assertEquals("$-1\r\n", client.call("GET", "k"));
    assertEquals("+RESET\r\n", client.call("RESET"));
    assertEquals("-NOAUTH", client.call("GET", "k").substring(0, 7));
    assertEquals("%7\r\n", client.call("HELLO", "3", "AUTH", "default", "secret").substring(0, 4));
    client.call("CONFIG", "SET", "requirepass", "other");
    assertEquals("_\r\n", client.call("GET", "k"), "who is in stays in");
    assertEquals("-NOAUTH", guarded.connect().call("GET", "k").substring(0, 7));
  }

  @Test
  void subscribersOfResp2MayOnlySubscribe() {
    assertEquals("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n", a.call("SUBSCRIBE", "c"));
    assertEquals(
        "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are"
            + " allowed in this context\r\n",
        a.call("GET", "k"));
    assertEquals("*2\r\n$4\r\npong\r\n$0\r\n\r\n", a.call("PING"));
    assertEquals(":1\r\n", b.call("PUBLISH", "c", "hi"));
    assertEquals("*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n", a.received());
    assertEquals("*3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n", a.call("UNSUBSCRIBE"));
    assertEquals("*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n", a.call("UNSUBSCRIBE"));
    assertEquals("$-1\r\n", a.call("GET", "k"));
  }

  @Test
  void subscribersOfResp3GetPushesAndMayDoAnything() {
    a.call("HELLO", "3");
    a.call("PSUBSCRIBE", "c*");
    a.call("SUBSCRIBE", "c1");
    assertEquals(":2\r\n", b.call("PUBLISH", "c1", "hi"));
    assertEquals(
        ">3\r\n$7\r\nmessage\r\n$2\r\nc1\r\n$2\r\nhi\r\n"
            + ">4\r\n$8\r\npmessage\r\n$2\r\nc*\r\n$2\r\nc1\r\n$2\r\nhi\r\n",
        a.received());
    assertEquals("_\r\n", a.call("GET", "k"));
    process.engine.disconnect(a.client);
    assertEquals(":0\r\n", b.call("PUBLISH", "c1", "hi"));
    assertEquals(":0\r\n", b.call("PUBSUB", "NUMPAT"));
  }

  @Test
  void whoPublishesToItselfGetsTheMessageFirst() {
    a.call("HELLO", "3");
    a.call("SUBSCRIBE", "c");
    assertEquals(
        ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n:1\r\n", a.call("PUBLISH", "c", "hi"));
  }

  @Test
  void repliesCanBeTurnedOff() {
    assertEquals("", a.call("CLIENT", "REPLY", "SKIP"));
    assertEquals("", a.call("SET", "k", "1"));
    assertEquals("$1\r\n1\r\n", a.call("GET", "k"));
    assertEquals("", a.call("CLIENT", "REPLY", "OFF"));
    assertEquals("", a.call("SET", "k", "2"));
    assertEquals("", a.call("NOSUCH"));
    assertEquals("+OK\r\n", a.call("CLIENT", "REPLY", "ON"));
    assertEquals("$1\r\n2\r\n", a.call("GET", "k"));
  }

  @Test
  void aReplyThatComesLateIsHiddenTooAndWhatWasSubscribedToIsNot() {
    a.call("CLIENT", "REPLY", "OFF");
    assertEquals("", a.call("BLPOP", "l", "0"));
    b.call("RPUSH", "l", "1");
    assertEquals("", a.received());
    assertEquals("", a.call("BLPOP", "l", "1"));
    process.advance(1000);
    assertFalse(a.client.isWaiting());
    assertEquals("", a.received());
    assertEquals("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n", a.call("SUBSCRIBE", "c"));
    b.call("PUBLISH", "c", "m");
    assertEquals("*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n", a.received());
    assertEquals("+RESET\r\n", a.call("RESET"));
    a.call("CLIENT", "REPLY", "SKIP");
    assertEquals("", a.call("BLPOP", "l", "0"));
    b.call("CLIENT", "UNBLOCK", Long.toString(a.client.id()), "ERROR");
    assertEquals("", a.received());
    assertEquals("+PONG\r\n", a.call("PING"), "only the one after SKIP is hidden");
    a.call("CLIENT", "REPLY", "SKIP");
    b.call("CLIENT", "PAUSE", "10", "WRITE");
    assertEquals("", a.call("SET", "k", "1"));
    process.advance(20);
    assertEquals("", a.received());
    assertEquals("$1\r\n1\r\n", a.call("GET", "k"));
  }

  @Test
  void debugIsForThoseWhoMay() {
    assertEquals("-ERR DEBUG command not allowed", a.call("DEBUG", "SLEEP", "0").substring(0, 30));
    process.engine.debug().allow(DebugCommand.Access.LOCAL);
    assertEquals("+OK\r\n", a.call("DEBUG", "SLEEP", "0"));
    var far = process.connect("10.0.0.1:1000");
    assertEquals(
        "-ERR DEBUG command not allowed", far.call("DEBUG", "SLEEP", "0").substring(0, 30));
    process.engine.debug().allow(DebugCommand.Access.YES);
    assertEquals("-X y\r\n", far.call("DEBUG", "ERROR", "X y"));
    assertEquals(
        "*2\r\n$20\r\nenable-debug-command\r\n$3\r\nyes\r\n",
        far.call("CONFIG", "GET", "enable-debug*"));
  }

  @Test
  void aPauseHoldsWritesUntilItsEnd() {
    assertEquals("+OK\r\n", b.call("CLIENT", "PAUSE", "1000", "WRITE"));
    assertEquals("$-1\r\n", a.call("GET", "k"));
    assertEquals("", a.call("SET", "k", "1"));
    assertTrue(a.client.isWaiting());
    process.advance(999);
    assertEquals("", a.received());
    process.advance(1);
    assertEquals("+OK\r\n", a.received());
    assertFalse(a.client.isWaiting());
    assertEquals(1, a.resumed);
  }

  @Test
  void unpauseRunsWhatWasHeldInOrder() {
    b.call("CLIENT", "PAUSE", "1000");
    var c = process.connect();
    a.call("APPEND", "k", "1");
    c.call("APPEND", "k", "2");
    process.engine.disconnect(process.connect().client);
    process.nowMillis += 10;
    process.engine.execute(b.client, words("CLIENT", "PAUSE", "1", "WRITE"), process.nowMillis);
    assertTrue(b.client.isWaiting(), "a pause of everything holds CLIENT too");
    process.advance(2000);
    assertEquals(":1\r\n", a.received());
    assertEquals(":2\r\n", c.received());
  }

  @Test
  void pausedDataDoesNotExpire() {
    a.call("SET", "k", "1", "PX", "10");
    b.call("CLIENT", "PAUSE", "10000", "WRITE");
    process.effects();
    process.advance(1000);
    assertEquals("$-1\r\n", a.call("GET", "k"));
    assertEquals(0, process.effects().size());
  }

  @Test
  void killingByIdClosesOneByAddressAnother() {
    assertEquals(":1\r\n", a.call("CLIENT", "KILL", "ID", Long.toString(b.client.id())));
    assertTrue(b.closed);
    assertFalse(a.closed);
    process.engine.disconnect(b.client);
    assertEquals("-ERR No such client\r\n", a.call("CLIENT", "KILL", "1.2.3.4:5"));
    assertEquals(":1\r\n", a.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"));
    assertTrue(a.closed);
    assertEquals("", a.call("GET", "k"), "nothing of a closing client is executed");
  }

  @Test
  void resetIsAsNew() {
    a.call("HELLO", "3");
    a.call("SELECT", "3");
    a.call("CLIENT", "SETNAME", "me");
    a.call("SUBSCRIBE", "c");
    a.call("MULTI");
    assertEquals("+RESET\r\n", a.call("RESET"));
    assertEquals("$-1\r\n", a.call("CLIENT", "GETNAME"));
    assertEquals(0, a.client.database());
    assertEquals(":0\r\n", b.call("PUBLISH", "c", "x"));
    assertEquals("-ERR EXEC without MULTI\r\n", a.call("EXEC"));
  }

  @Test
  void quitClosesAfterItsReply() {
    assertEquals("+OK\r\n", a.call("quit"));
    assertTrue(a.closed);
  }

  private static byte[][] words(String... command) {
    byte[][] words = new byte[command.length][];
    for (int i = 0; i < command.length; i++) {
      words[i] = Words.bytes(command[i]);
    }
    return words;
  }
}
