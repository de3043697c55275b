package holdfast.proxy.dispatch;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Errors with which a server refuses a command before executing it because of the state it is in.
 * Only the first word counts: servers word the rest differently.
 */
final class Refusals {
  private static final byte[][] WORDS = {
    bytes("READONLY"),
    bytes("LOADING"),
    bytes("MASTERDOWN"),
    bytes("NOREPLICAS"),
    bytes("MISCONF"),
    bytes("CLUSTERDOWN"),
    bytes("UNBLOCKED")
  };

  private Refusals() {}

  private static byte[] bytes(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }

  /** Whether the error reply (its '-' first) is one of them. */
  static boolean isRefusal(ByteBuf in, int start, int length) {
    for (byte[] word : WORDS) {
      if (begins(in, start + 1, length - 1, word)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a reply begins with an error of this code word. */
  static boolean isError(ByteBuf in, int start, int length, String word) {
    return length > 0 && in.getByte(start) == '-' && begins(in, start + 1, length - 1, bytes(word));
  }

  private static boolean begins(ByteBuf in, int start, int length, byte[] word) {
    if (length <= word.length) {
      return false;
    }
    for (int i = 0; i < word.length; i++) {
      if (in.getByte(start + i) != word[i]) {
        return false;
      }
    }
    byte after = in.getByte(start + word.length);
    return after == ' ' || after == '\r';
  }
}
