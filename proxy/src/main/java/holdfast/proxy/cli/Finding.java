package holdfast.proxy.cli;

import java.util.Locale;

/** One line of what the doctor found. */
record Finding(Level level, String text) {
  /** How bad it is. */
  enum Level {
    /** As it should be. */
    OK,
    /** Worth knowing; nothing to mend, or nothing that can be seen from here. */
    NOTE,
    /** A promise is weakened. */
    WEAK
  }

  static Finding ok(String text) {
    return new Finding(Level.OK, text);
  }

  static Finding note(String text) {
    return new Finding(Level.NOTE, text);
  }

  static Finding weak(String text) {
    return new Finding(Level.WEAK, text);
  }

  /** As it is printed. */
  String line() {
    return "%-5s %s".formatted(level.name().toLowerCase(Locale.ROOT), text);
  }
}
