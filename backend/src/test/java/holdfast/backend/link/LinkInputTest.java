package holdfast.backend.link;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LinkInputTest {
  /** What was delivered; one reply in so many takes pieces. */
  private static final class Delivered implements LinkInput.Replies {
    final List<String> frames = new ArrayList<>();
    final StringBuilder piece = new StringBuilder();
    final int piecesEach;
    boolean ended;
    boolean paused;
    int pauseEach = Integer.MAX_VALUE;
    int endAfter = Integer.MAX_VALUE;
    int mostInOnePiece;

    Delivered(int piecesEach) {
      this.piecesEach = piecesEach;
    }

    private void add(String frame) {
      frames.add(frame);
      ended |= frames.size() == endAfter;
      paused |= frames.size() % pauseEach == 0;
    }

    @Override
    public void onReply(ByteBuf in, int offset, int length, byte firstByte) {
      assertEquals(firstByte, in.getByte(offset));
      add(in.toString(offset, length, ISO_8859_1));
    }

    @Override
    public void onPush(ByteBuf in, int offset, int length) {
      add("push:" + in.toString(offset, length, ISO_8859_1));
    }

    @Override
    public boolean takesPieces() {
      return frames.size() % piecesEach == 0;
    }

    @Override
    public void onReplyPiece(ByteBuf in, int offset, int length, byte firstByte, boolean last) {
      piece.append(in.toString(offset, length, ISO_8859_1));
      mostInOnePiece = Math.max(mostInOnePiece, length);
      if (last) {
        add(piece.toString());
        piece.setLength(0);
      }
    }

    @Override
    public void onBreach(String reason) {
      add("breach: " + reason);
      ended = true;
    }

    @Override
    public boolean isStopped() {
      return ended || paused;
    }
  }

  private static String frame(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> "+OK\r\n";
      case 1 -> ">2\r\n+message\r\n:" + random.nextInt(1000) + "\r\n";
      case 2 -> "*2\r\n:1\r\n" + bulk(random.nextInt(40));
      case 3 -> bulk(random.nextInt(4000));
      default -> bulk(random.nextInt(20));
    };
  }

  private static String bulk(int length) {
    return "$" + length + "\r\n" + "\r\n+x".repeat(1000).substring(0, length) + "\r\n";
  }

  private static Delivered deliver(
      Delivered delivered, LinkBounds bounds, String stream, Random random) {
    var input = new LinkInput(delivered, bounds, PooledByteBufAllocator.DEFAULT);
    int at = 0;
    while (at < stream.length() && !delivered.ended) {
      int most = random.nextInt(4) == 0 ? 3 : 2000;
      int to = Math.min(stream.length(), at + 1 + random.nextInt(most));
      ByteBuf in = PooledByteBufAllocator.DEFAULT.directBuffer();
      in.writeBytes(stream.substring(at, to).getBytes(ISO_8859_1));
      input.onRead(in);
      assertEquals(1, in.refCnt());
      in.release();
      at = to;
    }
    input.release();
    return delivered;
  }

  @Test
  void deliversWhatWasSentHoweverItWasCut() {
    for (int seed = 0; seed < 300; seed++) {
      var random = new Random(seed);
      var frames = new ArrayList<String>();
      for (int i = random.nextInt(20); i >= 0; i--) {
        frames.add(frame(random));
      }
      var bounds = LinkBounds.STANDARD.withReplies(100, 5000);
      var delivered = deliver(new Delivered(2), bounds, String.join("", frames), random);
      var expected = frames.stream().map(f -> f.startsWith(">") ? "push:" + f : f).toList();
      assertEquals(expected, delivered.frames, "seed " + seed);
    }
  }

  @Test
  void whatCameWhileStoppedIsDeliveredOnGoingOn() {
    for (int seed = 0; seed < 100; seed++) {
      var random = new Random(seed);
      var frames = new ArrayList<String>();
      for (int i = 0; i < 20; i++) {
        frames.add(bulk(random.nextInt(100)));
      }
      var delivered = new Delivered(Integer.MAX_VALUE);
      delivered.pauseEach = 1 + random.nextInt(4);
      var input = new LinkInput(delivered, LinkBounds.STANDARD, PooledByteBufAllocator.DEFAULT);
      String stream = String.join("", frames);
      for (int at = 0; at < stream.length(); ) {
        int to = Math.min(stream.length(), at + 1 + random.nextInt(200));
        ByteBuf in = PooledByteBufAllocator.DEFAULT.directBuffer();
        in.writeBytes(stream.substring(at, to).getBytes(ISO_8859_1));
        int before = delivered.frames.size();
        boolean wasPaused = delivered.paused;
        input.onRead(in);
        in.release();
        assertTrue(!wasPaused || delivered.frames.size() == before, "delivered while stopped");
        if (random.nextBoolean()) {
          delivered.paused = false;
          input.resume();
        }
        at = to;
      }
      while (delivered.paused) {
        delivered.paused = false;
        input.resume();
      }
      assertEquals(frames, delivered.frames, "seed " + seed);
      input.release();
    }
  }

  @Test
  void stopsInMidBufferWhenTheLinkEnds() {
    var delivered = new Delivered(2);
    delivered.endAfter = 3;
    deliver(delivered, LinkBounds.STANDARD, "+1\r\n+2\r\n+3\r\n+4\r\n", new Random(1));
    assertEquals(List.of("+1\r\n", "+2\r\n", "+3\r\n"), delivered.frames);
  }

  @Test
  void aReplyThatMustBeWholeIsKeptUpToItsBoundOnly() {
    var bounds = LinkBounds.STANDARD.withReplies(100, 3000);
    String atBound = bulk(2000);
    String beyond = "$3500\r\n" + "x".repeat(3500) + "\r\n";
    var delivered =
        deliver(new Delivered(Integer.MAX_VALUE), bounds, "+a\r\n" + atBound, new Random(2));
    assertEquals(List.of("+a\r\n", atBound), delivered.frames);
    // Whole in one read it costs nothing to keep; cut, it is refused once too much has come.
    delivered =
        deliver(
            new Delivered(Integer.MAX_VALUE), bounds, "+a\r\n" + beyond + beyond, new Random(2));
    assertTrue(delivered.frames.getLast().startsWith("breach: "), delivered.frames.getLast());
  }

  @Test
  void whatIsNoReplyIsABreachAfterWhatCameBefore() {
    var delivered =
        deliver(new Delivered(1), LinkBounds.STANDARD, "+a\r\n:1\r\nHTTP/1.1\r\n", new Random(3));
    assertEquals(3, delivered.frames.size());
    assertTrue(delivered.frames.get(2).startsWith("breach: Protocol error"));
  }

  @Test
  void piecesAreNoLargerThanWhatWasRead() {
    var delivered = new Delivered(1);
    String large = "$200000\r\n" + "x".repeat(200_000) + "\r\n";
    deliver(delivered, LinkBounds.STANDARD.withReplies(1000, 1000), large + large, new Random(4));
    assertEquals(List.of(large, large), delivered.frames);
    assertTrue(delivered.mostInOnePiece <= 4000, delivered.mostInOnePiece + " bytes");
  }
}
