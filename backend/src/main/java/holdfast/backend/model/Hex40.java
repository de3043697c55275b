package holdfast.backend.model;

/** The shape that Redis gives run ids and replication ids: 40 lower-case hexadecimal digits. */
final class Hex40 {
  private static final int LENGTH = 40;

  private Hex40() {}

  static String checked(String what, String value) {
    boolean good = value.length() == LENGTH;
    for (int i = 0; good && i < LENGTH; i++) {
      char c = value.charAt(i);
      good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }
    if (!good) {
      throw new IllegalArgumentException(
          what + " \"" + Shown.of(value) + "\", expected 40 hexadecimal digits");
    }
    return value;
  }
}
