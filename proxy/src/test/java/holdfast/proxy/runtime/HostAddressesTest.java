package holdfast.proxy.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class HostAddressesTest {
  private final HostAddresses hosts = new HostAddresses();

  @Test
  void anAddressStandsForItself() {
    assertEquals(List.of("10.0.0.1"), hosts.of("10.0.0.1", 0));
    assertEquals(List.of("::1"), hosts.of("::1", 0));
  }

  @Test
  void aNameStandsForItselfAndSoonForItsAddresses() {
    hosts.of("localhost", 0);
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> hosts.of("localhost", 0).contains("127.0.0.1"));
    assertEquals("localhost", hosts.of("localhost", 0).getFirst());
  }

  @Test
  void anUnknownNameStandsForItself() {
    assertEquals(List.of("no-such-host.invalid"), hosts.of("no-such-host.invalid", 0));
  }
}
