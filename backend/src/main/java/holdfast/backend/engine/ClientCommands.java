package holdfast.backend.engine;

import java.util.ArrayList;

/** CLIENT: what connections there are, their names, and what may be done to them. */
final class ClientCommands {
  private ClientCommands() {}

  static void register(Engine engine) {
    engine.register("client|id", call -> call.out().integer(call.client().id()));
    engine.register("client|info", ClientCommands::info);
    engine.register("client|list", ClientCommands::list);
    engine.register("client|getname", ClientCommands::getName);
    engine.register("client|setname", ClientCommands::setName);
    engine.register("client|kill", ClientKill::run);
    engine.register("client|no-evict", ClientCommands::noEvict);
    engine.register("client|pause", ClientCommands::pause);
    engine.register("client|unpause", ClientCommands::unpause);
    engine.register("client|reply", ClientCommands::reply);
    engine.register("client|unblock", ClientCommands::unblock);
    engine.register("client|getredir", call -> call.out().integer(-1));
    engine.register("client|tracking", ClientCommands::tracking);
    engine.register("client|trackinginfo", ClientCommands::trackingInfo);
    engine.register("client|caching", ClientCommands::caching);
    engine.register(
        "client|help",
        call ->
            Help.write(
                call,
                "GETREDIR",
                "    Return the client ID we are redirecting to when tracking is enabled.",
                "GETNAME",
                "    Return the name of the current connection.",
                "ID",
                "    Return the ID of the current connection.",
                "INFO",
                "    Return information about the current client connection.",
                "KILL <ip:port>",
                "    Kill connection made from <ip:port>.",
                "KILL <option> <value> [<option> <value> [...]]",
                "    Kill connections. Options are:",
                "    * ADDR (<ip:port>|<unixsocket>:0)",
                "      Kill connections made from the specified address",
                "    * LADDR (<ip:port>|<unixsocket>:0)",
                "      Kill connections made to specified local address",
                "    * TYPE (normal|master|replica|pubsub)",
                "      Kill connections by type.",
                "    * USER <username>",
                "      Kill connections authenticated by <username>.",
                "    * SKIPME (YES|NO)",
                "      Skip killing current connection (default: yes).",
                "LIST [options ...]",
                "    Return information about client connections. Options:",
                "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
                "      Return clients of specified type.",
                "UNPAUSE",
                "    Stop the current client pause, resuming traffic.",
                "PAUSE <timeout> [WRITE|ALL]",
                "    Suspend all, or just write, clients for <timeout> milliseconds.",
                "REPLY (ON|OFF|SKIP)",
                "    Control the replies sent to the current connection.",
                "SETNAME <name>",
                "    Assign the name <name> to the current connection.",
                "UNBLOCK <clientid> [TIMEOUT|ERROR]",
                "    Unblock the specified blocked client.",
                "NO-EVICT (ON|OFF)",
                "    Protect current client connection from eviction."));
  }

  /**
   * A name as Redis allows it: printable, no spaces.
   *
   * @throws CommandError if it is none
   */
  static byte[] checkedName(byte[] name) {
    for (byte b : name) {
      if (b < '!' || b > '~') {
        throw new CommandError(
            "ERR Client names cannot contain spaces, newlines or special characters.");
      }
    }
    return name;
  }

  private static void info(Call call) {
    call.out().verbatim("txt", ClientLine.of(call.client(), call.nowMillis()) + "\n");
  }

  private static void list(Call call) {
    Client.Kind kind = null;
    var ids = new ArrayList<Long>();
    if (call.count() == 4 && call.is(2, "type")) {
      kind = ClientKill.kind(call.arg(3));
    } else if (call.count() > 3 && call.is(2, "id")) {
      for (int at = 3; at < call.count(); at++) {
        ids.add(call.integer(at, new CommandError("ERR Invalid client ID")));
      }
    } else if (call.count() != 2) {
      throw Errors.SYNTAX;
    }
    var text = new StringBuilder();
    for (Client client : call.engine().clients()) {
      boolean wanted = kind == null || client.kind() == kind;
      if (wanted && (ids.isEmpty() || ids.contains(client.id()))) {
        text.append(ClientLine.of(client, call.nowMillis())).append('\n');
      }
    }
    call.out().verbatim("txt", text.toString());
  }

  private static void getName(Call call) {
    if (call.client().name().length == 0) {
      call.out().nil();
    } else {
      call.out().bulk(call.client().name());
    }
  }

  private static void setName(Call call) {
    call.client().name(checkedName(call.arg(2)));
    call.out().ok();
  }

  private static void noEvict(Call call) {
    if (!call.is(2, "on") && !call.is(2, "off")) {
      throw Errors.SYNTAX;
    }
    call.client().noEvict(call.is(2, "on"));
    call.out().ok();
  }

  private static void pause(Call call) {
    boolean everything = true;
    if (call.count() == 4) {
      if (!call.is(3, "WRITE") && !call.is(3, "ALL")) {
        throw new CommandError("ERR CLIENT PAUSE mode must be WRITE or ALL");
      }
      everything = call.is(3, "ALL");
    } else if (call.count() > 4) {
      throw Help.syntax(call);
    }
    long millis = call.integer(2, Errors.TIMEOUT_NOT_AN_INTEGER);
    if (millis < 0) {
      throw Errors.TIMEOUT_NEGATIVE;
    }
    call.engine().paused().pause(call.nowMillis(), millis, everything);
    call.out().ok();
  }

  private static void unpause(Call call) {
    call.out().ok();
    call.engine().unpauseAfterCommand();
  }

  private static void reply(Call call) {
    if (call.is(2, "on")) {
      call.client().replyMode(Client.ReplyMode.ON);
      call.client().out().ok(); // what the call has still goes nowhere
    } else if (call.is(2, "off")) {
      call.client().replyMode(Client.ReplyMode.OFF);
    } else if (call.is(2, "skip")) {
      if (call.client().replyMode() != Client.ReplyMode.OFF) {
        call.client().replyMode(Client.ReplyMode.SKIP); // for the next command
      }
    } else {
      throw Errors.SYNTAX;
    }
  }

  /** There is no tracking of keys: it can only be turned off. */
  private static void tracking(Call call) {
    if (call.is(2, "on")) {
      throw new CommandError("ERR this engine does not track what clients have cached");
    }
    if (!call.is(2, "off")) {
      throw Errors.SYNTAX;
    }
    call.out().ok();
  }

  private static void trackingInfo(Call call) {
    call.out().map(3).bulk("flags").set(1).bulk("off");
    call.out().bulk("redirect").integer(-1);
    call.out().bulk("prefixes").array(0);
  }

  private static void caching(Call call) {
    throw new CommandError(
        "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or"
            + " OPTOUT mode enabled");
  }

  private static void unblock(Call call) {
    boolean withError = false;
    if (call.count() == 4) {
      if (!call.is(3, "timeout") && !call.is(3, "error")) {
        throw new CommandError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
      }
      withError = call.is(3, "error");
    } else if (call.count() > 4) {
      throw Help.syntax(call);
    }
    Client target = call.engine().client(call.integer(2));
    boolean done = false;
    if (target != null && target.waiting() != null) {
      if (withError) {
        target.out().error("UNBLOCKED client unblocked via CLIENT UNBLOCK");
        done = call.engine().blocked().release(target);
      } else {
        done = call.engine().blocked().timeOut(target);
      }
    }
    call.out().integer(done ? 1 : 0);
  }
}
