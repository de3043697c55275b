package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespWriter;
import holdfast.proxy.session.Session;
import holdfast.routing.plan.Plan.Hold;
import java.util.Locale;

/** CLIENT: about the connections to the proxy, not about the proxy's own at the backend. */
final class ClientCommand {
  static final String BAD_NAME =
      "ERR Client names cannot contain spaces, newlines or special characters.";

  private static final int NAME_CHARS_MAX = 1024;
  private static final String SYNTAX = "ERR syntax error";
  private static final String NO_SUCH_CLIENT = "ERR No such client";

  private final ProxyLoop loop;
  private final ClientConnection client;

  ClientCommand(ProxyLoop loop, ClientConnection client) {
    this.loop = loop;
    this.client = client;
  }

  static boolean isName(String name) {
    return name.length() <= NAME_CHARS_MAX && name.chars().allMatch(c -> c > ' ' && c <= '~');
  }

  boolean run(RequestView request) {
    if (request.count() < 2) {
      return error("ERR wrong number of arguments for 'client' command");
    }
    Session session = client.session();
    String subcommand = request.text(1).toLowerCase(Locale.ROOT);
    RespWriter out = client.replies().writer();
    switch (subcommand) {
      case "id" -> out.integer(session.id());
      case "getname" -> {
        if (session.name().isEmpty()) {
          out.nil();
        } else {
          out.bulk(session.name());
        }
      }
      case "setname" -> {
        return setName(request);
      }
      case "setinfo" -> {
        return setInfo(request);
      }
      case "info" -> out.bulk(line(client) + "\n");
      case "list" -> {
        return list(request);
      }
      case "kill" -> {
        return kill(request);
      }
      case "reply" -> {
        return reply(request);
      }
      case "getredir" -> out.integer(-1);
      case "no-evict", "no-touch" -> out.ok();
      default -> {
        return error(
            "ERR CLIENT "
                + subcommand.toUpperCase(Locale.ROOT)
                + " is not available through Holdfast yet");
      }
    }
    client.replies().localReply();
    return true;
  }

  private boolean error(String text) {
    client.replies().localError(text);
    return true;
  }

  private boolean ok() {
    client.replies().writer().ok();
    client.replies().localReply();
    return true;
  }

  private boolean setName(RequestView request) {
    if (request.count() != 3) {
      return error("ERR wrong number of arguments for 'client|setname' command");
    }
    String name = request.text(2);
    if (!isName(name)) {
      return error(BAD_NAME);
    }
    client.session().name(name);
    return ok();
  }

  private boolean setInfo(RequestView request) {
    if (request.count() != 4) {
      return error("ERR wrong number of arguments for 'client|setinfo' command");
    }
    String value = request.text(3);
    if (!isName(value)) {
      return error(
          "ERR " + request.text(2) + " cannot contain spaces, newlines or special characters.");
    }
    if (request.is(2, "lib-name")) {
      client.session().library(value, null);
    } else if (request.is(2, "lib-ver")) {
      client.session().library(null, value);
    } else {
      return error("ERR Unrecognized option '" + request.text(2) + "'");
    }
    return ok();
  }

  private boolean list(RequestView request) {
    if (request.count() > 2 && !request.is(2, "type") && !request.is(2, "id")) {
      return error(SYNTAX);
    }
    var text = new StringBuilder();
    for (ClientConnection each : loop.clients().all()) {
      if (request.count() <= 2 || !request.is(2, "id") || listed(request, each)) {
        text.append(line(each)).append('\n');
      }
    }
    RespWriter out = client.replies().writer();
    out.bulk(text.toString());
    client.replies().localReply();
    return true;
  }

  private static boolean listed(RequestView request, ClientConnection each) {
    for (int i = 3; i < request.count(); i++) {
      if (request.number(i) == each.session().id()) {
        return true;
      }
    }
    return false;
  }

  private String line(ClientConnection of) {
    Session session = of.session();
    long ageSeconds = (loop.nowNanos() - session.createdNanos()) / 1_000_000_000L;
    return "id="
        + session.id()
        + " addr="
        + session.address()
        + " laddr="
        + of.localAddress()
        + " fd=-1 name="
        + session.name()
        + " age="
        + ageSeconds
        + " db="
        + session.database()
        + " user=default resp="
        + session.protocol()
        + " lib-name="
        + session.libraryName()
        + " lib-ver="
        + session.libraryVersion();
  }

  /** CLIENT KILL host:port (old form), or ID n, or ADDR host:port, with SKIPME. */
  private boolean kill(RequestView request) {
    if (request.count() == 3) {
      ClientConnection found = byAddress(request.text(2));
      if (found == null) {
        return error(NO_SUCH_CLIENT);
      }
      kill(found);
      return ok();
    }
    boolean skipSelf = true;
    long id = -1;
    String address = null;
    for (int i = 2; i < request.count(); i += 2) {
      if (i + 1 == request.count()) {
        return error(SYNTAX);
      }
      if (request.is(i, "id") && request.number(i + 1) > 0) {
        id = request.number(i + 1);
      } else if (request.is(i, "addr")) {
        address = request.text(i + 1);
      } else if (request.is(i, "skipme")) {
        skipSelf = !request.is(i + 1, "no");
      } else {
        return error(SYNTAX);
      }
    }
    ClientConnection found =
        id >= 0 ? loop.clients().byId(id) : address == null ? null : byAddress(address);
    boolean matches =
        found != null
            && (address == null || found.session().address().equals(address))
            && !(found == client && skipSelf);
    RespWriter out = client.replies().writer();
    out.integer(matches ? 1 : 0);
    client.replies().localReply();
    if (matches && found != null) {
      kill(found);
    }
    return true;
  }

  private void kill(ClientConnection victim) {
    if (victim == client) {
      client.closeAfterReplies();
    } else {
      victim.kill();
    }
  }

  private @org.jspecify.annotations.Nullable ClientConnection byAddress(String address) {
    for (ClientConnection each : loop.clients().all()) {
      if (each.session().address().equals(address)) {
        return each;
      }
    }
    return null;
  }

  /** ON is answered; OFF and SKIP are not, nor is what follows them. */
  private boolean reply(RequestView request) {
    if (request.count() != 3) {
      return error("ERR wrong number of arguments for 'client|reply' command");
    }
    if (client.replies().unanswered() > 0) {
      return client.waiting().on(Hold.FOR_REPLIES);
    }
    Session session = client.session();
    if (request.is(2, "on")) {
      session.repliesOff(false);
      return ok();
    }
    if (request.is(2, "off")) {
      session.repliesOff(true);
    } else if (request.is(2, "skip")) {
      session.skipNextReply();
    } else {
      return error(SYNTAX);
    }
    return true;
  }
}
