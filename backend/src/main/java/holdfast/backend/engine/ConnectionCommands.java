package holdfast.backend.engine;

import java.security.MessageDigest;

/**
 * PING, AUTH, HELLO and what else concerns one connection. There is one user, "default". Source:
 * Redis {@code networking.c}, {@code acl.c}.
 */
final class ConnectionCommands {
  /** The Redis whose behaviour the engine has; clients look at it to know what they may use. */
  static final String REDIS_VERSION = "7.0.15";

  private ConnectionCommands() {}

  static void register(Engine engine) {
    engine.register("ping", ConnectionCommands::ping);
    engine.register("echo", call -> call.out().bulk(call.arg(1)));
    engine.register("auth", ConnectionCommands::auth);
    engine.register("hello", ConnectionCommands::hello);
    engine.register("select", ConnectionCommands::select);
    engine.register("quit", ConnectionCommands::quit);
    engine.register("reset", ConnectionCommands::reset);
  }

  private static void ping(Call call) {
    if (call.count() > 2) {
      throw Errors.arity(call.facts().name());
    }
    Client client = call.client();
    if (client.protocol() == 2 && client.subscriptions().count() > 0) {
      call.out().array(2).bulk("pong").bulk(call.count() == 2 ? call.arg(1) : Words.EMPTY);
    } else if (call.count() == 2) {
      call.out().bulk(call.arg(1));
    } else {
      call.out().simple("PONG");
    }
  }

  private static void auth(Call call) {
    if (call.count() > 3) {
      throw Errors.SYNTAX;
    }
    boolean named = call.count() == 3;
    if (!named && call.engine().password().isEmpty()) {
      throw new CommandError(
          "ERR AUTH <password> called without any password configured for the default user. Are"
              + " you sure your configuration is correct?");
    }
    byte[] user = named ? call.arg(1) : Words.bytes("default");
    authenticate(call, user, call.arg(named ? 2 : 1));
    call.out().ok();
  }

  private static void authenticate(Call call, byte[] user, byte[] password) {
    String expected = call.engine().password();
    boolean right = expected.isEmpty() || MessageDigest.isEqual(Words.bytes(expected), password);
    if (!right || !Words.text(user).equals("default")) {
      throw new CommandError("WRONGPASS invalid username-password pair or user is disabled.");
    }
    call.client().authenticated(true);
  }

  private static void hello(Call call) {
    long protocol = 0;
    int at = 1;
    if (call.count() > 1) {
      var error = new CommandError("ERR Protocol version is not an integer or out of range");
      protocol = call.integer(at++, error);
      if (protocol < 2 || protocol > 3) {
        throw new CommandError("NOPROTO unsupported protocol version");
      }
    }
    byte[] name = null;
    for (; at < call.count(); at++) {
      int rest = call.count() - at - 1;
      if (call.is(at, "AUTH") && rest >= 2) {
        authenticate(call, call.arg(at + 1), call.arg(at + 2));
        at += 2;
      } else if (call.is(at, "SETNAME") && rest >= 1) {
        name = ClientCommands.checkedName(call.arg(++at));
      } else {
        throw new CommandError(
            "ERR Syntax error in HELLO option '" + Words.text(call.arg(at)) + "'");
      }
    }
    Client client = call.client();
    if (!client.isAuthenticated()) {
      throw new CommandError(
          "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO"
              + " <proto> AUTH <user> <pass> option can be used to authenticate the client and"
              + " select the RESP protocol version at the same time");
    }
    if (name != null) {
      client.name(name);
    }
    if (protocol != 0) {
      client.protocol((int) protocol);
      call.out().protocol((int) protocol);
    }
    boolean replica = call.engine().gate().isReplica();
    call.out().map(7).bulk("server").bulk("redis").bulk("version").bulk(REDIS_VERSION);
    call.out().bulk("proto").integer(client.protocol()).bulk("id").integer(client.id());
    call.out().bulk("mode").bulk("standalone");
    call.out().bulk("role").bulk(replica ? "replica" : "master");
    call.out().bulk("modules").array(0);
  }

  private static void select(Call call) {
    long index = call.integer(1);
    if (index < 0 || index >= call.engine().keyspace().size()) {
      throw Errors.DB_INDEX;
    }
    call.client().database((int) index);
    call.out().ok();
  }

  private static void quit(Call call) {
    call.out().ok();
    call.client().closeAfterReply();
  }

  /** As if the connection were new, in RESP2. */
  private static void reset(Call call) {
    Client client = call.client();
    Engine engine = call.engine();
    client.transaction().end();
    PubSubCommands.leaveAll(engine, client);
    client.database(0);
    client.name(Words.EMPTY);
    client.protocol(2);
    client.authenticated(engine.password().isEmpty());
    client.replyMode(Client.ReplyMode.ON);
    client.noEvict(false);
    client.out().simple("RESET"); // whatever CLIENT REPLY had asked for
  }
}
