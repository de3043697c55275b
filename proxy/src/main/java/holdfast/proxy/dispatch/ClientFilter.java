package holdfast.proxy.dispatch;

import holdfast.backend.command.ServerVersion;
import holdfast.proxy.session.Session;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Which clients CLIENT KILL and CLIENT LIST mean: what the server behind understands, in its
 * version. Source: Redis {@code networking.c} clientCommand; MAXAGE, and what Valkey 9 has besides,
 * are as the documentation says and were not compared with such servers.
 */
final class ClientFilter {
  private static final String SYNTAX = "ERR syntax error";
  private static final String NOT_INTEGER = "ERR value is not an integer or out of range";
  private static final String NOT = "not-";
  private static final List<ServerVersion> WITH_MAXAGE =
      List.of(new ServerVersion("redis", "7.4.0"), new ServerVersion("valkey", "8.0.0"));
  private static final ServerVersion WITH_ALL = new ServerVersion("valkey", "9.0.0");

  /** One condition. */
  private interface Wish {
    boolean isMet(ClientConnection client, long nowNanos);
  }

  private final boolean list;
  private final boolean usersOfBackends;
  private final boolean hasMaxAge;
  private final boolean hasAll;
  private final List<Wish> wishes = new ArrayList<>();
  private boolean skipSelf;

  private ClientFilter(boolean list, ServerVersion server, boolean usersOfBackends) {
    this.list = list;
    this.usersOfBackends = usersOfBackends;
    this.hasMaxAge = WITH_MAXAGE.stream().anyMatch(server::isAtLeast);
    this.hasAll = server.isAtLeast(WITH_ALL);
    this.skipSelf = !list;
  }

  /**
   * For CLIENT KILL, which spares who asks.
   *
   * @param usersOfBackends whether there are users that the proxy does not know
   */
  static ClientFilter ofKill(ServerVersion server, boolean usersOfBackends) {
    return new ClientFilter(false, server, usersOfBackends);
  }

  /** For CLIENT LIST: one TYPE, or IDs, or with Valkey 9 what KILL has. */
  static ClientFilter ofList(ServerVersion server, boolean usersOfBackends) {
    return new ClientFilter(true, server, usersOfBackends);
  }

  /** The error's text if the request's options from there on cannot be read, else null. */
  @Nullable String read(RequestView request, int from) {
    boolean one = list && !hasAll && request.count() > from;
    boolean byType = one && request.is(from, "type") && request.count() == from + 2;
    if (one && !byType && !request.is(from, "id")) {
      return SYNTAX;
    }
    int next;
    for (int at = from; at < request.count(); at = next) {
      if (at + 1 == request.count()) {
        return SYNTAX;
      }
      String word = request.text(at).toLowerCase(Locale.ROOT);
      boolean not = hasAll && word.startsWith(NOT);
      String name = not ? word.substring(NOT.length()) : word;
      next = name.equals("id") ? endOfIds(request, at + 1) : at + 2;
      int before = wishes.size();
      String refusal = option(name, request, at + 1, next);
      if (refusal != null) {
        return refusal;
      }
      if (not && wishes.size() == before) {
        return SYNTAX; // NOT-SKIPME
      }
      if (not) {
        Wish wish = wishes.removeLast();
        wishes.add((client, now) -> !wish.isMet(client, now));
      }
    }
    return null;
  }

  private int endOfIds(RequestView request, int first) {
    if (list && !hasAll) {
      return request.count();
    }
    int end = first + 1;
    while (hasAll && end < request.count() && request.number(end) != Long.MIN_VALUE) {
      end++;
    }
    return end;
  }

