package holdfast.backend.link;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import holdfast.backend.testing.RedisServer;
import holdfast.backend.time.BootTicker;
import holdfast.backend.transport.EventLoops;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** In the steady state a link makes no garbage per command: counted on its thread. */
class LinkAllocationIT {
  private static final int PIPELINE = 16;
  private static final int WARM_UP_ROUNDS = 3_000;
  private static final int ROUNDS = 3_000;

  /** Sends the next round when the last reply of one is in, all on the loop. */
  private static final class Rounds implements ReplySink {
    final ByteBuf round;
    final int commandBytes;
    final CompletableFuture<Long> allocated = new CompletableFuture<>();
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private int replies;
    private int rounds;
    private long before;

    Rounds(String command, int count) {
      round = PooledByteBufAllocator.DEFAULT.directBuffer();
      round.writeCharSequence(command.repeat(count), US_ASCII);
      commandBytes = command.length();
    }

    void next(Link link) {
      for (int i = 0; i < PIPELINE; i++) {
        if (!link.send(this, round, i * commandBytes, commandBytes, 1)) {
          throw new IllegalStateException("queue full");
        }
      }
      link.flush();
    }

    @Override
    public void onReply(Link link, ByteBuf in, int offset, int length, byte firstByte) {
      if (++replies < PIPELINE) {
        return;
      }
      replies = 0;
      rounds++;
      if (rounds == WARM_UP_ROUNDS) {
        threads.getCurrentThreadAllocatedBytes(); // counting may itself allocate the first time
        before = threads.getCurrentThreadAllocatedBytes();
      }
      if (rounds == WARM_UP_ROUNDS + ROUNDS) {
        allocated.complete(threads.getCurrentThreadAllocatedBytes() - before);
      } else {
        next(link);
      }
    }

    @Override
    public void onLost(Link link, int count, CommandOutcome outcome) {
      allocated.completeExceptionally(new IllegalStateException(outcome.toString()));
    }
  }

  private static double allocatedBytesPerCommand(RedisServer redis, String command)
      throws Exception {
    try (var loops = EventLoops.start("link-allocation", 1)) {
      var listener = new RecordingListener();
      Link.open(
          loops, loops.next(), LinkSettings.to(redis.address()), BootTicker.system(), listener);
      Link link = listener.ready.get(5, TimeUnit.SECONDS);
      var rounds = new Rounds(command, PIPELINE);
      link.loop().execute(() -> rounds.next(link));
      double bytes = rounds.allocated.get(60, TimeUnit.SECONDS);
      link.close();
      assertEquals(LinkFailure.Kind.CLOSED, listener.closed.get(5, TimeUnit.SECONDS).kind());
      rounds.round.release();
      return bytes / (ROUNDS * PIPELINE);
    }
  }

  @Test
  void smallAndLargeCommandsAllocateNothing() throws Exception {
    var level = ResourceLeakDetector.getLevel();
    // It remembers each access to a buffer; this test is about what our code allocates.
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    try (var redis = RedisServer.start()) {
      double small = allocatedBytesPerCommand(redis, "*2\r\n$3\r\nGET\r\n$1\r\na\r\n");
      double large =
          allocatedBytesPerCommand(
              redis, "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$4000\r\n" + "x".repeat(4000) + "\r\n");
      // A tick of the heartbeat now and then is no matter.
      assertTrue(small < 1 && large < 1, small + " and " + large + " bytes per command");
    } finally {
      ResourceLeakDetector.setLevel(level);
    }
  }
}
