package holdfast.backend.engine;

import org.jspecify.annotations.Nullable;

/** What SCAN, HSCAN, SSCAN and ZSCAN are told. Source: Redis {@code db.c}, scanGenericCommand. */
public final class ScanOptions {
  private static final int USUAL_COUNT = 10;

  private long count = USUAL_COUNT;
  private byte @Nullable [] pattern;
  private byte @Nullable [] type;

  private ScanOptions() {}

  /**
   * The options from an argument on.
   *
   * @param allowType whether TYPE may be given (SCAN alone)
   * @throws CommandError as Redis words it
   */
  public static ScanOptions parse(Call call, int from, boolean allowType) {
    var options = new ScanOptions();
    for (int at = from; at < call.count(); at += 2) {
      boolean hasValue = at + 1 < call.count();
      if (hasValue && call.is(at, "count")) {
        options.count = call.integer(at + 1);
        if (options.count < 1) {
          throw Errors.SYNTAX;
        }
      } else if (hasValue && call.is(at, "match")) {
        byte[] given = call.arg(at + 1);
        options.pattern = given.length == 1 && given[0] == '*' ? null : given;
      } else if (hasValue && allowType && call.is(at, "type")) {
        options.type = call.arg(at + 1);
      } else {
        throw Errors.SYNTAX;
      }
    }
    return options;
  }

  /**
   * The cursor in an argument: an unsigned number of 64 bits.
   *
   * @throws CommandError invalid cursor
   */
  public static long cursor(byte[] text) {
    int start = text.length > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    if (start == text.length) {
      if (start == 0) {
        return 0; // C's strtoul takes nothing for 0
      }
      throw Errors.INVALID_CURSOR;
    }
    long value = 0;
    for (int i = start; i < text.length; i++) {
      int digit = text[i] - '0';
      if (digit < 0
          || digit > 9
          || Long.compareUnsigned(value, Long.divideUnsigned(-1L - digit, 10)) > 0) {
        throw Errors.INVALID_CURSOR;
      }
      value = value * 10 + digit;
    }
    return text[0] == '-' ? -value : value;
  }

  /** How many elements to look at, at least 1. */
  public long count() {
    return count;
  }

  /** Whether MATCH lets this element through. */
  public boolean matches(byte[] element) {
    return pattern == null || Glob.matches(pattern, element);
  }

  /** Whether TYPE lets this type through. */
  public boolean matches(ValueType valueType) {
    return type == null || Words.same(type, valueType.wireName());
  }
}
