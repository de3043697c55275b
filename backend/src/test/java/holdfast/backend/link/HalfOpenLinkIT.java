package holdfast.backend.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.RedisServer;
import holdfast.backend.time.BootTicker;
import holdfast.backend.transport.EventLoops;
import holdfast.backend.transport.SocketOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A host that vanishes sends neither FIN nor RST: its packets just stop. Needs root, for a firewall
 * rule on one port of the loopback device.
 */
@Tag("faults")
class HalfOpenLinkIT {
  private static final LinkTimes NO_HEARTBEAT =
      new LinkTimes(Duration.ofSeconds(2), Duration.ZERO, Duration.ZERO);

  /** Drops every packet from or to one local port until it is closed. */
  private record Vanished(int port) implements AutoCloseable {
    Vanished {
      rules("-I", port);
    }

    private static void rules(String action, int port) {
      for (String side : List.of("--dport", "--sport")) {
        try {
          var process =
              new ProcessBuilder(
                      "iptables",
                      "-w",
                      action,
                      "INPUT",
                      "-i",
                      "lo",
                      "-p",
                      "tcp",
                      side,
                      Integer.toString(port),
                      "-j",
                      "DROP")
                  .inheritIO()
                  .start();
          assertEquals(0, process.waitFor(), "iptables needs root");
        } catch (IOException | InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    }

    @Override
    public void close() {
      rules("-D", port);
    }
  }

  private interface Then {
    void afterVanishing(Link link, RecordingSink sink);
  }

  private static LinkFailure failureOf(LinkTimes times, SocketOptions socket, Then then)
      throws Exception {
    try (var redis = RedisServer.start();
        var loops = EventLoops.start("half-open", 1)) {
      var listener = new RecordingListener();
      Link.open(
          loops,
          loops.next(),
          LinkSettings.to(redis.address()).withTimes(times).withSocket(socket),
          BootTicker.system(),
          listener);
      Link link = listener.ready.get(5, TimeUnit.SECONDS);
      var sink = new RecordingSink();
      RecordingSink.send(link, sink, "PING");
      try (var _ = new Vanished(redis.port())) {
        then.afterVanishing(link, sink);
        return listener.closed.get(20, TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void bytesThatNobodyAcknowledgesEndTheLinkAfterTheUserTimeout() throws Exception {
    long start = System.nanoTime();
    var sinks = new RecordingSink[1];
    LinkFailure failure =
        failureOf(
            NO_HEARTBEAT,
            SocketOptions.STANDARD.withUserTimeout(Duration.ofSeconds(1)),
            (link, sink) -> {
              sinks[0] = sink;
              RecordingSink.send(link, sink, "SET a 1");
            });
    assertEquals(LinkFailure.Kind.SILENT, failure.kind(), failure.message());
    assertEquals("UNKNOWN", sinks[0].events().getLast());
    long millis = (System.nanoTime() - start) / 1_000_000;
    assertTrue(millis >= 1000 && millis < 8000, millis + " ms");
  }

  @Test
  void anIdleLinkIsProbedByTheKernel() throws Exception {
    LinkFailure failure =
        failureOf(
            NO_HEARTBEAT,
            new SocketOptions(
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                2,
                Duration.ofSeconds(2),
                10,
                null),
            (link, sink) -> {});
    assertEquals(LinkFailure.Kind.SILENT, failure.kind(), failure.message());
  }

  @Test
  void theHeartbeatIsFasterThanTheKernel() throws Exception {
    long start = System.nanoTime();
    LinkFailure failure =
        failureOf(
            new LinkTimes(Duration.ofSeconds(2), Duration.ofMillis(100), Duration.ofMillis(300)),
            SocketOptions.STANDARD,
            (link, sink) -> {});
    assertEquals(LinkFailure.Kind.SILENT, failure.kind(), failure.message());
    long millis = (System.nanoTime() - start) / 1_000_000;
    assertTrue(millis < 4000, millis + " ms");
  }
}
