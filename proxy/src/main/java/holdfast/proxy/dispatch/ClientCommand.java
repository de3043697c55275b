package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespWriter;
import holdfast.proxy.session.Session;
import holdfast.routing.plan.Plan.Hold;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** CLIENT: about the connections to the proxy, not about the proxy's own at the backend. */
final class ClientCommand {
  static final String BAD_NAME =
      "ERR Client names cannot contain spaces, newlines or special characters.";

  private static final String SYNTAX = "ERR syntax error";

  /** Where options begin; PAUSE and UNBLOCK have but one. */
  private static final int OPTION_AT = 3;

  private static final String NO_SUCH_CLIENT = "ERR No such client";
  private static final String NOT_INTEGER = "ERR value is not an integer or out of range";

  private final ProxyLoop loop;
  private final ClientConnection client;
  private final TrackingCommand tracking;

  ClientCommand(ProxyLoop loop, ClientConnection client) {
    this.loop = loop;
    this.client = client;
    this.tracking = new TrackingCommand(loop, client);
  }

  static boolean isName(String name) {
    return name.chars().allMatch(c -> c > ' ' && c <= '~');
  }

  boolean run(RequestView request) {
    String name = request.text(1);
    ClientSubcommand subcommand = ClientSubcommand.find(name);
    if (subcommand == null) {
      return refused(name.toLowerCase(Locale.ROOT), "it is not known here");
    }
    return switch (subcommand) {
      case ID -> integer(client.session().id());
      case GETNAME -> getName();
      case SETNAME -> setName(request);
      case SETINFO -> setInfo(request);
      case INFO -> text(ClientLine.of(client, loop.nowNanos(), "client|info") + "\n");
      case LIST -> list(request);
      case KILL -> kill(request);
      case REPLY -> reply(request);
      case PAUSE -> pause(request);
      case UNPAUSE -> unpause();
      case UNBLOCK -> unblock(request);
      case GETREDIR -> tracking.redirect();
      case CACHING -> tracking.caching(request);
      case TRACKING -> tracking.tracking(request);
      case TRACKINGINFO -> tracking.info();
      case CAPA -> ok();
      case IMPORT_SOURCE -> importSource(request);
      case NO_EVICT -> noEvict(request);
      case NO_TOUCH -> onOrOff(request) ? ok() : error(SYNTAX);
    };
  }

  // ---- answers

  private boolean answered() {
    client.replies().localReply();
    return true;
  }

  private boolean error(String text) {
    client.replies().localError(text);
    return true;
  }

  private boolean refused(String subcommand, String why) {
    return error("ERR 'client|" + subcommand + "' is refused by Holdfast: " + why);
  }

  private boolean tooMany(RequestView request) {
    return error(
        "ERR unknown subcommand or wrong number of arguments for '"
            + request.shown(1)
            + "'. Try CLIENT HELP.");
  }

  private boolean ok() {
    client.replies().writer().ok();
    return answered();
  }

  private boolean integer(long value) {
    client.replies().writer().integer(value);
    return answered();
  }

  private boolean text(String text) {
    RespWriter out = client.replies().writer();
    if (client.session().protocol() == 3) {
      out.verbatim("txt", text);
    } else {
      out.bulk(text);
    }
    return answered();
  }

  private static boolean onOrOff(RequestView request) {
    return request.is(2, "on") || request.is(2, "off");
  }

  // ---- its own settings

  private boolean getName() {
    RespWriter out = client.replies().writer();
    String name = client.session().name();
    if (name.isEmpty()) {
      out.nil();
    } else {
      out.bulk(name);
    }
    return answered();
  }

  private boolean setName(RequestView request) {
    String name = request.text(2);
    if (!isName(name)) {
      return error(BAD_NAME);
    }
    client.session().name(name);
    return ok();
  }

  private boolean setInfo(RequestView request) {
    String value = request.text(3);
    if (!isName(value)) {
      return error(
          "ERR " + request.shown(2) + " cannot contain spaces, newlines or special characters.");
    }
    if (request.is(2, "lib-name")) {
      client.session().library(value, null);
    } else if (request.is(2, "lib-ver")) {
      client.session().library(null, value);
    } else {
      return error("ERR Unrecognized option '" + request.shown(2) + "'");
    }
    return ok();
  }

