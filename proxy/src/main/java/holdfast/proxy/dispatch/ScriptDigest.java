package holdfast.proxy.dispatch;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The name by which EVALSHA calls a script.
 *
 * @param hex SHA1 of its body, in lower case
 */
record ScriptDigest(String hex) {
  private static final int HEX_LENGTH = 40;

  /** Of a script with this body. */
  static ScriptDigest of(byte[] body) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-1").digest(body);
      return new ScriptDigest(HexFormat.of().formatHex(digest));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }

  /** As a client wrote it, in any case; null if it cannot be one. */
  static @Nullable ScriptDigest read(RequestView request, int index) {
    if (request.length(index) != HEX_LENGTH) {
      return null;
    }
    String text = new String(request.bytes(index), StandardCharsets.ISO_8859_1);
    return new ScriptDigest(text.toLowerCase(Locale.ROOT));
  }
}
