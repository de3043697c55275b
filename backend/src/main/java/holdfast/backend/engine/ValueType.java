package holdfast.backend.engine;

/** The kinds of values, named as {@code TYPE} does. */
public enum ValueType {
  STRING("string"),
  LIST("list"),
  SET("set"),
  SORTED_SET("zset"),
  HASH("hash");

  private final String wireName;

  ValueType(String wireName) {
    this.wireName = wireName;
  }

  /** As TYPE answers. */
  public String wireName() {
    return wireName;
  }
}
