package holdfast.backend.model;

/** The name of a voter or holder: letters, digits, {@code . _ -}, at most 64 of them. */
public record NodeId(String value) implements Comparable<NodeId> {
  private static final int CHARS_MAX = 64;

  /** Refuses an empty, long or oddly spelt name. */
  public NodeId {
    boolean good = !value.isEmpty() && value.length() <= CHARS_MAX;
    for (int i = 0; good && i < value.length(); i++) {
      char c = value.charAt(i);
      good =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '.'
              || c == '_'
              || c == '-';
    }
    if (!good) {
      throw new IllegalArgumentException(
          "id \"" + Shown.of(value) + "\", expected 1 to 64 letters, digits, '.', '_' or '-'");
    }
  }

  @Override
  public int compareTo(NodeId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
