package holdfast.backend.link;

import holdfast.backend.transport.SocketOptions;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which backend, and how to talk to it. {@link #to} gives one with defaults; the {@code with}
 * methods change it.
 *
 * @param address resolved or not; a name is resolved at each connect
 */
public record LinkSettings(
    InetSocketAddress address,
    Login login,
    LinkTimes times,
    LinkBounds bounds,
    SocketOptions socket) {

  /** All defaults: RESP2, no password, {@link LinkTimes#STANDARD}, {@link LinkBounds#STANDARD}. */
  public static LinkSettings to(InetSocketAddress address) {
    return new LinkSettings(
        address, Login.PLAIN, LinkTimes.STANDARD, LinkBounds.STANDARD, SocketOptions.STANDARD);
  }

  /** The same backend in another way. */
  public LinkSettings withLogin(Login login) {
    return new LinkSettings(address, login, times, bounds, socket);
  }

  /** As another user, or as none. */
  public LinkSettings withCredentials(@Nullable Credentials credentials) {
    return withLogin(
        new Login(
            credentials,
            login.database(),
            login.protocol(),
            login.clientName(),
            login.setupCommands()));
  }

  /** In another database. */
  public LinkSettings withDatabase(int database) {
    return withLogin(
        new Login(
            login.credentials(),
            database,
            login.protocol(),
            login.clientName(),
            login.setupCommands()));
  }

  /** In RESP2 or RESP3. */
  public LinkSettings withProtocol(int protocol) {
    return withLogin(
        new Login(
            login.credentials(),
            login.database(),
            protocol,
            login.clientName(),
            login.setupCommands()));
  }

  /** Under another name. */
  public LinkSettings withClientName(String clientName) {
    return withLogin(
        new Login(
            login.credentials(),
            login.database(),
            login.protocol(),
            clientName,
            login.setupCommands()));
  }

  /** With other commands behind the handshake. */
  public LinkSettings withSetupCommands(List<List<String>> setupCommands) {
    return withLogin(
        new Login(
            login.credentials(),
            login.database(),
            login.protocol(),
            login.clientName(),
            setupCommands));
  }

  /** With other times. */
  public LinkSettings withTimes(LinkTimes times) {
    return new LinkSettings(address, login, times, bounds, socket);
  }

  /** With other bounds. */
  public LinkSettings withBounds(LinkBounds bounds) {
    return new LinkSettings(address, login, times, bounds, socket);
  }

  /** With other socket options. */
  public LinkSettings withSocket(SocketOptions socket) {
    return new LinkSettings(address, login, times, bounds, socket);
  }
}
