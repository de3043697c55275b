package holdfast.bench.micro;

import static java.nio.charset.StandardCharsets.US_ASCII;

import holdfast.backend.resp.ReplyScanner;
import holdfast.backend.resp.RequestScanner;
import holdfast.backend.resp.RespLimits;
import holdfast.backend.resp.ScanStatus;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Nanoseconds to frame one command, or one reply, of a pipeline of 64 in a pooled buffer. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 2,
    jvmArgsAppend = {
      "-XX:+UseSerialGC",
      "--enable-native-access=ALL-UNNAMED",
      "--sun-misc-unsafe-memory-access=allow"
    })
public class ScannerBenchmark {
  private static final int PIPELINE = 64;

  /** Which commands, and the replies to them. */
  @Param({"GET", "SET", "SET1K", "MGET10"})
  private String command = "GET";

  private final RequestScanner requests = new RequestScanner(RespLimits.STANDARD);
  private final ReplyScanner replies = new ReplyScanner(RespLimits.STANDARD);
  private ByteBuf requestBytes = PooledByteBufAllocator.DEFAULT.directBuffer();
  private ByteBuf replyBytes = PooledByteBufAllocator.DEFAULT.directBuffer();

  /** Fills the buffers. */
  @Setup
  public void fill() {
    String key = "$16\r\nkey:000000012345\r\n";
    String small = "$3\r\nxxx\r\n";
    String large = "$1024\r\n" + "x".repeat(1024) + "\r\n";
    String request =
        switch (command) {
          case "GET" -> "*2\r\n$3\r\nGET\r\n" + key;
          case "SET" -> "*3\r\n$3\r\nSET\r\n" + key + small;
          case "SET1K" -> "*3\r\n$3\r\nSET\r\n" + key + large;
          default -> "*11\r\n$4\r\nMGET\r\n" + key.repeat(10);
        };
    String reply =
        switch (command) {
          case "GET" -> small;
          case "SET", "SET1K" -> "+OK\r\n";
          default -> "*10\r\n" + small.repeat(10);
        };
    requestBytes.writeCharSequence(request.repeat(PIPELINE), US_ASCII);
    replyBytes.writeCharSequence(reply.repeat(PIPELINE), US_ASCII);
  }

  /** Gives the buffers back. */
  @TearDown
  public void release() {
    requestBytes.release();
    replyBytes.release();
  }

  /** One command. */
  @Benchmark
  @OperationsPerInvocation(PIPELINE)
  public int request() {
    ByteBuf in = requestBytes;
    int end = in.writerIndex();
    int sum = 0;
    for (int at = 0; at < end; at += requests.length()) {
      if (requests.scan(in, at, end) != ScanStatus.COMPLETE) {
        throw new IllegalStateException();
      }
      sum += requests.argumentOffset(1);
    }
    return sum;
  }

  /** One reply. */
  @Benchmark
  @OperationsPerInvocation(PIPELINE)
  public int reply() {
    ByteBuf in = replyBytes;
    int end = in.writerIndex();
    int sum = 0;
    for (int at = 0; at < end; at += replies.length()) {
      if (replies.scan(in, at, end) != ScanStatus.COMPLETE) {
        throw new IllegalStateException();
      }
      sum += replies.firstByte();
    }
    return sum;
  }
}
