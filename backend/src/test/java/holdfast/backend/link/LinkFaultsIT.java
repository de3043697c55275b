package holdfast.backend.link;

import static holdfast.backend.testing.FakeBackend.hear;
import static holdfast.backend.testing.FakeBackend.hearAll;
import static holdfast.backend.testing.FakeBackend.say;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.FakeBackend;
import holdfast.backend.time.BootTicker;
import holdfast.backend.transport.EventLoops;
import holdfast.backend.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Links to backends that misbehave in ways a real one seldom does. */
class LinkFaultsIT {
  private static List<EventLoops> transports;
  private final List<FakeBackend> backends = new ArrayList<>();

  @BeforeAll
  static void startLoops() {
    transports = new ArrayList<>();
    for (Transport transport : Transport.values()) {
      if (transport.isAvailable()) {
        transports.add(EventLoops.start(transport, "faults-" + transport, 1));
      }
    }
  }

  @AfterAll
  static void closeLoops() {
    transports.forEach(EventLoops::close);
  }

  @AfterEach
  void closeBackends() {
    backends.forEach(FakeBackend::close);
  }

  private FakeBackend backend(FakeBackend.Script script) {
    var backend = new FakeBackend(script);
    backends.add(backend);
    return backend;
  }

  private static Link open(EventLoops loops, LinkSettings settings, RecordingListener listener) {
    return Link.open(loops, loops.next(), settings, BootTicker.system(), listener);
  }

  private interface Check {
    void on(EventLoops loops) throws Exception;
  }

  private static void onEachTransport(Check check) throws Exception {
    for (EventLoops loops : transports) {
      check.on(loops);
    }
  }

  @Test
  void aReplyToNothingEndsTheLink() throws Exception {
    onEachTransport(
        loops -> {
          var backend =
              backend(
                  connection -> {
                    say(connection, "+OK\r\n");
                    hearAll(connection);
                  });
          var listener = new RecordingListener();
          open(loops, LinkSettings.to(backend.address()), listener);
          LinkFailure failure = listener.closed.get(5, TimeUnit.SECONDS);
          assertEquals(new LinkFailure(LinkFailure.Kind.PROTOCOL, "a reply to nothing"), failure);
        });
  }

  @Test
  void whatIsNoRespEndsTheLinkAndWhatWaitedIsUnknown() throws Exception {
    onEachTransport(
        loops -> {
          var backend =
              backend(
                  connection -> {
                    hear(connection, "PING");
                    say(connection, "+PONG\r\nHTTP/1.1 400 Bad Request\r\n");
                    hearAll(connection);
                  });
          var listener = new RecordingListener();
          open(loops, LinkSettings.to(backend.address()), listener);
          var sink = new RecordingSink();
          RecordingSink.send(listener.ready.get(5, TimeUnit.SECONDS), sink, "PING", "PING", "PING");
          assertEquals(LinkFailure.Kind.PROTOCOL, listener.closed.get(5, TimeUnit.SECONDS).kind());
          assertEquals(List.of("+PONG", "UNKNOWN", "UNKNOWN"), sink.events());
        });
  }

  @Test
  void aConnectionThatClosesInMidReplyLeavesItUnknown() throws Exception {
    onEachTransport(
        loops -> {
          var backend =
              backend(
                  connection -> {
                    hear(connection, "PING");
                    say(connection, "$10\r\nhalf");
                  });
          var listener = new RecordingListener();
          open(loops, LinkSettings.to(backend.address()), listener);
          var sink = new RecordingSink();
          RecordingSink.send(listener.ready.get(5, TimeUnit.SECONDS), sink, "PING");
          assertEquals(
              LinkFailure.Kind.CLOSED_BY_PEER, listener.closed.get(5, TimeUnit.SECONDS).kind());
          assertEquals(List.of("UNKNOWN"), sink.events());
        });
  }

