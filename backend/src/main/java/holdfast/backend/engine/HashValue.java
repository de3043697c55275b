package holdfast.backend.engine;

/** A hash. */
public final class HashValue extends Value {
  @Override
  public ValueType type() {
    return ValueType.HASH;
  }

  @Override
  public String encoding() {
    return "listpack";
  }

  @Override
  public HashValue copy() {
    return new HashValue();
  }

  @Override
  public boolean isEmpty() {
    return true;
  }
}
