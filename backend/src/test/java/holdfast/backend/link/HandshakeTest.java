package holdfast.backend.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.resp.RespValue;
import java.util.List;
import org.junit.jupiter.api.Test;

class HandshakeTest {
  private static final RespValue OK = new RespValue.Simple("OK");

  private static RespValue error(String message) {
    return new RespValue.Failure(message);
  }

  @Test
  void saysNothingWhereNothingIsToBeSaid() {
    var handshake = new Handshake(Login.PLAIN);
    assertEquals(List.of(), handshake.next());
    assertNull(handshake.refusal());
    assertEquals(List.of(), handshake.setupReplies());
  }

  @Test
  void logsInFirstAndSetsUpWhenThatWasAnswered() {
    var handshake =
        new Handshake(new Login(new Credentials("u", "p"), 2, 2, "name", List.of(List.of("ROLE"))));
    assertEquals(
        List.of(
            List.of("AUTH", "u", "p"),
            List.of("CLIENT", "SETNAME", "name"),
            List.of("SELECT", "2")),
        handshake.next());
    assertFalse(handshake.onReply(OK));
    assertFalse(handshake.onReply(OK));
    assertTrue(handshake.onReply(OK));
    assertEquals(List.of(List.of("ROLE")), handshake.next());
    assertTrue(handshake.onReply(error("LOADING data")));
    assertEquals(List.of(), handshake.next());
    assertEquals(List.of(error("LOADING data")), handshake.setupReplies());
    assertNull(handshake.refusal());
    assertEquals(2, handshake.protocol());
  }

  @Test
  void saysItAllInHelloAndAgainInResp2WhereHelloIsRefused() {
    for (String refused : List.of("ERR unknown command 'HELLO'", "NOPROTO unsupported")) {
      var handshake = new Handshake(new Login(new Credentials(null, "p"), 1, 3, "n", List.of()));
      assertEquals(
          List.of(
              List.of("HELLO", "3", "AUTH", "default", "p", "SETNAME", "n"),
              List.of("SELECT", "1")),
          handshake.next());
      handshake.onReply(error(refused));
      assertTrue(handshake.onReply(error("NOAUTH Authentication required.")));
      assertEquals(
          List.of(List.of("AUTH", "p"), List.of("CLIENT", "SETNAME", "n"), List.of("SELECT", "1")),
          handshake.next());
      handshake.onReply(OK);
      handshake.onReply(OK);
      assertTrue(handshake.onReply(OK));
      assertEquals(List.of(), handshake.next());
      assertEquals(2, handshake.protocol());
      assertNull(handshake.refusal());
    }
  }

  @Test
  void aRefusalNamesTheCommandAndNeverThePassword() {
    var handshake =
        new Handshake(new Login(new Credentials("u", "hush"), 0, 3, "", List.of(List.of("ROLE"))));
    handshake.next();
    assertTrue(handshake.onReply(error("WRONGPASS invalid username-password pair")));
    assertEquals(List.of(), handshake.next());
    assertEquals(
        "HELLO was answered by: WRONGPASS invalid username-password pair", handshake.refusal());
    assertFalse(new Credentials("u", "hush").toString().contains("hush"));
    assertFalse(
        new Login(new Credentials("u", "hush"), 0, 3, "", List.of()).toString().contains("hush"));
  }

  @Test
  void aDatabaseThatIsNotThereIsARefusal() {
    var handshake = new Handshake(new Login(null, 99, 2, "", List.of()));
    handshake.next();
    assertTrue(handshake.onReply(error("ERR DB index is out of range")));
    assertEquals("SELECT was answered by: ERR DB index is out of range", handshake.refusal());
  }
}
