package holdfast.backend.engine;

/** A set. */
public final class SetValue extends Value {
  @Override
  public ValueType type() {
    return ValueType.SET;
  }

  @Override
  public String encoding() {
    return "listpack";
  }

  @Override
  public SetValue copy() {
    return new SetValue();
  }

  @Override
  public boolean isEmpty() {
    return true;
  }
}
