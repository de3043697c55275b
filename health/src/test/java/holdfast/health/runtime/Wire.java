package holdfast.health.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.Jedis;

/** Commands that Jedis does not know. */
final class Wire {
  private Wire() {}

  /** A command that is answered by an array of strings. */
  static List<String> ask(Jedis jedis, List<String> command) {
    var strings = new ArrayList<String>();
    for (Object element : (List<?>) send(jedis, command)) {
      strings.add(new String((byte[]) element, UTF_8));
    }
    return strings;
  }

  /** Any command. */
  static Object send(Jedis jedis, List<String> command) {
    return jedis.sendCommand(
        () -> command.getFirst().getBytes(UTF_8),
        command.subList(1, command.size()).toArray(String[]::new));
  }
}
