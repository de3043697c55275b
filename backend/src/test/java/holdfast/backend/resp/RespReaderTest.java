package holdfast.backend.resp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RespReaderTest {
  private static RespValue read(String text) {
    ByteBuf in = Unpooled.copiedBuffer(text, UTF_8);
    var value = new RespReader(RespLimits.STANDARD).next(in);
    assertNotNull(value, text);
    assertEquals(0, in.readableBytes(), text);
    return value;
  }

  private static RespValue bulk(String text) {
    return new RespValue.Bulk(text.getBytes(UTF_8));
  }

  @Test
  void readsEveryType() {
    assertEquals(new RespValue.Simple("OK"), read("+OK\r\n"));
    assertEquals(new RespValue.Failure("ERR é"), read("-ERR é\r\n"));
    assertEquals(new RespValue.Failure("ERR\r\nx"), read("!6\r\nERR\r\nx\r\n"));
    assertEquals(new RespValue.Int(-7), read(":-7\r\n"));
    assertEquals(bulk("a\r\nb"), read("$4\r\na\r\nb\r\n"));
    assertEquals(bulk("Hello"), read("$?\r\n;4\r\nHell\r\n;1\r\no\r\n;0\r\n"));
    assertTrue(read("$-1\r\n").isNil() && read("*-1\r\n").isNil() && read("_\r\n").isNil());
    assertEquals(new RespValue.Bool(true), read("#t\r\n"));
    assertEquals(new RespValue.Real("1.5"), read(",1.5\r\n"));
    assertEquals(Double.NEGATIVE_INFINITY, ((RespValue.Real) read(",-inf\r\n")).asDouble());
    assertEquals(
        new RespValue.BigNumber("-12345678901234567890"), read("(-12345678901234567890\r\n"));
    assertEquals(new RespValue.Verbatim("mkd", "*x*"), read("=7\r\nmkd:*x*\r\n"));
    assertEquals(
        new RespValue.Array(List.of(new RespValue.Int(1), new RespValue.Array(List.of()))),
        read("*2\r\n:1\r\n*0\r\n"));
    assertEquals(new RespValue.Array(List.of(new RespValue.Int(1))), read("*?\r\n:1\r\n.\r\n"));
    assertEquals(
        new RespValue.Pairs(List.of(bulk("k"), new RespValue.Int(1))),
        read("%1\r\n$1\r\nk\r\n:1\r\n"));
    assertEquals(new RespValue.Members(List.of(bulk("k"))), read("~1\r\n$1\r\nk\r\n"));
    assertEquals(new RespValue.Push(List.of(bulk("k"))), read(">1\r\n$1\r\nk\r\n"));
    assertEquals(
        new RespValue.Array(List.of(new RespValue.Int(2))),
        read("|1\r\n+a\r\n+b\r\n*1\r\n|1\r\n+c\r\n+d\r\n:2\r\n"));
  }

  @Test
  void refusesTextThatIsNotWhatItsTypeSays() {
    for (String text :
        List.of(":x\r\n", ":\r\n", "#x\r\n", ",x\r\n", "(1x\r\n", "_x\r\n", "=3\r\ntxt\r\n")) {
      assertThrows(RespProtocolException.class, () -> read(text), text);
    }
  }

  @Test
  void waitsForAWholeValue() {
    var reader = new RespReader(RespLimits.STANDARD);
    byte[] stream = "*2\r\n$3\r\nabc\r\n:1\r\n".getBytes(UTF_8);
    ByteBuf in = Unpooled.buffer();
    for (int i = 0; i < stream.length - 1; i++) {
      in.writeByte(stream[i]);
      assertNull(reader.next(in));
      assertEquals(0, in.readerIndex());
    }
    in.writeByte(stream[stream.length - 1]);
    assertEquals(new RespValue.Array(List.of(bulk("abc"), new RespValue.Int(1))), reader.next(in));
    assertNull(reader.next(in));
  }

  @Test
  void readsWhateverTheScannerFrames() {
    for (int seed = 0; seed < 2_000; seed++) {
      var stream = new StringBuilder();
      ReplyScannerTest.value(stream, new Random(seed), 0, true);
      ByteBuf in = Unpooled.copiedBuffer(stream, java.nio.charset.StandardCharsets.ISO_8859_1);
      assertNotNull(new RespReader(RespLimits.STANDARD).next(in));
      assertEquals(0, in.readableBytes(), "seed " + seed + ": " + stream);
    }
  }

  @Test
  void givesTextNumbersAndItemsOrSaysWhatCame() {
    assertEquals("OK", read("+OK\r\n").text());
    assertEquals("7", read(":7\r\n").text());
    assertEquals(7, read(":7\r\n").integer());
    assertEquals("ERR", ((RespValue.Failure) read("-ERR no way\r\n")).code());
    assertEquals("LOADING", ((RespValue.Failure) read("-LOADING\r\n")).code());
    assertEquals(2, read("%1\r\n+k\r\n+v\r\n").items().size());
    var e = assertThrows(IllegalStateException.class, () -> read("-ERR no way\r\n").text());
    assertTrue(e.getMessage().contains("no way"), e.getMessage());
  }
}
