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
    log.showAll((in, start, length, sent) -> words.add(word(in, start, length)));
    return words;
  }

  private static String word(ByteBuf in, int start, int length) {
    return length == 0 ? "?" : in.toString(start, length, UTF_8).split("\r\n")[2];
  }

  @Test
  void showsWhatIsUnansweredAcrossBuffers() {
    log.add(commands("a", "bb", "ccc"), 3);
    log.add(commands("d"), 1);
    log.add(commands("e", "f"), 2);
    assertEquals(List.of("a", "bb", "ccc", "d", "e", "f"), left());
    log.answered(2);
    assertEquals(List.of("ccc", "d", "e", "f"), left());
    log.showOldest((in, start, length, sent) -> assertEquals("ccc", word(in, start, length)));
    log.answered(3);
    assertEquals(List.of("f"), left());
    log.answered(1);
    assertEquals(List.of(), left());
    assertFalse(log.showOldest((in, start, length, sent) -> {}));
    assertEquals(0, log.bytes());
    all.forEach(buffer -> assertEquals(0, buffer.refCnt()));
  }

  @Test
  void isNotDisturbedByWritesThatMoveTheReaderIndex() {
    ByteBuf buffer = commands("a", "b");
    log.add(buffer, 2);
    buffer.skipBytes(5);
    assertEquals(List.of("a", "b"), left());
    log.clear();
    assertEquals(0, buffer.refCnt());
  }

  @Test
  void aCommandThatWentThroughInPiecesIsThereWithoutItsBytes() {
    log.add(Unpooled.EMPTY_BUFFER, 1);
    log.add(commands("a"), 1);
    assertEquals(List.of("?", "a"), left());
    log.answered(1);
    assertEquals(List.of("a"), left());
    log.clear();
  }

  @Test
  void growsBeyondItsFirstSize() {
    for (int i = 0; i < 100; i++) {
      log.add(commands("w" + i), 1);
      if (i % 3 == 0) {
        log.answered(1);
      }
    }
    assertEquals(66, left().size());
    assertEquals("w99", left().getLast());
    log.clear();
    all.forEach(buffer -> assertEquals(0, buffer.refCnt()));
  }
}
