package holdfast.backend.resp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** The path of a command makes no garbage: counted, not believed. */
class ScannerAllocationTest {
  private static final int WARM_UP = 2_000;
  private static final int ROUNDS = 1_000;

  private static long allocatedBytes(Runnable work) {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int i = 0; i < WARM_UP; i++) {
      work.run();
    }
    // The JVM allocates a little now and then for itself (counting, deoptimising), but not always.
    long least = Long.MAX_VALUE;
    for (int repeat = 0; repeat < 5; repeat++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < ROUNDS; i++) {
        work.run();
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    return least;
  }

  private static ByteBuf buffer(String text) {
    // Without the leak detector of the tests, which remembers each access.
    return new UnpooledByteBufAllocator(true, true)
        .directBuffer()
        .writeBytes(text.getBytes(US_ASCII));
  }

  @Test
  void scanningAPipelineOfCommandsAllocatesNothing() {
    ByteBuf in =
        buffer(
            "*3\r\n$3\r\nSET\r\n$5\r\nkey:1\r\n$5\r\nvalue\r\n*2\r\n$3\r\nGET\r\n$5\r\nkey:1\r\n"
                    .repeat(16)
                + "GET 'inline key'\r\n");
    var scanner = new RequestScanner(RespLimits.STANDARD);
    long[] sum = {0};
    Runnable work =
        () -> {
          int start = 0;
          int end = in.writerIndex();
          // Cut at a place that moves, so that resuming is counted too.
          int cut = (int) (sum[0] % end);
          while (start < end) {
            int upTo = start < cut ? cut : end;
            if (scanner.scan(in, start, upTo) == ScanStatus.COMPLETE) {
              sum[0] += scanner.argumentOffset(1) + scanner.frameLength();
              start += scanner.length();
            } else {
              scanner.scan(in, start, end);
              sum[0]++;
              start += scanner.length();
            }
          }
        };
    assertEquals(0, allocatedBytes(work));
    in.release();
  }

  @Test
  void scanningAPipelineOfRepliesAllocatesNothing() {
    ByteBuf in =
        buffer(
            "+OK\r\n$5\r\nvalue\r\n*3\r\n:1\r\n$1\r\na\r\n*1\r\n$-1\r\n%1\r\n+a\r\n,1.5\r\n"
                .repeat(16));
    var scanner = new ReplyScanner(RespLimits.STANDARD);
    long[] sum = {0};
    Runnable work =
        () -> {
          int start = 0;
          int end = in.writerIndex();
          while (start < end) {
            scanner.scan(in, start, end);
            sum[0] += scanner.firstByte();
            start += scanner.length();
          }
        };
    assertEquals(0, allocatedBytes(work));
    in.release();
  }
}