  /** The proxy evicts nobody for the memory of their buffers; it remembers what was said. */
  private boolean noEvict(RequestView request) {
    if (!onOrOff(request)) {
      return error(SYNTAX);
    }
    client.session().noEvict(request.is(2, "on"));
    return ok();
  }

  /** A server in import mode lets such a connection see keys that have expired. */
  private boolean importSource(RequestView request) {
    if (request.is(2, "off")) {
      return ok();
    }
    return request.is(2, "on")
        ? refused("import-source", "links are shared by clients. Connect to the server")
        : error(SYNTAX);
  }

  /** ON is answered; OFF and SKIP are not, nor is what follows them. */
  private boolean reply(RequestView request) {
    if (!onOrOff(request) && !request.is(2, "skip")) {
      return error(SYNTAX);
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
    } else {
      session.skipNextReply();
    }
    return true;
  }

  // ---- the others

  private boolean list(RequestView request) {
    var filter = ClientFilter.ofList(loop.server(), loop.logins().areBackends());
    String refusal = filter.read(request, 2);
    if (refusal != null) {
      return error(refusal);
    }
    var text = new StringBuilder();
    for (ClientConnection each : loop.clients().all()) {
      if (filter.matches(each, client, loop.nowNanos())) {
        String command = each == client ? "client|list" : "NULL";
        text.append(ClientLine.of(each, loop.nowNanos(), command)).append('\n');
      }
    }
    return text(text.toString());
  }

  /** CLIENT KILL host:port (old form), or filters. */
  private boolean kill(RequestView request) {
    boolean old = request.count() == 3;
    var filter = ClientFilter.ofKill(loop.server(), loop.logins().areBackends());
    String refusal = old ? null : filter.read(request, 2);
    if (refusal != null) {
      return error(refusal);
    }
    List<ClientConnection> victims = new ArrayList<>();
    for (ClientConnection each : loop.clients().all()) {
      boolean meant =
          old
              ? each.session().address().equals(request.text(2))
              : filter.matches(each, client, loop.nowNanos());
      if (meant) {
        victims.add(each);
      }
    }
    boolean taken =
        old ? (victims.isEmpty() ? error(NO_SUCH_CLIENT) : ok()) : integer(victims.size());
    victims.forEach(this::kill);
    return taken;
  }

  private void kill(ClientConnection victim) {
    if (victim == client) {
      client.closeAfterReplies();
    } else {
      victim.kill();
    }
  }

  private boolean pause(RequestView request) {
    if (request.count() > OPTION_AT + 1) {
      return tooMany(request);
    }
    boolean writesOnly = request.count() > 3 && request.is(3, "write");
    if (request.count() > 3 && !writesOnly && !request.is(3, "all")) {
      return error("ERR CLIENT PAUSE mode must be WRITE or ALL");
    }
    long millis = request.number(2);
    if (millis == Long.MIN_VALUE) {
      return error("ERR timeout is not an integer or out of range");
    }
    if (millis < 0) {
      return error("ERR timeout is negative");
    }
    loop.clients().pause(loop.nowNanos(), millis, writesOnly);
    return ok();
  }

  private boolean unpause() {
    loop.clients().unpause();
    return ok();
  }

  private boolean unblock(RequestView request) {
    if (request.count() > OPTION_AT + 1) {
      return tooMany(request);
    }
    boolean option = request.count() == 4;
    if (option && !request.is(3, "timeout") && !request.is(3, "error")) {
      return error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    }
    long id = request.number(2);
    if (id == Long.MIN_VALUE) {
      return error(NOT_INTEGER);
    }
    ClientConnection blocked = loop.clients().byId(id);
    if (blocked == null) {
      return integer(0);
    }
    client.commands().flushRun();
    int number = client.replies().take();
    String reason = option && request.is(3, "error") ? "ERROR" : "TIMEOUT";
    blocked.execute(
        () -> blocked.use().unblock(reason, done -> client.execute(() -> unblocked(number, done))));
    return true;
  }

  private void unblocked(int number, long done) {
    client.replies().writer().integer(done);
    client.replies().answerWritten(number);
    client.replies().written();
  }
}
