package holdfast.backend.link;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is said to a backend before anything else.
 *
 * @param credentials or null where the backend wants none
 * @param database by SELECT, from 0
 * @param protocol 2 or 3; where 3 is refused the link speaks 2, see {@link Link#protocol}
 * @param clientName by CLIENT SETNAME, without spaces; empty for none
 * @param setupCommands sent once the backend has let us in; {@link LinkListener#onHandshake} gets
 *     the replies
 */
public record Login(
    @Nullable Credentials credentials,
    int database,
    int protocol,
    String clientName,
    List<List<String>> setupCommands) {
  /** RESP2, database 0, no password, no name. */
  public static final Login PLAIN = new Login(null, 0, 2, "", List.of());

  public Login {
    setupCommands = setupCommands.stream().map(List::copyOf).toList();
    if (protocol != 2 && protocol != 3) {
      throw new IllegalArgumentException("protocol " + protocol + ", expected 2 or 3");
    }
    if (database < 0) {
      throw new IllegalArgumentException("database " + database + ", expected 0 or more");
    }
    // Redis accepts no other names: they must show in one word of CLIENT LIST.
    if (clientName.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw new IllegalArgumentException(
          "client name \"" + clientName + "\", expected printable characters without spaces");
    }
  }
}
