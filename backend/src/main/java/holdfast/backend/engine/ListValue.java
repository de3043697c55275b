package holdfast.backend.engine;

/** A list. */
public final class ListValue extends Value {
  @Override
  public ValueType type() {
    return ValueType.LIST;
  }

  @Override
  public String encoding() {
    return "quicklist";
  }

  @Override
  public ListValue copy() {
    return new ListValue();
  }

  @Override
  public boolean isEmpty() {
    return true;
  }
}
