package holdfast.backend.engine;

/**
 * Patterns of KEYS, PSUBSCRIBE, CONFIG GET and the like: {@code *}, {@code ?}, {@code [a-z]},
 * {@code [^a]}, and backslash. Time is bounded by pattern length times text length, whatever the
 * pattern. Source of the rules: Redis {@code util.c}, stringmatchlen.
 */
public final class Glob {
  private Glob() {}

  /** Whether the whole of {@code text} fits {@code pattern}. */
  public static boolean matches(byte[] pattern, byte[] text) {
    return matches(pattern, text, false);
  }

  /** As {@link #matches(byte[], byte[])}, and perhaps in any case. */
  public static boolean matches(byte[] pattern, byte[] text, boolean anyCase) {
    if (text.length == 0) {
      return pattern.length == 0; // Redis does not even let * match nothing at all
    }
    int p = 0;
    int t = 0;
    int starAt = -1;
    int starText = 0;
    while (t < text.length) {
      if (p < pattern.length && pattern[p] == '*') {
        // Only the last star needs to be tried again with one byte more.
        starAt = p++;
        starText = t;
        continue;
      }
      int next = p < pattern.length ? matchOne(pattern, p, text[t], anyCase) : -1;
      if (next >= 0) {
        p = next;
        t++;
      } else if (starAt >= 0) {
        p = starAt + 1;
        t = ++starText;
      } else {
        return false;
      }
    }
    while (p < pattern.length && pattern[p] == '*') {
      p++;
    }
    return p == pattern.length;
  }

  /** Where the pattern goes on after matching one byte at {@code p}; -1: it does not match. */
  private static int matchOne(byte[] pattern, int p, byte c, boolean anyCase) {
    return switch (pattern[p]) {
      case '?' -> p + 1;
      case '[' -> matchClass(pattern, p + 1, c, anyCase);
      case '\\' -> {
        int at = p + 1 < pattern.length ? p + 1 : p;
        yield same(pattern[at], c, anyCase) ? at + 1 : -1;
      }
      default -> same(pattern[p], c, anyCase) ? p + 1 : -1;
    };
  }

  private static int matchClass(byte[] pattern, int start, byte c, boolean anyCase) {
    int p = start;
    boolean not = p < pattern.length && pattern[p] == '^';
    if (not) {
      p++;
    }
    boolean found = false;
    for (; p < pattern.length && pattern[p] != ']'; p++) {
      if (pattern[p] == '\\' && p + 1 < pattern.length) {
        p++;
        found |= pattern[p] == c;
      } else if (p + 2 < pattern.length && pattern[p + 1] == '-') {
        found |= inRange(pattern[p] & 0xFF, pattern[p + 2] & 0xFF, c & 0xFF, anyCase);
        p += 2;
      } else {
        found |= same(pattern[p], c, anyCase);
      }
    }
    int next = Math.min(p + 1, pattern.length);
    return found != not ? next : -1;
  }

  private static boolean inRange(int from, int to, int c, boolean anyCase) {
    int low = Math.min(from, to);
    int high = Math.max(from, to);
    if (anyCase) {
      low = lower(low);
      high = lower(high);
      c = lower(c);
    }
    return c >= low && c <= high;
  }

  private static boolean same(byte a, byte b, boolean anyCase) {
    return a == b || (anyCase && lower(a & 0xFF) == lower(b & 0xFF));
  }

  private static int lower(int c) {
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
  }
}
