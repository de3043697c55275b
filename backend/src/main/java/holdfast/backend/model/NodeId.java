package holdfast.backend.model;

/**
 * The name of a voter or holder: letters, digits, {@code . _ -}, at most 300 of them. A voter's is
 * made of its address ({@link #of}), so that all who know where it is know its name.
 */
public record NodeId(String value) implements Comparable<NodeId> {
  private static final int CHARS_MAX = 300;

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
          "id \"" + Shown.of(value) + "\", expected 1 to 300 letters, digits, '.', '_' or '-'");
    }
  }

  /** The name of the voter at this address. */
  public static NodeId of(NodeAddress address) {
    return new NodeId(address.host().replace(':', '_') + "-" + address.port());
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
