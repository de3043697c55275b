package holdfast.backend.resp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class RespWriterTest {
  private static String written(int protocol, Consumer<RespWriter> what) {
    ByteBuf out = Unpooled.buffer();
    what.accept(new RespWriter(out, protocol));
    String text = out.toString(UTF_8);
    out.release();
    return text;
  }

  @Test
  void writesEveryIntegerAsJavaDoes() {
    long[] edges = {
      0, 1, 9, 10, 99, 100, -1, -9, -10, Integer.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE
    };
    for (long value : edges) {
      assertEquals(":" + value + "\r\n", written(2, w -> w.integer(value)));
      String digits = Long.toString(value);
      assertEquals(
          "$" + digits.length() + "\r\n" + digits + "\r\n", written(3, w -> w.bulk(value)));
    }
  }

  @Test
  void fallsBackToWhatRedisSendsInResp2() {
    assertEquals("$-1\r\n", written(2, RespWriter::nil));
    assertEquals("_\r\n", written(3, RespWriter::nil));
    assertEquals("*-1\r\n", written(2, RespWriter::nilArray));
    assertEquals("_\r\n", written(3, RespWriter::nilArray));
    assertEquals("*4\r\n", written(2, w -> w.map(2)));
    assertEquals("%2\r\n", written(3, w -> w.map(2)));
    assertEquals("*2\r\n", written(2, w -> w.set(2)));
    assertEquals("~2\r\n", written(3, w -> w.set(2)));
    assertEquals("*2\r\n", written(2, w -> w.push(2)));
    assertEquals(">2\r\n", written(3, w -> w.push(2)));
    assertEquals(":1\r\n", written(2, w -> w.bool(true)));
    assertEquals("#f\r\n", written(3, w -> w.bool(false)));
    assertEquals("$3\r\n3.5\r\n", written(2, w -> w.number("3.5")));
    assertEquals(",inf\r\n", written(3, w -> w.number("inf")));
    assertEquals("$2\r\nhi\r\n", written(2, w -> w.verbatim("txt", "hi")));
    assertEquals("=6\r\ntxt:hi\r\n", written(3, w -> w.verbatim("txt", "hi")));
  }

  @Test
  void anErrorStaysOnItsLine() {
    assertEquals("-ERR a  b\r\n", written(2, w -> w.error("ERR a\r\nb")));
  }

  @Test
  void lengthsCountBytesNotCharacters() {
    assertEquals("*2\r\n$3\r\nSET\r\n$2\r\né\r\n", written(2, w -> w.command("SET", "é")));
  }

  @Test
  void refusesAProtocolThatIsNone() {
    assertThrows(IllegalArgumentException.class, () -> written(4, RespWriter::nil));
  }
}