  @Test
  void aBackendThatNeverAnswersTheHandshakeIsGivenUp() throws Exception {
    var backend = backend(FakeBackend::hearAll);
    var listener = new RecordingListener();
    open(
        transports.getFirst(),
        LinkSettings.to(backend.address())
            .withProtocol(3)
            .withTimes(new LinkTimes(Duration.ofMillis(200), Duration.ofSeconds(1), Duration.ZERO)),
        listener);
    LinkFailure failure = listener.closed.get(5, TimeUnit.SECONDS);
    assertEquals(LinkFailure.Kind.SILENT, failure.kind());
    assertTrue(failure.message().contains("handshake"), failure.message());
  }

  @Test
  void whatWasQueuedAndNotFlushedIsNeverSent() throws Exception {
    onEachTransport(
        loops -> {
          var backend = backend(FakeBackend::hearAll);
          var listener = new RecordingListener();
          open(loops, LinkSettings.to(backend.address()), listener);
          Link link = listener.ready.get(5, TimeUnit.SECONDS);
          var sink = new RecordingSink();
          link.loop()
              .submit(
                  () -> {
                    send(link, sink, "*1\r\n$4\r\nPING\r\n");
                    send(link, sink, "*1\r\n$4\r\nPING\r\n");
                    link.flush();
                    send(link, sink, "*1\r\n$4\r\nPING\r\n");
                    send(link, sink, "*2\r\n$4\r\nECHO\r\n$3000\r\n" + "x".repeat(3000) + "\r\n");
                    link.close();
                    assertEquals(0, sink.size(), "told from within close");
                  })
              .get();
          assertEquals(LinkFailure.Kind.CLOSED, listener.closed.get(5, TimeUnit.SECONDS).kind());
          assertEquals(List.of("UNKNOWN", "UNKNOWN", "NEVER_SENT", "NEVER_SENT"), sink.events());
        });
  }

  private static void send(Link link, ReplySink sink, String frame) {
    ByteBuf bytes = PooledByteBufAllocator.DEFAULT.directBuffer();
    bytes.writeCharSequence(frame, java.nio.charset.StandardCharsets.US_ASCII);
    assertTrue(link.send(sink, bytes, 0, bytes.writerIndex(), 1));
    bytes.release();
  }

  @Test
  void exactlyTheCommandsOfWhichTheSocketTookNoByteAreNeverSent() throws Exception {
    onEachTransport(
        loops -> {
          var readAll = new CountDownLatch(1);
          var taken = new java.util.concurrent.atomic.AtomicLong();
          var stop = new CountDownLatch(1);
          var backend =
              backend(
                  connection -> {
                    hear(connection, "PING\r\n");
                    say(connection, "+PONG\r\n");
                    stop.await();
                    // The sender has closed: what it got rid of is all there is to read.
                    taken.set(
                        connection
                            .getInputStream()
                            .transferTo(java.io.OutputStream.nullOutputStream()));
                    readAll.countDown();
                  });
          var listener = new RecordingListener();
          open(
              loops,
              LinkSettings.to(backend.address())
                  .withBounds(LinkBounds.STANDARD.withQueue(1 << 30, 1 << 20)),
              listener);
          Link link = listener.ready.get(5, TimeUnit.SECONDS);
          var sink = new RecordingSink();
          RecordingSink.send(link, sink, "PING");
          await().until(() -> sink.size() == 1);
          // Commands of many sizes, small ones copied and large ones sliced, far more than fits.
          var lengths = new ArrayList<Integer>();
          link.loop()
              .submit(
                  () -> {
                    for (int i = 0; i < 3000; i++) {
                      int payload = i % 7 == 0 ? 20_000 : i % 3 == 0 ? 2000 : 100;
                      String frame =
                          "*2\r\n$4\r\nECHO\r\n$" + payload + "\r\n" + "x".repeat(payload) + "\r\n";
                      lengths.add(frame.length());
                      send(link, sink, frame);
                      if (i % 50 == 0) {
                        link.flush();
                      }
                    }
                    link.flush();
                  })
              .get();
          assertTrue(link.unsentBytes() > 0);
          link.close();
          listener.closed.get(5, TimeUnit.SECONDS);
          stop.countDown();
          assertTrue(readAll.await(10, TimeUnit.SECONDS));
          long bytes = 0;
          int begun = 0;
          for (int length : lengths) {
            begun += bytes < taken.get() ? 1 : 0;
            bytes += length;
          }
          List<String> events = sink.events().subList(1, sink.size());
          assertEquals(3000, events.size());
          assertEquals(begun, events.indexOf("NEVER_SENT"), taken + " of " + bytes + " bytes");
          assertFalse(events.subList(begun, 3000).contains("UNKNOWN"));
        });
  }

