package holdfast.proxy.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import holdfast.backend.resp.ReplyScanner;
import holdfast.backend.resp.RespLimits;
import holdfast.backend.resp.ScanStatus;
import holdfast.backend.testing.FakeBackend;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands before a server and passes everything on, but in the place of some reply, sooner or later
 * on each connection, it says something that no server says, or stops in the middle.
 */
final class LyingRelay implements AutoCloseable {
  private static final int REPLIES_MAX = 3_000;

  /** None of them can be taken for a reply, nor for the beginning of a longer one. */
  private static final String[] LIES = {
    "hello\r\n",
    "\r\n",
    "\0\0\0\0",
    "$abc\r\n",
    "$-2\r\n",
    "$99999999999999999999\r\n",
    "*x\r\n",
    "*-9\r\n",
    "$3\r\nabcd\r\n",
    "*1\r\n".repeat(5_000),
    "%1x\r\n",
    "$\r\n",
    "*\r\n",
    "=5\r\nabcdefgh\r\n",
    "\377\377\r\n"
  };

  private final InetSocketAddress server;
  private final FakeBackend front;
  private final Random seeds;
  private final AtomicLong replies = new AtomicLong();
  private final AtomicLong lies = new AtomicLong();

  LyingRelay(InetSocketAddress server, long seed) {
    this.server = server;
    this.seeds = new Random(seed);
    this.front = new FakeBackend(this::relay);
  }

  int port() {
    return front.address().getPort();
  }

  /** Replies passed on, the lies not counted. */
  long replies() {
    return replies.get();
  }

  long lies() {
    return lies.get();
  }

  private void relay(Socket client) throws Exception {
    Random random;
    synchronized (seeds) {
      random = new Random(seeds.nextLong());
    }
    try (var behind = new Socket(server.getAddress(), server.getPort())) {
      client.setTcpNoDelay(true);
      Thread.ofVirtual().start(() -> pump(client, behind));
      answer(behind.getInputStream(), client, random);
    }
  }

  /** What the proxy asks. */
  private static void pump(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      // either of them is closed
    }
  }

  private void answer(InputStream in, Socket client, Random random) throws IOException {
    OutputStream out = client.getOutputStream();
    int left = random.nextInt(random.nextInt(10) == 0 ? 10 : REPLIES_MAX);
    var scanner = new ReplyScanner(RespLimits.STANDARD);
    ByteBuf got = Unpooled.buffer();
    var chunk = new byte[1 << 14];
    for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
      got.writeBytes(chunk, 0, n);
      int from = got.readerIndex();
      int at = from;
      while (left > 0
          && at < got.writerIndex()
          && scanner.scan(got, at, got.writerIndex()) == ScanStatus.COMPLETE) {
        at += scanner.length();
        left--;
        replies.incrementAndGet();
      }
      got.readBytes(out, at - from);
      if (left == 0) {
        lie(client, out, random);
        return;
      }
      got.discardReadBytes();
    }
  }

  private void lie(Socket client, OutputStream out, Random random) throws IOException {
    lies.incrementAndGet();
    if (random.nextInt(8) == 0) {
      out.write("$100\r\nnot all of it".getBytes(ISO_8859_1)); // and the end
      return;
    }
    out.write(LIES[random.nextInt(LIES.length)].getBytes(ISO_8859_1));
    FakeBackend.hearAll(client); // it is for the proxy to end this
  }

  @Override
  public void close() {
    front.close();
  }
}
