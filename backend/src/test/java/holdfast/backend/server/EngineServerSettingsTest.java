package holdfast.backend.server;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class EngineServerSettingsTest {
  private static final EngineServerSettings LOOPBACK =
      EngineServerSettings.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));

  @Test
  void showsNoPassword() {
    String text =
        LOOPBACK
            .withPassword("hunter2")
            .withReplication(ReplicationSettings.STANDARD.withMasterAuth("user", "hunter3"))
            .toString();
    assertFalse(text.contains("hunter"), text);
    assertTrue(text.contains("password=set"), text);
  }

  @Test
  void refusesWhatIsOutOfBounds() {
    var standard = ReplicationSettings.STANDARD;
    assertThrows(IllegalArgumentException.class, () -> standard.withBacklog(16 * 1024 - 1, 0));
    assertThrows(IllegalArgumentException.class, () -> standard.withTimes(0, 1));
    assertThrows(IllegalArgumentException.class, () -> ClientSettings.STANDARD.withCountMax(0));
    assertThrows(IllegalArgumentException.class, () -> LOOPBACK.withPassword(""));
    assertThrows(IllegalArgumentException.class, () -> new OutputLimit(-1, 0, 0));
    standard.withBacklog(16 * 1024, 0);
  }

  @Test
  void anOutputLimitIsExceededAtOnceAboveTheHardOneAndInTimeAboveTheSoftOne() {
    var limit = new OutputLimit(100, 50, 2);
    var watch = new OutputLimit.Watch();
    long second = 1_000_000_000L;
    assertFalse(watch.exceeded(limit, 100, 0));
    assertFalse(watch.exceeded(limit, 51, 2 * second - 1));
    assertFalse(watch.exceeded(limit, 50, 2 * second));
    assertFalse(watch.exceeded(limit, 51, 3 * second));
    assertTrue(watch.exceeded(limit, 51, 5 * second));
    assertTrue(new OutputLimit.Watch().exceeded(limit, 101, 0));
  }
}
