package holdfast.backend.model;

/** What a peer sent, cut and cleaned for an error text. */
final class Shown {
  private static final int CHARS_MAX = 80;

  private Shown() {}

  static String of(String value) {
    String cut = value.length() <= CHARS_MAX ? value : value.substring(0, CHARS_MAX) + "...";
    var clean = new StringBuilder(cut.length());
    cut.chars().forEach(c -> clean.append(c < ' ' || c == 0x7f ? '?' : (char) c));
    return clean.toString();
  }
}
