package holdfast.proxy.dispatch;

import holdfast.proxy.session.Subscriptions.Kind;
import io.netty.buffer.ByteBuf;

/**
 * What a server sends on a link of subscriptions, looked at where it lies: arrays or pushes that
 * begin with a word, which of messages ends in "message" and is followed by the name of the channel
 * or pattern that they are for. Pure.
 */
final class PubSubFrame {
  private static final byte[] WORD = {'m', 'e', 's', 's', 'a', 'g', 'e'};

  private PubSubFrame() {}

  /** Whether it is a message, and no answer. */
  static boolean isMessage(ByteBuf in, int start, int length) {
    int end = start + length;
    int word = word(in, start, end);
    int wordEnd = word < 0 ? -1 : in.indexOf(word, end, (byte) '\r');
    if (wordEnd - word < WORD.length) {
      return false;
    }
    for (int i = 0; i < WORD.length; i++) {
      if (in.getByte(wordEnd - WORD.length + i) != WORD[i]) {
        return false;
      }
    }
    return true;
  }

  /** Where the first word begins; negative if there is none. */
  private static int word(ByteBuf in, int start, int end) {
    byte type = in.getByte(start);
    if (type != '*' && type != '>') {
      return -1;
    }
    int line = in.indexOf(start, end, (byte) '\n');
    int second = line < 0 ? -1 : in.indexOf(line + 1, end, (byte) '\n');
    return second < 0 ? -1 : second + 1;
  }

  /** Of a message. */
  static Kind kind(ByteBuf in, int start, int length) {
    return switch (in.getByte(word(in, start, start + length))) {
      case 'p' -> Kind.PATTERN;
      case 's' -> Kind.SHARD;
      default -> Kind.CHANNEL;
    };
  }

  /** The channel or pattern that a message is for, copied. */
  static byte[] name(ByteBuf in, int start, int length) {
    int end = start + length;
    int header = in.indexOf(word(in, start, end), end, (byte) '\n') + 1;
    int headerEnd = in.indexOf(header, end, (byte) '\r');
    int size = 0;
    for (int i = header + 1; i < headerEnd; i++) {
      size = size * 10 + in.getByte(i) - '0';
    }
    var name = new byte[size];
    in.getBytes(headerEnd + 2, name);
    return name;
  }
}
