package holdfast.proxy.runtime;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.CuttingRelay;
import holdfast.backend.testing.EngineProcess;
import holdfast.backend.testing.Wire;
import holdfast.routing.command.InDoubtPolicy;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The policy exactly-once before our own engine: links that break between execution and reply. */
@Timeout(60)
class OnceEngineIT {
  @Test
  void whatWasExecutedIsNotExecutedAgainAndWhatWasNotIs() throws Exception {
    try (var engine = EngineProcess.start();
        var relay = new CuttingRelay(new InetSocketAddress("127.0.0.1", engine.port()));
        var proxy = proxyTo(relay.port());
        var client = new Wire(proxy.address());
        var direct = new Wire(new InetSocketAddress("127.0.0.1", engine.port()))) {
      assertEquals(1L, client.call("INCR", "n"));
      relay.mute(true);
      client.send("INCR", "n");
      client.send("RPUSH", "l", "a", "b");
      client.send("LPOP", "l");
      client.send("INCR", "l");
      await().until(() -> List.of("b").equals(direct.call("LRANGE", "l", "0", "-1")));
      relay.freeze();
      client.send("RPUSH", "l", "c");
      client.send("SET", "last", "1");
      relay.mute(false);
      relay.cut();
      assertEquals(2L, client.read());
      assertEquals(2L, client.read());
      assertEquals("a", client.read());
      assertEquals(
          "-WRONGTYPE Operation against a key holding the wrong kind of value", client.read());
      assertEquals(2L, client.read());
      assertEquals("+OK", client.read());
      assertEquals("2", direct.call("GET", "n"));
      assertEquals(List.of("b", "c"), direct.call("LRANGE", "l", "0", "-1"));
      assertEquals(0, proxy.inDoubt());
    }
  }

  private static ProxyServer proxyTo(int port) throws Exception {
    var backend = new TopologySettings.Single(new NodeAddress("127.0.0.1", port));
    return ProxyServer.start(
        ProxySettings.of("127.0.0.1", 0, backend)
            .withLoops(1)
            .withInDoubt(InDoubtPolicy.EXACTLY_ONCE));
  }
}
