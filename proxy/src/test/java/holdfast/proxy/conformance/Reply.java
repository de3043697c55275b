package holdfast.proxy.conformance;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Takes raw replies apart; bytes are Latin-1 characters. */
final class Reply {
  private static final int SHOWN_MAX = 400;

  private final String text;
  private int at;

  private Reply(String text) {
    this.text = text;
  }

  static boolean isError(String reply) {
    return reply.startsWith("-") || reply.startsWith("!");
  }

  static boolean isPush(String reply) {
    return reply.startsWith(">");
  }

  /** The elements of an array as they are; none of anything else. */
  static List<String> elements(String reply) {
    if (!reply.startsWith("*") || reply.startsWith("*-1")) {
      return List.of();
    }
    var whole = new Reply(reply);
    int count = Integer.parseInt(whole.line().substring(1));
    var elements = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      int start = whole.at;
      whole.skip();
      elements.add(reply.substring(start, whole.at));
    }
    return elements;
  }

  /** The same with the elements of its arrays and sets, the pairs of its maps, sorted. */
  static String sorted(String reply) {
    return new Reply(reply).canonical();
  }

  /** On one line, cut where it is long. */
  static String shown(String reply) {
    String text = reply.replace("\r\n", "|").replace("\r", "\\r").replace("\n", "\\n");
    String whole = text.replace("\0", "\\0");
    return whole.length() > SHOWN_MAX
        ? whole.substring(0, SHOWN_MAX) + "... (" + whole.length() + ")"
        : whole;
  }

  private String line() {
    int end = text.indexOf("\r\n", at);
    String line = text.substring(at, end);
    at = end + 2;
    return line;
  }

  private void skip() {
    String line = line();
    switch (line.charAt(0)) {
      case '$', '=', '!' -> {
        int length = Integer.parseInt(line.substring(1));
        at += length < 0 ? 0 : length + 2;
      }
      case '*', '~', '>', '%' -> {
        int values = Integer.parseInt(line.substring(1)) * (line.charAt(0) == '%' ? 2 : 1);
        for (int i = 0; i < values; i++) {
          skip();
        }
      }
      default -> {
        // the line is all
      }
    }
  }

  private String canonical() {
    int start = at;
    char type = text.charAt(at);
    if (type != '*' && type != '~' && type != '>' && type != '%') {
      skip();
      return text.substring(start, at);
    }
    String line = line();
    int count = Integer.parseInt(line.substring(1));
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      parts.add(type == '%' ? canonical() + " => " + canonical() : canonical());
    }
    Collections.sort(parts);
    return line + parts;
  }
}
