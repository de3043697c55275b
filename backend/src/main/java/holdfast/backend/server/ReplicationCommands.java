package holdfast.backend.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import holdfast.backend.engine.BlockedOperation;
import holdfast.backend.engine.Call;
import holdfast.backend.engine.Client;
import holdfast.backend.engine.CommandError;
import holdfast.backend.engine.Engine;
import holdfast.backend.engine.Errors;
import holdfast.backend.engine.ValueType;
import holdfast.backend.replication.MasterAddress;
import holdfast.backend.replication.MasterLink.State;
import holdfast.backend.replication.PsyncRequest;
import holdfast.backend.resp.RespWriter;
import holdfast.backend.server.ReplicaSession.Stage;
import java.util.ArrayList;
import java.util.List;

/**
 * REPLICAOF, SLAVEOF, PSYNC, SYNC, REPLCONF, WAIT and ROLE, with Redis's replies. Source: Redis
 * {@code replication.c}.
 */
final class ReplicationCommands {
  private final ServerContext server;

  /** Clients in WAIT, in the order in which they came. */
  private final List<Waiter> waiters = new ArrayList<>();

  private boolean askedThisPass;

  ReplicationCommands(ServerContext server) {
    this.server = server;
  }

  void register(Engine engine) {
    engine.register("replicaof", this::replicaOf);
    engine.register("slaveof", this::replicaOf);
    engine.register("psync", this::psync);
    engine.register("sync", this::sync);
    engine.register("replconf", this::replconf);
    engine.register("wait", this::waitFor);
    engine.register("role", this::role);
  }

  private static String text(byte[] argument) {
    return new String(argument, UTF_8);
  }

  private void replicaOf(Call call) {
    String led = server.epochs().refusalOfOperator();
    if (led != null) {
      throw new CommandError(led);
    }
    if (call.is(1, "no") && call.is(2, "one")) {
      server.follower().promote();
      call.out().ok();
      return;
    }
    long port = call.integer(2, 0, 65_535, new CommandError("ERR Invalid master port"));
    if (call.client().kind() == Client.Kind.REPLICA) {
      throw new CommandError("ERR Command is not valid when client is a replica.");
    }
    if (server.follower().follow(new MasterAddress(text(call.arg(1)), (int) port))) {
      call.out().ok();
    } else {
      call.out().simple("OK Already connected to specified master");
    }
  }

  private void psync(Call call) {
    long offset = call.integer(2);
    attach(call, new PsyncRequest(new String(call.arg(1), ISO_8859_1), offset), true);
  }

  private void sync(Call call) {
    attach(call, new PsyncRequest("?", -1), false);
  }

  private void attach(Call call, PsyncRequest request, boolean speaksPsync) {
    if (call.client().kind() == Client.Kind.REPLICA) {
      return; // it asks twice; Redis ignores that too
    }
    if (!server.follower().isMaster() && !server.follower().isLinkUp()) {
      throw new CommandError("NOMASTERLINK Can't SYNC while not connected with my master");
    }
    if (!(call.client().output() instanceof ClientConnection connection)) {
      throw new CommandError("ERR not a connection");
    }
    ReplicaSession session = connection.replica();
    session.speaksPsync(speaksPsync);
    server.replicas().attach(session, request);
  }

  private void replconf(Call call) {
    if (call.count() % 2 == 0) {
      throw Errors.SYNTAX;
    }
    if (!(call.client().output() instanceof ClientConnection connection)) {
      return; // from a log: a master's GETACK lies between its writes, and its time is over
    }
    ReplicaSession session = connection.replica();
    for (int at = 1; at < call.count(); at += 2) {
      if (call.is(at, "ack")) {
        if (session.stage() != Stage.UNATTACHED) {
          server.replicas().acknowledged(session, call.integer(at + 1));
        }
        return; // neither ACK nor GETACK is answered
      }
      if (call.is(at, "getack")) {
        return;
      }
      option(call, session, at);
    }
    call.out().ok();
  }