  @Test
  void aCommandFlowsThroughInPieces() throws Exception {
    onEachTransport(
        loops -> {
          var backend =
              backend(
                  connection -> {
                    hear(connection, "$300000\r\n" + "x".repeat(300_000) + "\r\n");
                    say(connection, "+OK\r\n");
                    hearAll(connection);
                  });
          var listener = new RecordingListener();
          open(loops, LinkSettings.to(backend.address()), listener);
          Link link = listener.ready.get(5, TimeUnit.SECONDS);
          var sink = new RecordingSink();
          link.loop()
              .submit(
                  () -> {
                    send(link, sink, "*2\r\n$4\r\nECHO\r\n$300000\r\n");
                    for (int i = 0; i < 100; i++) {
                      ByteBuf piece = PooledByteBufAllocator.DEFAULT.directBuffer();
                      piece.writeCharSequence(
                          i == 99 ? "x".repeat(3000) + "\r\n" : "x".repeat(3000),
                          java.nio.charset.StandardCharsets.US_ASCII);
                      link.sendMore(piece, 0, piece.writerIndex());
                      piece.release();
                    }
                    link.flush();
                  })
              .get();
          await().until(() -> sink.size() == 1);
          assertEquals(List.of("+OK"), sink.events());
          link.close();
          listener.closed.get(5, TimeUnit.SECONDS);
        });
  }

  @Test
  void aSinkThatThrowsEndsItsLinkOnly() throws Exception {
    onEachTransport(
        loops -> {
          var backend =
              backend(
                  connection -> {
                    hear(connection, "PING");
                    say(connection, "+PONG\r\n");
                    hearAll(connection);
                  });
          var listener = new RecordingListener();
          open(loops, LinkSettings.to(backend.address()), listener);
          var sink =
              new ReplySink() {
                @Override
                public void onReply(Link link, ByteBuf in, int offset, int length, byte first) {
                  throw new IllegalStateException("thrown by a test");
                }

                @Override
                public void onLost(Link link, int count, CommandOutcome outcome) {}
              };
          RecordingSink.send(listener.ready.get(5, TimeUnit.SECONDS), sink, "PING");
          LinkFailure failure = listener.closed.get(5, TimeUnit.SECONDS);
          assertTrue(failure.message().contains("thrown by a test"), failure.message());
        });
  }

  @Test
  void aLinkWhoseReadingIsStoppedIsNotCalledSilent() throws Exception {
    var backend =
        backend(
            connection -> {
              hear(connection, "PING");
              say(connection, "+PONG\r\n");
              hearAll(connection);
            });
    var listener = new RecordingListener();
    open(
        transports.getFirst(),
        LinkSettings.to(backend.address())
            .withTimes(
                new LinkTimes(Duration.ofSeconds(1), Duration.ofMillis(40), Duration.ofMillis(80))),
        listener);
    Link link = listener.ready.get(5, TimeUnit.SECONDS);
    var sink = new RecordingSink();
    link.loop()
        .submit(
            () -> {
              link.reading(false);
              send(link, sink, "*1\r\n$4\r\nPING\r\n");
              link.flush();
            })
        .get();
    Thread.sleep(400);
    assertFalse(listener.closed.isDone());
    assertEquals(0, sink.size());
    link.loop().submit(() -> link.reading(true)).get();
    await().until(() -> sink.size() == 1);
    link.close();
  }
}
