package holdfast.proxy.config;

/** Text that must reach no log: only {@link #reveal} shows it. */
public final class Secret {
  /** No secret at all. */
  public static final Secret NONE = new Secret("");

  private final String text;

  private Secret(String text) {
    this.text = text;
  }

  /** A secret of this text; an empty one is {@link #NONE}. */
  public static Secret of(String text) {
    return text.isEmpty() ? NONE : new Secret(text);
  }

  /** Whether there is a secret. */
  public boolean isSet() {
    return !text.isEmpty();
  }

  /** The text, for the handshake that needs it. */
  public String reveal() {
    return text;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Secret secret && secret.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return isSet() ? "***" : "";
  }
}
