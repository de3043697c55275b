package holdfast.proxy.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * One command as it is sent.
 *
 * @param words each of Latin-1 characters, which stand for bytes
 * @param check how its replies are compared
 * @param sender who sends it
 */
record Command(List<String> words, Check check, Sender sender) {
  private static final int SHOWN_MAX = 60;

  /** Who sends a command. */
  enum Sender {
    /** The client whose turn it is. */
    SELF,
    /** The same, and it reads the reply after the next command of the other: it blocks. */
    SELF_BLOCKED,
    /** A client that does nothing else. */
    OTHER
  }

  static Command of(String... words) {
    return new Command(List.of(words), Check.EXACT, Sender.SELF);
  }

  /** The first word, in lower case. */
  String first() {
    return words.getFirst().toLowerCase(Locale.ROOT);
  }

  /** The argument at that place in lower case, or "". */
  String word(int at) {
    return at < words.size() ? words.get(at).toLowerCase(Locale.ROOT) : "";
  }

  void encode(ByteArrayOutputStream out) {
    out.writeBytes(("*" + words.size() + "\r\n").getBytes(ISO_8859_1));
    for (String word : words) {
      out.writeBytes(("$" + word.length() + "\r\n" + word + "\r\n").getBytes(ISO_8859_1));
    }
  }

  @Override
  public String toString() {
    return words.stream().map(Command::shown).collect(Collectors.joining(" "));
  }

  private static String shown(String word) {
    String whole = Reply.shown(word);
    String part = whole.length() > SHOWN_MAX ? whole.substring(0, SHOWN_MAX) + "..." : whole;
    return part.isEmpty() || part.contains(" ") ? '"' + part + '"' : part;
  }
}
