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

  private static final byte[] ABORTED = bytes("EXECABORT Transaction discarded because of:");

  private Refusals() {}

  private static byte[] bytes(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }

  /** Whether the error reply (its '-' first) is one of them, or such a reason to end a MULTI. */
  static boolean isRefusal(ByteBuf in, int start, int length) {
    return isWord(in, start + 1, length - 1) || isRefusedExec(in, start, length);
  }

  /**
   * Whether EXEC was refused as a whole for the state that the server is in. Source: Redis {@code
   * multi.c} execCommandAbort.
   */
  static boolean isRefusedExec(ByteBuf in, int start, int length) {
    int reason = start + 1 + ABORTED.length + 1;
    return begins(in, start + 1, length - 1, ABORTED)
        && isWord(in, reason, start + length - reason);
  }

  private static boolean isWord(ByteBuf in, int start, int length) {
    for (byte[] word : WORDS) {
      if (begins(in, start, length, word)) {
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
