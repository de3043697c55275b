package holdfast.backend.engine;

/** A zset. */
public final class SortedSetValue extends Value {
  @Override
  public ValueType type() {
    return ValueType.SORTED_SET;
  }

  @Override
  public String encoding() {
    return "listpack";
  }

  @Override
  public SortedSetValue copy() {
    return new SortedSetValue();
  }

  @Override
  public boolean isEmpty() {
    return true;
  }
}
