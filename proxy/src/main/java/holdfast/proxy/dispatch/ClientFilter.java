package holdfast.proxy.dispatch;

import holdfast.proxy.session.Session;
import org.jspecify.annotations.Nullable;

/**
 * Which clients CLIENT KILL and CLIENT LIST mean. Its values are null, or 0, where nothing was
 * asked. Source: Redis {@code networking.c} clientCommand.
 */
final class ClientFilter {
  private static final String SYNTAX = "ERR syntax error";

  private final boolean usersOfBackends;
  private long id;
  private @Nullable String address;
  private @Nullable String localAddress;
  private @Nullable String type;
  private @Nullable String user;
  private boolean skipSelf = true;

  /**
   * @param usersOfBackends whether there are users that the proxy does not know
   */
  ClientFilter(boolean usersOfBackends) {
    this.usersOfBackends = usersOfBackends;
  }

  /** The error's text if the request's options from there on cannot be read, else null. */
  @Nullable String read(RequestView request, int from) {
    for (int i = from; i < request.count(); i += 2) {
      if (i + 1 == request.count()) {
        return SYNTAX;
      }
      String refusal = option(request, i);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  private @Nullable String option(RequestView request, int at) {
    String value = request.text(at + 1);
    if (request.is(at, "id")) {
      id = request.number(at + 1);
      return id > 0 ? null : "ERR client-id should be greater than 0";
    } else if (request.is(at, "addr")) {
      address = value;
    } else if (request.is(at, "laddr")) {
      localAddress = value;
    } else if (request.is(at, "user")) {
      user = value;
      boolean exists = usersOfBackends || value.equals(Session.DEFAULT_USER);
      return exists ? null : "ERR No such user '" + request.shown(at + 1) + "'";
    } else if (request.is(at, "type")) {
      type = value;
      return isType(request, at + 1)
          ? null
          : "ERR Unknown client type '" + request.shown(at + 1) + "'";
    } else if (request.is(at, "skipme") && isYesOrNo(request, at + 1)) {
      skipSelf = request.is(at + 1, "yes");
    } else {
      return SYNTAX;
    }
    return null;
  }

  static boolean isType(RequestView request, int at) {
    return request.is(at, "normal")
        || request.is(at, "pubsub")
        || request.is(at, "replica")
        || request.is(at, "slave")
        || request.is(at, "master");
  }

  private static boolean isYesOrNo(RequestView request, int at) {
    return request.is(at, "yes") || request.is(at, "no");
  }

  /** Whether a client is of that type: replicas and masters are no clients of a proxy. */
  static boolean hasType(ClientConnection client, String type) {
    boolean subscriber = ClientLine.isSubscriber(client.session());
    return type.equalsIgnoreCase("pubsub")
        ? subscriber
        : type.equalsIgnoreCase("normal") && !subscriber;
  }

  boolean matches(ClientConnection client, ClientConnection self) {
    Session session = client.session();
    return (id == 0 || session.id() == id)
        && (address == null || address.equals(session.address()))
        && (localAddress == null || localAddress.equals(client.localAddress()))
        && (user == null || user.equals(session.user()))
        && (type == null || hasType(client, type))
        && !(client == self && skipSelf);
  }
}
