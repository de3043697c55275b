package holdfast.backend.command;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Finds the keys of a request by the key specifications of its command. Source: Redis {@code db.c},
 * getKeysUsingKeySpecs and the few commands whose keys no specification describes.
 */
public final class KeyPositions {
  private KeyPositions() {}

  /**
   * One key of a request.
   *
   * @param at its argument
   * @param flags what happens to it, in Redis's words
   */
  public record Found(int at, List<String> flags) {}

  /**
   * Adds the keys of {@code arguments} to {@code found}.
   *
   * @return false when the arguments do not fit the specification
   */
  public static boolean find(CommandFacts command, byte[][] arguments, List<Found> found) {
    for (KeySpec spec : command.keySpecs()) {
      if (spec.isIncomplete()) {
        if (!findUndescribed(command, spec, arguments, found)) {
          return false;
        }
        continue;
      }
      int begin = begin(spec.begin(), arguments);
      if (begin < 0) {
        continue; // the optional word is not there
      }
      if (!collect(spec, begin, arguments, found)) {
        return false;
      }
    }
    return true;
  }

  private static int begin(KeySpec.Begin begin, byte[][] arguments) {
    return switch (begin) {
      case KeySpec.Begin.Index(int at) -> at;
      case KeySpec.Begin.Keyword(String word, int startFrom) -> keyword(word, startFrom, arguments);
      case KeySpec.Begin.Unknown() -> -1;
    };
  }

  private static int keyword(String word, int startFrom, byte[][] arguments) {
    boolean forward = startFrom > 0;
    int at = forward ? startFrom : arguments.length + startFrom;
    while (at > 0 && at < arguments.length) {
      if (word.equalsIgnoreCase(new String(arguments[at], StandardCharsets.ISO_8859_1))) {
        return at + 1;
      }
      at += forward ? 1 : -1;
    }
    return -1;
  }

  private static boolean collect(KeySpec spec, int begin, byte[][] arguments, List<Found> found) {
    int first;
    int last;
    int step;
    switch (spec.find()) {
      case KeySpec.Find.Range(int rangeLast, int rangeStep, int limit) -> {
        first = begin;
        step = rangeStep;
        if (rangeLast >= 0) {
          last = begin + rangeLast;
        } else if (limit <= 1 || rangeLast != -1) {
          last = arguments.length + rangeLast;
        } else {
          last = begin + (arguments.length - begin) / limit + rangeLast;
        }
      }
      case KeySpec.Find.KeyNum(int numberAt, int firstKey, int keyStep) -> {
        int at = begin + numberAt;
        if (at >= arguments.length) {
          return false;
        }
        int count = count(arguments[at]);
        first = begin + firstKey;
        step = keyStep;
        if (count < 0 || count > arguments.length - first) {
          return false;
        }
        last = first + (count - 1) * step;
      }
      case KeySpec.Find.Unknown() -> {
        return true;
      }
    }
    for (int at = first; at <= last; at += Math.max(1, step)) {
      if (at >= arguments.length || at < first) {
        return false;
      }
      found.add(new Found(at, spec.flags()));
    }
    return true;
  }

  /** SORT key ... STORE destination is what our own engine knows of this kind. */
  private static boolean findUndescribed(
      CommandFacts command, KeySpec spec, byte[][] arguments, List<Found> found) {
    boolean isStore = command.name().equals("sort") && spec.flags().contains("OW");
    if (isStore) {
      int store = -1;
      for (int i = 2; i < arguments.length - 1; i++) {
        String word = new String(arguments[i], StandardCharsets.ISO_8859_1);
        if (word.equalsIgnoreCase("LIMIT")) {
          i += 2;
        } else if (word.equalsIgnoreCase("GET") || word.equalsIgnoreCase("BY")) {
          i++;
        } else if (word.equalsIgnoreCase("STORE")) {
          store = ++i; // the last one counts
        }
      }
      if (store > 0) {
        found.add(new Found(store, List.of("OW", "update")));
      }
      return true;
    }
    int begin = begin(spec.begin(), arguments);
    return begin < 0 || collect(spec, begin, arguments, found);
  }

  private static int count(byte[] digits) {
    if (digits.length == 0 || digits.length > 9) {
      return -1;
    }
    int value = 0;
    for (byte digit : digits) {
      if (digit < '0' || digit > '9') {
        return -1;
      }
      value = value * 10 + digit - '0';
    }
    return value;
  }
}
