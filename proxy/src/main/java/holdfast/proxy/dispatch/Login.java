package holdfast.proxy.dispatch;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A user of the backends, with the newest password that a master took of it: new links, after a
 * switch say, have to log in again. Not for the log. One loop's thread.
 */
final class Login {
  private final byte[] user;
  private byte[] password;

  /** Takes over both arrays. */
  Login(byte[] user, byte[] password) {
    this.user = user;
    this.password = password;
  }

  byte[] user() {
    return user;
  }

  /** Another array once it has been replaced. */
  byte[] password() {
    return password;
  }

  /** A master took this one; the array is taken over. */
  void password(byte[] newer) {
    forget();
    password = newer;
  }

  /** The password is not needed any more. */
  void forget() {
    Arrays.fill(password, (byte) 0);
  }

  /** As CLIENT LIST shows it. */
  String shownUser() {
    return new String(user, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "Login[***]";
  }
}