  private @Nullable String option(String name, RequestView request, int at, int end) {
    String value = request.text(at);
    return switch (name) {
      case "id" -> ids(request, at, end);
      case "addr" -> wish((client, _) -> value.equals(client.session().address()));
      case "laddr" -> wish((client, _) -> value.equals(client.localAddress()));
      case "user" -> {
        boolean exists = usersOfBackends || value.equals(Session.DEFAULT_USER);
        yield exists
            ? wish((client, _) -> value.equals(client.session().user()))
            : "ERR No such user '" + request.shown(at) + "'";
      }
      case "type" ->
          isType(request, at)
              ? wish((client, _) -> hasType(client, value))
              : "ERR Unknown client type '" + request.shown(at) + "'";
      case "skipme" -> skipMe(request, at);
      case "maxage" -> hasMaxAge && (hasAll || !list) ? maxAge(request.number(at)) : SYNTAX;
      default -> hasAll ? ofValkey(name, value, request.number(at)) : SYNTAX;
    };
  }

  private @Nullable String ofValkey(String name, String value, long number) {
    return switch (name) {
      case "name" -> wish((client, _) -> value.equals(client.session().name()));
      case "lib-name" -> wish((client, _) -> value.equals(client.session().libraryName()));
      case "lib-ver" -> wish((client, _) -> value.equals(client.session().libraryVersion()));
      case "ip" -> wish((client, _) -> value.equals(host(client.session().address())));
      case "flags" -> wish((client, _) -> hasAll(ClientLine.flags(client.session()), value));
      case "capa" -> wish((_, _) -> false); // nobody is redirected, so it is not kept
      case "db" ->
          number == Long.MIN_VALUE
              ? NOT_INTEGER
              : wish((client, _) -> number == client.session().database());
      case "idle" ->
          number == Long.MIN_VALUE
              ? NOT_INTEGER
              : wish((client, now) -> seconds(now - client.session().lastReadNanos()) >= number);
      default -> SYNTAX;
    };
  }

  private @Nullable String wish(Wish wish) {
    wishes.add(wish);
    return null;
  }

  private @Nullable String ids(RequestView request, int first, int end) {
    var ids = new HashSet<Long>();
    for (int i = first; i < end; i++) {
      long id = request.number(i);
      if (list && id == Long.MIN_VALUE) {
        return "ERR Invalid client ID";
      }
      if (!list && id <= 0) {
        return "ERR client-id should be greater than 0";
      }
      ids.add(id);
    }
    return wish((client, _) -> ids.contains(client.session().id()));
  }

  private @Nullable String maxAge(long seconds) {
    if (seconds == Long.MIN_VALUE) {
      return "ERR maxage is not an integer or out of range";
    }
    return seconds <= 0
        ? "ERR maxage should be greater than 0"
        : wish((client, now) -> seconds(now - client.session().createdNanos()) >= seconds);
  }

  private @Nullable String skipMe(RequestView request, int at) {
    if (!request.is(at, "yes") && !request.is(at, "no")) {
      return SYNTAX;
    }
    skipSelf = request.is(at, "yes");
    return null;
  }

  private static boolean isType(RequestView request, int at) {
    return request.is(at, "normal")
        || request.is(at, "pubsub")
        || request.is(at, "replica")
        || request.is(at, "slave")
        || request.is(at, "master");
  }

  /** Whether a client is of that type: replicas and masters are no clients of a proxy. */
  private static boolean hasType(ClientConnection client, String type) {
    boolean subscriber = ClientLine.isSubscriber(client.session());
    return type.equalsIgnoreCase("pubsub")
        ? subscriber
        : type.equalsIgnoreCase("normal") && !subscriber;
  }

  private static String host(String address) {
    int colon = address.lastIndexOf(':');
    return colon < 0 ? address : address.substring(0, colon);
  }

  private static boolean hasAll(String flags, String wanted) {
    return wanted.chars().allMatch(flag -> flags.indexOf(flag) >= 0);
  }

  private static long seconds(long nanos) {
    return TimeUnit.NANOSECONDS.toSeconds(nanos);
  }

  boolean matches(ClientConnection client, ClientConnection self, long nowNanos) {
    return !(client == self && skipSelf)
        && wishes.stream().allMatch(wish -> wish.isMet(client, nowNanos));
  }
}
