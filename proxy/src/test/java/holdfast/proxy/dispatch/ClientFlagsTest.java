package holdfast.proxy.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ClientFlagsTest {
  @Test
  void readsWhoIsBlockedFromAListAsRedisWritesIt() {
    var flags =
        ClientFlags.of(
            "id=3 addr=127.0.0.1:1 laddr=127.0.0.1:2 fd=8 name=b age=1 idle=0 flags=N db=0 cmd=get\n"
                + "id=5 addr=127.0.0.1:3 laddr=127.0.0.1:2 fd=9 name= age=1 idle=1 flags=xb db=0\n");
    assertFalse(flags.isBlocked(3));
    assertTrue(flags.isBlocked(5));
    assertFalse(flags.isBlocked(7), "unknown there");
  }

  @Test
  void passesOverWhatItDoesNotUnderstand() {
    assertEquals(Map.of(), ClientFlags.of("").byId());
    assertEquals(Map.of(), ClientFlags.of("txt:\nflags=b\nid=4\n").byId());
  }
}
