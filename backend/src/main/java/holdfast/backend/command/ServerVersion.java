package holdfast.backend.command;

import holdfast.backend.resp.RespValue;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Which server it is, and of which version, as its {@code HELLO} says. Immutable.
 *
 * @param name "redis", "valkey", or what else it calls itself
 * @param version as the server writes it: "7.0.15"
 */
public record ServerVersion(String name, String version) {
  /** The server whose commands are built in. */
  public static final ServerVersion REDIS_7_0_15 = new ServerVersion("redis", "7.0.15");

  /** Clients are told, so it must be short and one line. */
  private static final Pattern WORD = Pattern.compile("[!-~]{1,64}");

  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,4}");
  private static final int NUMBERS = 3;
  private static final int NUMBER_LIMIT = 10_000;

  /** What the reply to {@code HELLO} says; {@link #REDIS_7_0_15} if it does not say it. */
  public static ServerVersion of(RespValue hello) {
    try {
      List<RespValue> pairs = hello.items();
      String name = "";
      String version = "";
      for (int i = 0; i + 1 < pairs.size(); i += 2) {
        switch (pairs.get(i).text()) {
          case "server" -> name = pairs.get(i + 1).text();
          case "version" -> version = pairs.get(i + 1).text();
          default -> {} // id, mode, role, modules
        }
      }
      boolean said = WORD.matcher(name).matches() && WORD.matcher(version).matches();
      return said ? new ServerVersion(name, version) : REDIS_7_0_15;
    } catch (IllegalStateException _) {
      return REDIS_7_0_15; // an error, or no map
    }
  }

  /** Whether it is the same server in that version or a later one; never if that is no number. */
  public boolean isAtLeast(ServerVersion other) {
    long wanted = other.number();
    return name.equals(other.name) && wanted > 0 && number() >= wanted;
  }

  /** The first three numbers as one; 0 if there is none. */
  private long number() {
    long number = 0;
    String[] parts = version.split("\\.", NUMBERS + 1);
    for (int i = 0; i < NUMBERS; i++) {
      var digits = NUMBER.matcher(i < parts.length ? parts[i] : "");
      number = number * NUMBER_LIMIT + (digits.lookingAt() ? Long.parseLong(digits.group()) : 0);
    }
    return number;
  }

  @Override
  public String toString() {
    return name + " " + version;
  }
}
