package holdfast.proxy.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/**
 * What is drawn for a "$x" of the catalogue. Keys come from a small pool for each type, so that
 * most commands find the right type; numbers and times are now and then out of range.
 */
final class Words {
  private static final int KEYS_PER_TYPE = 5;
  private static final int MEMBERS = 9;
  private static final int FAR_SECONDS = 2_000_000_000; // 2033
  private static final int TTL_MIN = 1000;

  /** Long enough not to be copied with others, short enough for LCS, which takes its square. */
  private static final int LONG_VALUE = 5000;

  /** The first letters of keys; each is a type's. */
  private static final List<String> TYPES =
      List.of("s", "n", "b", "p", "l", "t", "o", "h", "z", "x", "g", "d");

  private static final List<String> INTEGERS =
      List.of(
          "9223372036854775807",
          "-9223372036854775808",
          "9223372036854775808",
          "2147483648",
          "-10",
          "100",
          "01",
          "1.5",
          "x",
          "");

  /** None that ends while the run lasts: the two servers would see it at different moments. */
  private static final List<String> TTLS =
      List.of("0", "-1", "x", "", "9223372036854775807", "-9223372036854775808", "1.5");

  private static final List<String> FLOATS =
      List.of(
          "inf", "-inf", "nan", "1e400", "0x10", "x", "", "1e300", "3.0e3", "1234567890.123456789");

  private static final List<String> PATTERNS =
      List.of("*", "?", "s*", "*1", "[a-m]*", "[^a]?", "\\*", "[", "", "f*", "m[1-4]");

  /** DUMP of a number, of a set, and of a number with a wrong checksum; known to Redis 7.0. */
  private static final List<String> DUMPS =
      List.of(
          "00c0010a002678e7b6d10111fc",
          "0202016201610a0075d99d835ef85f65",
          "00c0010a002678e7b6d10111fd");

  private static final String LIBRARY =
      """
      #!lua name=lib
      redis.register_function('f1', function(keys, args) return {keys[1], #args} end)
      redis.register_function{
        function_name='f2', callback=function(keys, args) return #keys end, flags={'no-writes'}}
      """;

  private final Random random;
  private final String functions;
  private int protocol;
  private long sequence = 1;

  /**
   * @param functions what FUNCTION DUMP answers for {@link #library}
   */
  Words(Random random, String functions) {
    this.random = random;
    this.functions = functions;
  }

  static String library() {
    return LIBRARY;
  }

  /** That of the client that sends next. */
  void protocol(int value) {
    protocol = value;
  }

  String draw(String what) {
    return switch (what) {
      case "str" -> key("s");
      case "num" -> key("n");
      case "bits" -> key("b");
      case "hll" -> key("p");
      case "list" -> key("l");
      case "set" -> key("t");
      case "one" -> key("o");
      case "hash" -> key("h");
      case "zset" -> key("z");
      case "stream" -> key("x");
      case "geo" -> key("g");
      case "dst" -> key("d");
      case "any" -> anyKey();
      case "v" -> value();
      case "m" -> "m" + random.nextInt(MEMBERS);
      case "f" -> "f" + random.nextInt(MEMBERS);
      case "n" -> Integer.toString(random.nextInt(10));
      case "s" -> Integer.toString(random.nextInt(12) - 4);
      case "i" -> edge(6) ? pick(INTEGERS) : Integer.toString(random.nextInt(2000) - 500);
      case "d" -> edge(10) ? pick(FLOATS) : Integer.toString(random.nextInt(400) - 100) + ".25";
      case "p" -> pick(PATTERNS);
      case "off" -> edge(10) ? "-1" : Integer.toString(random.nextInt(300));
      case "ttl" -> edge(10) ? pick(TTLS) : Integer.toString(TTL_MIN + random.nextInt(FAR_SECONDS));
      case "at" ->
          edge(10) ? pick(TTLS) : Long.toString(FAR_SECONDS + (long) random.nextInt(1_000_000));
      case "atms" ->
          edge(10) ? pick(TTLS) : (FAR_SECONDS + (long) random.nextInt(1_000_000)) + "123";
      case "lon" -> Integer.toString(random.nextInt(20)) + ".5";
      case "lat" -> Integer.toString(40 + random.nextInt(10)) + ".25";
      case "seq" -> ++sequence + "-1";
      case "id" -> (1 + (long) random.nextInt((int) sequence)) + "-" + random.nextInt(2);
      case "name" -> "name" + random.nextInt(4);
      case "proto" -> Integer.toString(protocol);
      case "dump" -> hex(pick(DUMPS));
      case "lib" -> LIBRARY;
      case "functions" -> functions;
      default -> throw new IllegalArgumentException("$" + what + " is not known");
    };
  }

  /** What may stand where something else belongs. */
  String junk() {
    return switch (random.nextInt(4)) {
      case 0 -> anyKey();
      case 1 -> "";
      case 2 -> "junk";
      default -> "\0\r\n\u00ff";
    };
  }

  private String key(String type) {
    return type + random.nextInt(KEYS_PER_TYPE);
  }

  String anyKey() {
    return key(pick(TYPES));
  }

  private String value() {
    return switch (random.nextInt(8)) {
      case 0 -> "";
      case 1 -> Integer.toString(random.nextInt(20_000));
      case 2 -> "x".repeat(random.nextInt(200));
      case 3 -> "\0\r\n\u00ff" + random.nextInt(3);
      case 4 -> "y".repeat(random.nextInt(20) == 0 ? LONG_VALUE : 40);
      default -> "v" + random.nextInt(50);
    };
  }

  private boolean edge(int oneIn) {
    return random.nextInt(oneIn) == 0;
  }

  private String pick(List<String> from) {
    return from.get(random.nextInt(from.size()));
  }

  private static String hex(String digits) {
    return new String(HexFormat.of().parseHex(digits), ISO_8859_1);
  }
}
