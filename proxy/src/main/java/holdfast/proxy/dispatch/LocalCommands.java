package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespWriter;
import holdfast.proxy.dispatch.ClientLogin.Answer;
import holdfast.proxy.session.Session;
import holdfast.routing.command.CommandTraits;
import holdfast.routing.plan.Plan.Hold;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Commands that concern the client's own connection: the proxy keeps that state and answers them,
 * in Redis's words. PING is not among them: who sends it wants to know whether the server answers.
 */
final class LocalCommands {
  private static final String SYNTAX = "ERR syntax error";
  private static final String NOT_INTEGER = "ERR value is not an integer or out of range";
  private static final String NOT_AN_INT =
      "ERR value is out of range, value must between -2147483648 and 2147483647";
  private static final String NOT_LOGGED_IN =
      "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH"
          + " <user> <pass> option can be used to authenticate the client and select the RESP"
          + " protocol version at the same time";
  private static final Pattern LONG_NUMBER = Pattern.compile("-?[1-9][0-9]{18}");

  private final ProxyLoop loop;
  private final ClientConnection client;
  private final ClientCommand clientCommand;
  private final ReadsCommand readsCommand;

  LocalCommands(ProxyLoop loop, ClientConnection client) {
    this.loop = loop;
    this.client = client;
    this.clientCommand = new ClientCommand(loop, client);
    this.readsCommand = new ReadsCommand(loop, client);
  }

  /** False: it waits, as the client says. */
  boolean run(CommandTraits traits, RequestView request) {
    return switch (traits.special()) {
      case HELLO -> hello(request);
      case AUTH -> auth(request);
      case SELECT -> select(request);
      case CLIENT -> clientCommand.run(request);
      case QUIT -> quit();
      case RESET -> reset();
      case ROLE -> role();
      case CLUSTER -> error("ERR This instance has cluster support disabled");
      case HOLDFAST -> holdfast(request);
      case NONE,
          MULTI,
          EXEC,
          DISCARD,
          WATCH,
          UNWATCH,
          SUBSCRIBE,
          PSUBSCRIBE,
          SSUBSCRIBE,
          UNSUBSCRIBE,
          PUNSUBSCRIBE,
          SUNSUBSCRIBE,
          MONITOR,
          WAIT,
          PING,
          INFO,
          SCAN,
          EVAL,
          EVALSHA,
          SCRIPT_LOAD,
          SCRIPT_FLUSH ->
          throw new IllegalStateException(traits.name() + " is not answered here");
    };
  }

  private boolean ok() {
    client.replies().writer().ok();
    client.replies().localReply();
    return true;
  }

  private boolean error(String text) {
    client.replies().localError(text);
    return true;
  }

  // ---- HELLO, AUTH

  private boolean hello(RequestView request) {
    Session session = client.session();
    int protocol = session.protocol();
    int at = 1;
    if (request.count() > 1) {
      long asked = request.number(1);
      if (asked == Long.MIN_VALUE) {
        return error("ERR Protocol version is not an integer or out of range");
      }
      if (asked != 2 && asked != 3) {
        return error("NOPROTO unsupported protocol version");
      }
      protocol = (int) asked;
      at = 2;
    }
    String name = null;
    int authAt = 0;
    while (at < request.count()) {
      if (request.is(at, "auth") && at + 2 < request.count()) {
        authAt = at;
        at += 3;
      } else if (request.is(at, "setname") && at + 1 < request.count()) {
        name = request.text(at + 1);
        if (!ClientCommand.isName(name)) {
          return error(ClientCommand.BAD_NAME);
        }
        at += 2;
      } else {
        return error("ERR Syntax error in HELLO option '" + request.shown(at) + "'");
      }
    }
    Answer mayGoOn =
        authAt == 0
            ? client.login().greeting()
            : logIn(request.bytes(authAt + 1), request.bytes(authAt + 2));
    switch (mayGoOn) {
      case Answer.NotYet(boolean taken) -> {
        return taken;
      }
      case Answer.No(String why) -> {
        return error(why);
      }
      case Answer.Yes _ -> {
        if (!session.authenticated()) {
          return error(NOT_LOGGED_IN);
        }
      }
    }
    if (protocol != session.protocol() && client.replies().unanswered() > 0) {
      return client.waiting().on(Hold.FOR_REPLIES);
    }
    session.protocol(protocol);
    client.tracking().follow();
    if (name != null) {
      session.name(name);
    }
    RespWriter out = client.replies().writer();
    out.map(7);
    out.bulk("server").bulk(loop.server().name());
    out.bulk("version").bulk(loop.server().version());
    out.bulk("proto").integer(protocol);
    out.bulk("id").integer(session.id());
    out.bulk("mode").bulk("standalone");
    out.bulk("role").bulk("master");
    out.bulk("modules").array(0);
    client.replies().localReply();
    return true;
  }

