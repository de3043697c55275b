package holdfast.backend.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Words that stand in commands, in bytes, and comparing with them in any case. */
public final class Words {
  public static final byte[] DEL = bytes("DEL");
  public static final byte[] MULTI = bytes("MULTI");
  public static final byte[] EXEC = bytes("EXEC");
  public static final byte[] SET = bytes("SET");
  public static final byte[] PXAT = bytes("PXAT");
  public static final byte[] KEEPTTL = bytes("KEEPTTL");
  public static final byte[] PEXPIREAT = bytes("PEXPIREAT");
  public static final byte[] PERSIST = bytes("PERSIST");
  public static final byte[] UNLINK = bytes("UNLINK");
  public static final byte[] EMPTY = {};

  private Words() {}

  /** UTF-8. */
  public static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Decimal digits. */
  public static byte[] bytes(long number) {
    return Long.toString(number).getBytes(US_ASCII);
  }

  /** One character per byte, so nothing gets lost; for messages and comparisons. */
  public static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Upper case of ASCII letters. */
  public static String upper(String text) {
    return text.toUpperCase(java.util.Locale.ROOT);
  }

  /** Whether {@code bytes} is {@code word} (ASCII, upper or lower case) in any case. */
  public static boolean same(byte @Nullable [] bytes, String word) {
    if (bytes == null || bytes.length != word.length()) {
      return false;
    }
    for (int i = 0; i < bytes.length; i++) {
      if (lower(bytes[i]) != lower((byte) word.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static byte lower(byte b) {
    return b >= 'A' && b <= 'Z' ? (byte) (b + 32) : b;
  }
}
