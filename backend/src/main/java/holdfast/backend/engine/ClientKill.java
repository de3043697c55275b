package holdfast.backend.engine;

import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/** CLIENT KILL in its old form (an address) and its new one (filters). */
final class ClientKill {
  private long id;
  private Client.@Nullable Kind kind;
  private byte @Nullable [] address;
  private byte @Nullable [] localAddress;
  private boolean skipMe = true;

  private ClientKill() {}

  static void run(Call call) {
    var filters = new ClientKill();
    boolean oldForm = call.count() == 3;
    if (oldForm) {
      filters.address = call.arg(2);
      filters.skipMe = false;
    } else {
      filters.parse(call);
    }
    int killed = 0;
    boolean me = false;
    for (Client client : new ArrayList<>(call.engine().clients())) {
      if (filters.match(client) && !(filters.skipMe && client == call.client())) {
        killed++;
        if (client == call.client()) {
          me = true; // it gets its reply first
        } else {
          client.close();
        }
      }
    }
    if (oldForm && killed == 0) {
      throw new CommandError("ERR No such client");
    }
    if (oldForm) {
      call.out().ok();
    } else {
      call.out().integer(killed);
    }
    if (me) {
      call.client().closeAfterReply();
    }
  }

  private void parse(Call call) {
    for (int at = 2; at < call.count(); at += 2) {
      if (at + 1 >= call.count()) {
        throw Errors.SYNTAX;
      }
      byte[] value = call.arg(at + 1);
      if (call.is(at, "id")) {
        var error = new CommandError("ERR client-id should be greater than 0");
        id = call.integer(at + 1, 1, Long.MAX_VALUE, error);
      } else if (call.is(at, "type")) {
        kind = kind(value);
      } else if (call.is(at, "addr")) {
        address = value;
      } else if (call.is(at, "laddr")) {
        localAddress = value;
      } else if (call.is(at, "user")) {
        if (!Words.text(value).equals("default")) {
          throw new CommandError("ERR No such user '" + Words.text(value) + "'");
        }
      } else if (call.is(at, "skipme") && (call.is(at + 1, "yes") || call.is(at + 1, "no"))) {
        skipMe = call.is(at + 1, "yes");
      } else {
        throw Errors.SYNTAX;
      }
    }
  }

  private boolean match(Client client) {
    return (id == 0 || client.id() == id)
        && (kind == null || client.kind() == kind)
        && (address == null || client.address().equals(Words.text(address)))
        && (localAddress == null || client.localAddress().equals(Words.text(localAddress)));
  }

  /**
   * The kind of client that a word names.
   *
   * @throws CommandError if it names none
   */
  static Client.Kind kind(byte[] word) {
    if (Words.same(word, "normal")) {
      return Client.Kind.NORMAL;
    } else if (Words.same(word, "slave") || Words.same(word, "replica")) {
      return Client.Kind.REPLICA;
    } else if (Words.same(word, "pubsub")) {
      return Client.Kind.PUBSUB;
    } else if (Words.same(word, "master")) {
      return Client.Kind.MASTER;
    }
    throw new CommandError("ERR Unknown client type '" + Words.text(word) + "'");
  }
}
