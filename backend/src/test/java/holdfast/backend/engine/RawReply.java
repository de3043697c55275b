package holdfast.backend.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Takes replies apart, as text, for comparing two of them. */
final class RawReply {
  private final String text;
  private int at;

  private RawReply(String text) {
    this.text = text;
  }

  /** Where the first complete reply of {@code text} ends; -1 if it is not complete. */
  static int end(String text) {
    var reply = new RawReply(text);
    try {
      reply.skip();
      return reply.at;
    } catch (StringIndexOutOfBoundsException e) {
      return -1;
    }
  }

  /** The same reply with the elements of its arrays and sets, the pairs of its maps, sorted. */
  static String sorted(String text) {
    return new RawReply(text).canonical();
  }

  private String line() {
    int end = text.indexOf("\r\n", at);
    if (end < 0) {
      throw new StringIndexOutOfBoundsException("incomplete");
    }
    String line = text.substring(at, end);
    at = end + 2;
    return line;
  }

  private void skip() {
    canonical();
  }

  private String canonical() {
    String line = line();
    char type = line.charAt(0);
    switch (type) {
      case '$', '=' -> {
        int length = Integer.parseInt(line.substring(1));
        if (length < 0) {
          return line;
        }
        String body = text.substring(at, at + length);
        at += length + 2;
        if (at > text.length()) {
          throw new StringIndexOutOfBoundsException("incomplete");
        }
        return line + "\r\n" + body;
      }
      case '*', '~', '>', '%' -> {
        int count = Integer.parseInt(line.substring(1));
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          parts.add(type == '%' ? canonical() + " => " + canonical() : canonical());
        }
        Collections.sort(parts);
        return line + parts;
      }
      default -> {
        return line;
      }
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }
}