  private boolean auth(RequestView request) {
    int count = request.count();
    if (count > 3) {
      return error(SYNTAX);
    }
    boolean own = !loop.logins().areBackends();
    if (own && loop.settings().password() == null && count == 2) {
      return error(
          "ERR AUTH <password> called without any password configured for the default user. Are"
              + " you sure your configuration is correct?");
    }
    byte[] user = count == 3 ? request.bytes(1) : null;
    return switch (logIn(user, request.bytes(count - 1))) {
      case Answer.NotYet(boolean taken) -> taken;
      case Answer.No(String why) -> error(why);
      case Answer.Yes _ -> ok();
    };
  }

  /** The client has logged in with Yes; no user is the default one. */
  private Answer logIn(byte @Nullable [] user, byte[] password) {
    if (loop.logins().areBackends()) {
      // What it sent before is executed as the user before.
      return client.output().pending() > 0
          ? new Answer.NotYet(client.waiting().on(Hold.FOR_REPLIES))
          : client.login().authenticate(user, password);
    }
    String refusal = check(user == null ? ClientLogin.DEFAULT_USER : user, password);
    if (!refusal.isEmpty()) {
      return new Answer.No(refusal);
    }
    client.session().authenticated(true);
    return ClientLogin.YES;
  }

  /** Empty if that user has that password. */
  private String check(byte[] user, byte[] password) {
    String expected = loop.settings().password();
    boolean isDefault = new String(user, StandardCharsets.UTF_8).equals("default");
    // Compared in full, whatever the user, so that the time taken tells nothing.
    boolean same =
        expected == null
            || MessageDigest.isEqual(expected.getBytes(StandardCharsets.UTF_8), password);
    return isDefault && same ? "" : "WRONGPASS invalid username-password pair or user is disabled.";
  }

  // ---- SELECT, QUIT, RESET

  private boolean select(RequestView request) {
    long database = request.number(1);
    if (database == Long.MIN_VALUE) {
      return error(isLong(request.text(1)) ? NOT_AN_INT : NOT_INTEGER);
    }
    if (database != (int) database) {
      return error(NOT_AN_INT);
    }
    if (database < 0 || database >= loop.settings().clients().databases()) {
      return error("ERR DB index is out of range");
    }
    boolean another = database != client.session().database();
    if (another && !client.replies().isGathering() && client.replies().unanswered() > 0) {
      // What is under way may have to go out again, and then belongs to the database before.
      return client.waiting().on(Hold.FOR_REPLIES);
    }
    client.session().database((int) database);
    client.tracking().follow();
    return ok();
  }

  /** Whether it is a number after all, of more digits than {@link RequestView#number} reads. */
  private static boolean isLong(String text) {
    if (!LONG_NUMBER.matcher(text).matches()) {
      return false;
    }
    try {
      return Long.parseLong(text) != 0;
    } catch (NumberFormatException _) {
      return false;
    }
  }

  private boolean quit() {
    ok();
    client.closeAfterReplies();
    return true;
  }

  private boolean reset() {
    if (client.output().pending() > 0) {
      return client.waiting().on(Hold.FOR_REPLIES);
    }
    boolean asksNobody = loop.settings().password() == null && !loop.logins().areBackends();
    client.tracking().drop("its client has reset it");
    client.subscriptions().leave();
    client.session().reset(asksNobody);
    client.login().reset();
    client.reads().reset();
    client.replies().writer().simple("RESET");
    client.replies().localReply();
    return true;
  }

  // ---- ROLE, HOLDFAST

  /** To clients the proxy is the master, whichever server that is. */
  private boolean role() {
    RespWriter out = client.replies().writer();
    out.array(3).bulk("master").integer(0).array(0);
    client.replies().localReply();
    return true;
  }

  private boolean holdfast(RequestView request) {
    if (request.count() < 2 || request.is(1, "help")) {
      RespWriter out = client.replies().writer();
      var help = new ArrayList<String>();
      help.add("HOLDFAST <subcommand>. Subcommands are:");
      help.addAll(ReadsCommand.HELP);
      help.add("STATUS");
      help.add("    What this proxy sees: the master, its epoch, clients, replicas, what waits.");
      help.add("HELP");
      help.add("    Print this help.");
      out.array(help.size());
      help.forEach(out::simple);
    } else if (request.is(1, "status") && request.count() == 2) {
      List<String> lines = loop.status().lines();
      RespWriter out = client.replies().writer();
      out.map(lines.size());
      for (String line : lines) {
        int colon = line.indexOf(':');
        out.bulk(line.substring(0, colon)).bulk(line.substring(colon + 1));
      }
    } else if (request.is(1, "reads")) {
      return readsCommand.run(request);
    } else {
      return error("ERR unknown subcommand '" + request.shown(1) + "'. Try HOLDFAST HELP.");
    }
    client.replies().localReply();
    return true;
  }
}
