package holdfast.backend.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/**
 * A command to be filled in at random. Words stand for themselves; {@code $k} is a key, {@code $v}
 * a value, {@code $m} a member or field, {@code $i} an integer, {@code $s} a small one, {@code $n}
 * one below 2000, {@code $f} a float, {@code $p} a pattern, {@code $t} a time to live, {@code $D}
 * what DUMP gives, {@code $b} a bit offset. {@code [a|b]} is one of these or nothing, {@code (a|b)}
 * one of these, {@code {a}} one to three times a; {@code <x} and {@code >x} are an x with an
 * opening bracket, round or square, before it. A mark before the name says how replies are
 * compared: {@code ~} in any order, {@code %} integers only roughly, {@code !} not at all (only
 * whether it is an error). {@code =} before that mark keeps the command free of faults, and so does
 * {@code +}, which repeats groups up to 100 times.
 */
final class CommandTemplate {
  /** How two replies are compared. */
  enum Check {
    EXACT,
    UNORDERED,
    ROUGH,
    KIND
  }

  /** DUMP of a number and of a set, and of a number with a wrong checksum. */
  private static final String[] DUMPS = {
    "00c0010a002678e7b6d10111fc", "0202016201610a0075d99d835ef85f65", "00c0010a002678e7b6d10111fd"
  };

  private static final String[] KEYS = {"a", "b", "c", "d", "e", "f", "g", "{x}1", "{x}2", "none"};
  private static final String[] MEMBERS = {"m1", "m2", "m3", "m4", "m5", "", "1", "2", "-7", "3.5"};
  private static final String[] INTEGERS = {
    "0", "1", "-1", "2", "5", "10", "-10", "100", "9223372036854775807", "-9223372036854775808",
    "9223372036854775808", "2147483647", "-2147483649", "4294967296", "01", "+1", " 1", "1.5", "x",
        ""
  };

  /** No valid large one: both servers would make strings of hundreds of megabytes. */
  private static final String[] OFFSETS = {
    "-1", "4294967296", "9223372036854775807", "x", "", "1.5"
  };

  /** None that ends while the test runs: the two servers would see it at different moments. */
  private static final String[] TIMES = {
    "0", "-1", "x", "", "9223372036854775807", "9223372036854775", "-9223372036854775808", "1.5"
  };

  private static final String[] FLOATS = {
    "0",
    "1",
    "-1",
    "1.5",
    "-2.25",
    "0.1",
    "3.0e3",
    "1e-5",
    "1e300",
    "-1e300",
    "inf",
    "-inf",
    "+inf",
    "nan",
    "1e400",
    "0x10",
    " 1",
    "1 ",
    "x",
    "",
    "5.",
    ".5",
    "1234567890.123456789"
  };
  private static final String[] PATTERNS = {
    "*", "?", "[a-c]", "[^a]", "m*", "*1", "\\*", "[", "a[", "[z-a]", "**", "{x}*", "", "*[1-3]"
  };

  private static final int REPEATED_MAX = 100;

  private final String text;
  private final Check check;
  private final boolean faultless;
  private final boolean many;
  private final List<String> tokens = new ArrayList<>();

  CommandTemplate(String text) {
    this.text = text;
    this.many = text.startsWith("+");
    this.faultless = many || text.startsWith("=");
    String marked = faultless ? text.substring(1) : text;
    this.check =
        switch (marked.charAt(0)) {
          case '~' -> Check.UNORDERED;
          case '%' -> Check.ROUGH;
          case '!' -> Check.KIND;
          default -> Check.EXACT;
        };
    String body = check == Check.EXACT ? marked : marked.substring(1);
    for (String word : body.replaceAll("([\\[\\](){}|])", " $1 ").trim().split(" +")) {
      tokens.add(word);
    }
  }

  Check check() {
    return check;
  }

  String text() {
    return text;
  }

  /** The command filled in; now and then with something wrong about it. */
  byte[][] fill(Random random, long nowMillis) {
    var words = new ArrayList<byte[]>();
    new Filler(random, nowMillis).sequence(words, 0, true);
    int fault = faultless ? -1 : random.nextInt(25);
    if (fault == 0 && words.size() > 1) {
      words.removeLast();
    } else if (fault == 1) {
      words.add("extra".getBytes(ISO_8859_1));
    } else if (fault == 2 && words.size() > 2) {
      words.set(1 + random.nextInt(words.size() - 1), "junk".getBytes(ISO_8859_1));
    } else if (fault == 3) {
      words.set(0, new String(words.getFirst(), ISO_8859_1).toLowerCase().getBytes(ISO_8859_1));
    }
    return words.toArray(byte[][]::new);
  }

