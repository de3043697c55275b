package holdfast.backend.link;

import org.jspecify.annotations.Nullable;

/**
 * Who we are to a backend. Never printed.
 *
 * @param user an ACL user, or null for the default user (AUTH with a password only)
 */
public record Credentials(@Nullable String user, String password) {
  @Override
  public String toString() {
    return "Credentials[" + (user == null ? "default" : user) + "]";
  }
}
