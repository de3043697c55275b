package holdfast.proxy.dispatch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.proxy.session.Subscriptions.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class PubSubFrameTest {
  private static ByteBuf frame(String text) {
    return Unpooled.copiedBuffer("+x\r\n" + text, UTF_8);
  }

  private static boolean isMessage(String text) {
    ByteBuf frame = frame(text);
    return PubSubFrame.isMessage(frame, 4, frame.readableBytes() - 4);
  }

  private static void assertMessage(String text, Kind kind, String name) {
    ByteBuf frame = frame(text);
    int length = frame.readableBytes() - 4;
    assertTrue(PubSubFrame.isMessage(frame, 4, length), text);
    assertEquals(kind, PubSubFrame.kind(frame, 4, length));
    assertArrayEquals(name.getBytes(UTF_8), PubSubFrame.name(frame, 4, length));
  }

  @Test
  void knowsMessagesAndWhomTheyAreFor() {
    assertMessage("*3\r\n$7\r\nmessage\r\n$2\r\nab\r\n$1\r\nm\r\n", Kind.CHANNEL, "ab");
    assertMessage(">3\r\n$8\r\nsmessage\r\n$0\r\n\r\n$1\r\nm\r\n", Kind.SHARD, "");
    String twelve = "twelve*\r\n$1\r";
    assertMessage(
        ">4\r\n$8\r\npmessage\r\n$12\r\n" + twelve + "\r\n$2\r\nab\r\n$1\r\nm\r\n",
        Kind.PATTERN,
        twelve);
  }

  @Test
  void takesNoAnswerForAMessage() {
    assertFalse(isMessage("*3\r\n$9\r\nsubscribe\r\n$7\r\nmessage\r\n:1\r\n"));
    assertFalse(isMessage("*3\r\n$12\r\npunsubscribe\r\n$-1\r\n:0\r\n"));
    assertFalse(isMessage("*2\r\n$4\r\npong\r\n$7\r\nmessage\r\n"));
    assertFalse(isMessage("$7\r\nmessage\r\n"));
    assertFalse(isMessage("+PONG\r\n"));
    assertFalse(isMessage("-NOPERM message\r\n"));
  }
}