  private static void option(Call call, ReplicaSession session, int at) {
    if (call.is(at, "listening-port")) {
      session.listeningPort((int) call.integer(at + 1, 0, 65_535, Errors.NOT_AN_INTEGER));
    } else if (call.is(at, "ip-address")) {
      if (call.arg(at + 1).length > 255) {
        throw new CommandError("ERR REPLCONF ip-address provided by replica instance is too long");
      }
      session.announcedAddress(text(call.arg(at + 1)));
    } else if (call.is(at, "capa")) {
      if (call.is(at + 1, "eof")) {
        session.takesStreamedSnapshot(true);
      }
    } else {
      throw new CommandError("ERR Unrecognized REPLCONF option: " + text(call.arg(at)));
    }
  }

  /** One client in WAIT. */
  private final class Waiter implements BlockedOperation {
    private final Client client;
    private final long replicas;
    private final long offset;

    Waiter(Client client, long replicas, long offset) {
      this.client = client;
      this.replicas = replicas;
      this.offset = offset;
    }

    @Override
    public boolean wants(ValueType type) {
      return false;
    }

    @Override
    public boolean serve(Call call, byte[] key) {
      return false;
    }

    @Override
    public void timedOut(RespWriter out) {
      out.integer(server.replicas().reached(offset));
    }

    @Override
    public void ended() {
      waiters.remove(this);
    }
  }

  private void waitFor(Call call) {
    if (!server.follower().isMaster()) {
      throw new CommandError(
          "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0"
              + " if a replica is configured to be writable (which is not the default) writes to"
              + " replicas are just local and are not propagated.");
    }
    long wanted = call.integer(1, 0, Integer.MAX_VALUE, Errors.OUT_OF_RANGE);
    long timeout = call.integer(2, Errors.TIMEOUT_NOT_AN_INTEGER);
    if (timeout < 0) {
      throw Errors.TIMEOUT_NEGATIVE;
    }
    long offset = server.stream().history().offset();
    int reached = server.replicas().reached(offset);
    if (reached >= wanted || !call.mayBlock()) {
      call.out().integer(reached);
      return;
    }
    var waiter = new Waiter(call.client(), wanted, offset);
    waiters.add(waiter);
    long deadline = timeout == 0 ? 0 : call.nowMillis() + timeout;
    call.block(List.of(), deadline < 0 ? 0 : deadline, waiter);
    askForAcknowledgements();
  }

  private void askForAcknowledgements() {
    if (!askedThisPass && server.persistence().isLogHealthy()) {
      askedThisPass = true;
      server.loop().execute(() -> askedThisPass = false);
      server.stream()
          .command(Replicas.bytes("REPLCONF"), Replicas.bytes("GETACK"), Replicas.bytes("*"));
    }
  }

  /** A replica has acknowledged more: whoever waited for that is answered. */
  void acknowledged() {
    if (waiters.isEmpty()) {
      return;
    }
    for (Waiter waiter : List.copyOf(waiters)) {
      int reached = server.replicas().reached(waiter.offset);
      if (reached >= waiter.replicas) {
        waiter.client.out().integer(reached);
        server.engine().blocked().release(waiter.client);
      }
    }
  }

  private void role(Call call) {
    RespWriter out = call.out();
    MasterFollower follower = server.follower();
    MasterAddress master = follower.master();
    if (master != null) {
      out.array(5).bulk("slave").bulk(master.host()).integer(master.port());
      out.bulk(linkState(follower.state()));
      out.integer(follower.isLinkUp() ? server.stream().history().offset() : -1);
      return;
    }
    List<ReplicaSession> online = server.replicas().at(Stage.ONLINE);
    out.array(3).bulk("master").integer(server.stream().history().offset()).array(online.size());
    for (ReplicaSession session : online) {
      out.array(3).bulk(session.address()).bulk(session.listeningPort());
      out.bulk(session.acknowledgedOffset());
    }
  }

  private static String linkState(State state) {
    return switch (state) {
      case State.Off() -> "none";
      case State.Fenced _, State.Waiting _ -> "connect";
      case State.Connecting _ -> "connecting";
      case State.Greeting _, State.Asking _ -> "handshake";
      case State.Transferring _, State.Loading _ -> "sync";
      case State.Following _ -> "connected";
    };
  }
}