  private final class Filler {
    private final Random random;
    private final long nowMillis;

    private Filler(Random random, long nowMillis) {
      this.random = random;
      this.nowMillis = nowMillis;
    }

    /** Fills tokens from {@code at} on up to a closing one or a bar; where it stopped. */
    private int sequence(List<byte[]> words, int at, boolean wanted) {
      while (at < tokens.size()) {
        String token = tokens.get(at);
        switch (token) {
          case "[" -> at = choice(words, at, wanted && random.nextInt(3) == 0);
          case "(" -> at = choice(words, at, wanted);
          case "{" -> {
            int times = 1 + random.nextInt(many ? REPEATED_MAX : 3);
            int end = at;
            for (int i = 0; i < times; i++) {
              end = sequence(words, at + 1, wanted);
            }
            at = end + 1;
          }
          case "]", ")", "}", "|" -> {
            return at;
          }
          default -> {
            if (wanted) {
              words.add(word(token));
            }
            at++;
          }
        }
      }
      return at;
    }

    private int choice(List<byte[]> words, int open, boolean wanted) {
      int branches = 1;
      int at = sequence(new ArrayList<>(), open + 1, false);
      while (tokens.get(at).equals("|")) {
        branches++;
        at = sequence(new ArrayList<>(), at + 1, false);
      }
      int chosen = random.nextInt(branches);
      at = open;
      for (int i = 0; i < branches; i++) {
        at = sequence(words, at + 1, wanted && i == chosen);
      }
      return at + 1;
    }

    private byte[] word(String token) {
      int dollar = token.indexOf('$');
      if (dollar > 0 && token.charAt(0) != '<' && token.charAt(0) != '>') {
        byte[] start = token.substring(0, dollar).getBytes(ISO_8859_1);
        byte[] rest = word(token.substring(dollar));
        byte[] whole = java.util.Arrays.copyOf(start, start.length + rest.length);
        System.arraycopy(rest, 0, whole, start.length, rest.length);
        return whole;
      }
      if (token.startsWith("<") || token.startsWith(">")) {
        byte[] rest = word(token.substring(1));
        byte[] bound = new byte[rest.length + 1];
        bound[0] = (byte) (token.charAt(0) == '<' ? '(' : '[');
        System.arraycopy(rest, 0, bound, 1, rest.length);
        return bound;
      }
      return (switch (token) {
            case "$k" -> pick(KEYS);
            case "$m" -> pick(MEMBERS);
            case "$D" -> new String(HexFormat.of().parseHex(pick(DUMPS)), ISO_8859_1);
            case "$i" -> random.nextInt(4) == 0 ? pick(INTEGERS) : small();
            case "$s" -> small();
            case "$n" -> Integer.toString(random.nextInt(2000));
            case "$f" -> pick(FLOATS);
            case "$p" -> pick(PATTERNS);
            case "$b" -> random.nextInt(8) == 0 ? pick(OFFSETS) : "" + random.nextInt(100);
            case "$t" ->
                random.nextInt(6) == 0 ? pick(TIMES) : "" + (10_000 + random.nextInt(100_000));
            case "$T" ->
                random.nextInt(6) == 0
                    ? pick(INTEGERS)
                    : "" + (nowMillis / 1000 + random.nextInt(200_000) - 10_000);
            case "$P" -> "" + (nowMillis + random.nextInt(200_000_000) - 10_000_000);
            case "$v" -> value();
            default -> token;
          })
          .getBytes(ISO_8859_1);
    }

    private String small() {
      return Integer.toString(random.nextInt(12) - 4);
    }

    private String value() {
      return switch (random.nextInt(6)) {
        case 0 -> pick(INTEGERS);
        case 1 -> pick(FLOATS);
        case 2 -> "x".repeat(random.nextInt(70));
        case 3 -> "\0\r\n\u00ff" + random.nextInt(3);
        case 4 -> Integer.toString(random.nextInt(20_000));
        default -> "abcabd".substring(random.nextInt(6));
      };
    }

    private String pick(String[] from) {
      return from[random.nextInt(from.length)];
    }
  }
}
