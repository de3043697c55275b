package holdfast.proxy.dispatch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SentLogTest {
  private final SentLog log = new SentLog();
  private final List<ByteBuf> all = new ArrayList<>();

  private ByteBuf commands(String... words) {
    var text = new StringBuilder();
    for (String word : words) {
      text.append("*1\r\n$").append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    ByteBuf buffer = Unpooled.directBuffer().writeBytes(text.toString().getBytes(UTF_8));
    all.add(buffer);
    return buffer;
  }

  private List<String> left() {
    var words = new ArrayList<String>();
    log.takeAll((in, start, length, sent) -> words.add(word(in, start, length)));
    return words;
  }

  private String oldest() {
    var words = new ArrayList<String>();
    log.showOldest((in, start, length, sent) -> words.add(word(in, start, length)));
    return words.getFirst();
  }

  private static String word(ByteBuf in, int start, int length) {
    return length == 0 ? "?" : in.toString(start, length, UTF_8).split("\r\n")[2];
  }

  @Test
  void showsWhatIsUnansweredAcrossBuffers() {
    log.add(commands("a", "bb", "ccc"), 3);
    log.add(commands("d"), 1);
    log.add(commands("e", "f"), 2);
    assertEquals("a", oldest());
    log.answered(2);
    assertEquals("ccc", oldest());
    log.answered(3);
    assertEquals("f", oldest());
    log.answered(1);
    assertFalse(log.showOldest((in, start, length, sent) -> {}));
    assertEquals(0, log.bytes());
    all.forEach(buffer -> assertEquals(0, buffer.refCnt()));
  }

  @Test
  void givesUpWhatIsUnanswered() {
    log.add(commands("a", "bb", "ccc"), 3);
    log.add(commands("d"), 1);
    log.add(commands("e", "f"), 2);
    log.answered(2);
    assertEquals(List.of("ccc", "d", "e", "f"), left());
    assertEquals(0, log.bytes());
    all.forEach(buffer -> assertEquals(0, buffer.refCnt()));
    log.add(commands("g"), 1);
    assertEquals(List.of("g"), left());
  }

  @Test
  void needsNoBufferBehindTheOneThatIsShown() {
    log.add(commands("a"), 1);
    log.add(commands("b"), 1);
    log.takeAll(
        (in, start, length, sent) ->
            assertEquals(word(in, start, length).equals("a") ? 1 : 0, all.getFirst().refCnt()));
  }

  @Test
  void isNotDisturbedByWritesThatMoveTheReaderIndex() {
    ByteBuf buffer = commands("a", "b");
    log.add(buffer, 2);
    buffer.skipBytes(5);
    assertEquals(List.of("a", "b"), left());
    assertEquals(0, buffer.refCnt());
  }

  @Test
  void aCommandThatWentThroughInPiecesIsThereWithoutItsBytes() {
    log.add(Unpooled.EMPTY_BUFFER, 1);
    log.add(commands("a"), 1);
    assertEquals("?", oldest());
    log.answered(1);
    assertEquals("a", oldest());
    log.add(Unpooled.EMPTY_BUFFER, 1);
    assertEquals(List.of("a", "?"), left());
  }

  @Test
  void growsBeyondItsFirstSize() {
    for (int i = 0; i < 100; i++) {
      log.add(commands("w" + i), 1);
      if (i % 3 == 0) {
        log.answered(1);
      }
    }
    List<String> left = left();
    assertEquals(66, left.size());
    assertEquals("w99", left.getLast());
    all.forEach(buffer -> assertEquals(0, buffer.refCnt()));
  }
}
