package holdfast.backend.resp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The dumb twin of {@link RequestScanner}: reads a whole stream of commands at once, with Strings,
 * by the book. One char is one byte.
 */
final class ReferenceRequests {
  /** Arguments of the commands, in order, with the offset behind each; then perhaps an error. */
  record Result(List<List<String>> commands, List<Integer> ends, @Nullable String error) {}

  private ReferenceRequests() {}

  static Result parse(byte[] bytes, RespLimits limits) {
    String stream = new String(bytes, ISO_8859_1);
    var commands = new ArrayList<List<String>>();
    var ends = new ArrayList<Integer>();
    int[] at = {0};
    try {
      while (at[0] < stream.length()) {
        int from = at[0];
        var command =
            stream.charAt(from) == '*'
                ? multibulk(stream, at, from, limits)
                : inline(stream, at, limits);
        if (command == null) {
          break;
        }
        commands.add(command);
        ends.add(at[0]);
      }
      return new Result(commands, ends, null);
    } catch (RespProtocolException e) {
      return new Result(commands, ends, "Protocol error: " + e.getMessage());
    }
  }

  private static @Nullable String line(String stream, int[] at, int max, String tooLong) {
    int cr = stream.indexOf('\r', at[0]);
    int length = (cr < 0 ? stream.length() : cr) - at[0];
    if (length > max) {
      throw new RespProtocolException(tooLong);
    }
    if (cr < 0 || cr + 1 >= stream.length()) {
      return null;
    }
    String line = stream.substring(at[0], cr);
    at[0] = cr + 2;
    return line;
  }

  private static @Nullable List<String> multibulk(
      String stream, int[] at, int from, RespLimits limits) {
    String header = line(stream, at, limits.lineBytesMax(), "too big mbulk count string");
    if (header == null) {
      return null;
    }
    long count = number(header.substring(1), "invalid multibulk length");
    if (count > limits.argumentsMax()) {
      throw new RespProtocolException("invalid multibulk length");
    }
    var command = new ArrayList<String>();
    for (long i = 0; i < count; i++) {
      String bulk = line(stream, at, limits.lineBytesMax(), "too big bulk count string");
      if (bulk == null) {
        return null;
      }
      if (!bulk.startsWith("$")) {
        throw new RespProtocolException(
            "expected '$', got '" + (bulk.isEmpty() ? ' ' : bulk.charAt(0)) + "'");
      }
      long length = number(bulk.substring(1), "invalid bulk length");
      if (length < 0 || length > limits.bulkBytesMax()) {
        throw new RespProtocolException("invalid bulk length");
      }
      if (at[0] - from + length + 2 > limits.requestBytesMax()) {
        throw new RespProtocolException(
            "request longer than " + limits.requestBytesMax() + " bytes");
      }
      int end = at[0] + (int) length;
      if (end + 2 > stream.length()) {
        return null;
      }
      command.add(stream.substring(at[0], end));
      at[0] = end + 2;
    }
    return command;
  }

  private static long number(String text, String error) {
    try {
      long value = Long.parseLong(text);
      if (Long.toString(value).equals(text)) {
        return value;
      }
    } catch (NumberFormatException e) {
      // falls through to the error
    }
    throw new RespProtocolException(error);
  }

  private static @Nullable List<String> inline(String stream, int[] at, RespLimits limits) {
    int lf = stream.indexOf('\n', at[0]);
    if ((lf < 0 ? stream.length() : lf) - at[0] > limits.lineBytesMax()) {
      throw new RespProtocolException("too big inline request");
    }
    if (lf < 0) {
      return null;
    }
    String line = stream.substring(at[0], lf);
    at[0] = lf + 1;
    var words = words(line.endsWith("\r") ? line.substring(0, line.length() - 1) : line);
    if (words.size() > limits.argumentsMax()) {
      throw new RespProtocolException("invalid multibulk length");
    }
    return words;
  }

  private static List<String> words(String line) {
    var words = new ArrayList<String>();
    String rest = line;
    while (true) {
      rest = rest.replaceFirst("^[ \\t\\n\\x0b\\f\\r]+", "");
      if (rest.isEmpty()) {
        return words;
      }
      var word = new StringBuilder();
      int i = 0;
      char quote = 0;
      while (true) {
        if (i == rest.length()) {
          if (quote != 0) {
            throw new RespProtocolException("unbalanced quotes in request");
          }
          break;
        }
        char c = rest.charAt(i);
        if (quote == 0 && (c == ' ' || c == '\t' || c == '\r')) {
          break;
        } else if (quote == 0 && (c == '"' || c == '\'')) {
          quote = c;
          i++;
        } else if (quote != 0 && c == quote) {
          i++;
          if (i < rest.length() && " \t\n\u000b\f\r".indexOf(rest.charAt(i)) < 0) {
            throw new RespProtocolException("unbalanced quotes in request");
          }
          break;
        } else if (quote == '"' && rest.substring(i).matches("(?s)\\\\x[0-9a-fA-F]{2}.*")) {
          word.append((char) Integer.parseInt(rest.substring(i + 2, i + 4), 16));
          i += 4;
        } else if (quote == '"' && c == '\\' && i + 1 < rest.length()) {
          char next = rest.charAt(i + 1);
          int known = "nrtba".indexOf(next);
          word.append(known < 0 ? next : "\n\r\t\b\u0007".charAt(known));
          i += 2;
        } else if (quote == '\'' && rest.startsWith("\\'", i)) {
          word.append('\'');
          i += 2;
        } else {
          word.append(c);
          i++;
        }
      }
      words.add(word.toString());
      rest = rest.substring(i);
    }
  }
}
