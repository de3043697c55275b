package holdfast.backend.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import holdfast.backend.engine.BlockedOperation;
import holdfast.backend.engine.Call;
import holdfast.backend.engine.Client;
import holdfast.backend.engine.CommandError;
import holdfast.backend.engine.Engine;
import holdfast.backend.engine.Errors;
import holdfast.backend.engine.InfoReport;
import holdfast.backend.engine.ValueType;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.replication.MasterAddress;
import holdfast.backend.resp.RespWriter;
import holdfast.backend.store.RollbackFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * HOLDFAST: what the leader of an epoch orders ({@link EpochOrders}), what an operator asks, and
 * the section "holdfast" of INFO. Orders may grow: what comes behind the arguments known here is
 * meant for a later release and ignored.
 */
final class HoldfastCommand {
  /** Of the orders. A leader that sees the field in INFO gives them; else it talks as to Redis. */
  static final int VERSION = 1;

  private static final String NOBODY = "-";
  private static final int PAGE_BYTES = 4 << 20;
  private static final String[] HELP = {
    "HOLDFAST <subcommand> [<arg> ...]. Subcommands are:",
    "STATUS",
    "    Epoch, lease and what was refused, as the section \"holdfast\" of INFO.",
    "ROLLBACK LIST",
    "    Files of writes that a switch took back: name and bytes of each.",
    "ROLLBACK PRINT <name> [<from>]",
    "    Its commands from byte <from> on, behind where the next page begins (0: this is the"
        + " last).",
    "CONSULT <epoch> [FOLLOWING]",
    "    From the leader of an epoch: no earlier leader is obeyed from now on. Answers INFO. A",
    "    replica then follows nobody, unless FOLLOWING says that it is to catch up.",
    "PROMOTE <epoch> <run id> <least offset> <voter>[,<voter>...]",
    "    From the leader of an epoch: be its master, if that is still so. Answers INFO.",
    "FOLLOW <epoch> <host> <port> <replication id>[,<id>...] <common offset>"
        + " [<voter>[,<voter>...]]",
    "    From a voter of an epoch: be a replica of its master, whose data is of these ids and"
        + " equal",
    "    to this node's up to the offset (-1: not known), connected to these voters.",
    "HELP",
    "    Prints this help."
  };

  private final ServerContext server;
  private final EpochOrders orders;
  private final EngineLease lease;

  HoldfastCommand(ServerContext server, EpochOrders orders, EngineLease lease) {
    this.server = server;
    this.orders = orders;
    this.lease = lease;
  }

  void register(Engine engine) {
    engine.register("holdfast", this::run);
    engine.info().section("holdfast", this::info);
  }

  private void run(Call call) {
    String name = text(call, 1).toUpperCase(Locale.ROOT);
    switch (name) {
      case "HELP" -> help(call);
      case "STATUS" -> call.out().bulk(server.engine().info().write(List.of("holdfast")));
      case "CONSULT" -> consult(call);
      case "PROMOTE" -> promote(call);
      case "FOLLOW" -> follow(call);
      case "ROLLBACK" -> rollback(call);
      default ->
          throw new CommandError("ERR unknown subcommand '" + name + "'. Try HOLDFAST HELP.");
    }
  }

  private static void help(Call call) {
    call.out().array(HELP.length);
    for (String line : HELP) {
      call.out().simple(line);
    }
  }

  private static String text(Call call, int at) {
    return new String(call.arg(at), UTF_8);
  }

  private static void expect(Call call, int arguments) {
    if (call.count() < arguments + 2) {
      throw new CommandError(
          "ERR HOLDFAST "
              + text(call, 1).toUpperCase(Locale.ROOT)
              + " with "
              + (call.count() - 2)
              + " arguments, expected "
              + arguments
              + ". Try HOLDFAST HELP.");
    }
  }

  private static long epoch(Call call) {
    return call.integer(2, 1, Integer.MAX_VALUE, new CommandError("ERR invalid epoch"));
  }

  // ---- orders

  /** A leader that waits until the old link has been read to its end. */
  private static final class Consulting implements BlockedOperation {
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
      out.error("ERR unblocked before the master's link had been read to its end");
    }
  }

  private void consult(Call call) {
    expect(call, 1);
    Client client = call.client();
    var done = new boolean[1];
    orders.consult(
        epoch(call),
        call.count() > 3 && call.is(3, "following"),
        error -> {
          if (!done[0]) {
            done[0] = true; // within the call
            answer(call.out(), error);
          } else if (server.engine().blocked().release(client)) {
            answer(client.out(), error);
          }
        });
    if (!done[0]) {
      done[0] = true;
      call.block(List.of(), 0, new Consulting());
    }
  }

  private void answer(RespWriter out, @Nullable CommandError error) {
    if (error == null) {
      out.bulk(info());
    } else {
      out.error(error.text());
    }
  }

  private String info() {
    return server.engine().info().write(List.of("default"));
  }

  private void promote(Call call) {
    expect(call, 4);
    List<NodeAddress> voters = voters(call, 5);
    long least = call.integer(4, 0, Long.MAX_VALUE, Errors.OUT_OF_RANGE);
    orders.promote(epoch(call), text(call, 3), least, voters);
    call.out().bulk(info());
  }

  private static List<NodeAddress> voters(Call call, int at) {
    var voters = new ArrayList<NodeAddress>();
    for (String voter : text(call, at).split(",", -1)) {
      try {
        voters.add(NodeAddress.parse(voter));
      } catch (IllegalArgumentException e) {
        throw new CommandError("ERR voter: " + e.getMessage());
      }
    }
    return voters;
  }

  private void follow(Call call) {
    expect(call, 5);
    int port = (int) call.integer(4, 1, 65_535, new CommandError("ERR Invalid master port"));
    Set<String> histories = new LinkedHashSet<>();
    for (String id : text(call, 5).split(",", -1)) {
      if (!holdfast.backend.replication.ReplicationHistory.isId(id)) {
        throw new CommandError("ERR replication id \"" + id + "\", expected 40 hexadecimal digits");
      }
      histories.add(id.toLowerCase(Locale.ROOT));
    }
    long common = call.integer(6, -1, Long.MAX_VALUE, Errors.OUT_OF_RANGE);
    // A voter of the version before names none.
    List<NodeAddress> voters = call.count() > 7 ? voters(call, 7) : List.of();
    var master = new MasterAddress(text(call, 3), port);
    orders.follow(epoch(call), master, histories, common, voters, call.client());
    call.out().ok();
  }

  // ---- what operators ask

  private void rollback(Call call) {
    expect(call, 1);
    RollbackFiles files = orders.rollbacks().files();
    if (files == null) {
      throw new CommandError("ERR without a data folder nothing is kept");
    }
    try {
      if (call.is(2, "list")) {
        list(call, files);
      } else if (call.is(2, "print") && call.count() > 3) {
        print(call, files);
      } else {
        throw new CommandError("ERR ROLLBACK LIST or ROLLBACK PRINT <name>. Try HOLDFAST HELP.");
      }
    } catch (IOException e) {
      throw new CommandError("ERR " + e.getMessage());
    }
  }

  private static void list(Call call, RollbackFiles files) throws IOException {
    List<RollbackFiles.Entry> entries = files.list();
    call.out().array(entries.size());
    for (RollbackFiles.Entry entry : entries) {
      call.out().array(2).bulk(entry.name()).integer(entry.bytes());
    }
  }

  private static void print(Call call, RollbackFiles files) throws IOException {
    String name = text(call, 3);
    RollbackFiles.Page page = files.page(name, call.count() > 4 ? call.integer(4) : 0, PAGE_BYTES);
    if (page == null) {
      throw new CommandError("ERR no file \"" + name + "\". ROLLBACK LIST names those there are.");
    }
    call.out().array(2).array(page.commands().size());
    page.commands().forEach(call.out()::bulk);
    call.out().integer(page.next());
  }

  private void info(InfoReport.Section section) {
    RollbackKeeper rollbacks = orders.rollbacks();
    String refused = server.follower().refusedHistory();
    long promoted = orders.guard().promotedEpoch();
    section
        .put("holdfast_version", VERSION)
        .put("holdfast_epoch", orders.guard().heardEpoch())
        .put("holdfast_master_of_epoch", promoted == 0 ? NOBODY : Long.toString(promoted))
        .put("holdfast_lease", leaseState())
        .put("holdfast_lease_ms", lease.remainingMillis())
        .put("holdfast_writes_refused", lease.refusals())
        .put("holdfast_stale_orders", orders.staleOrders())
        .put("holdfast_snapshots_refused", server.follower().foreignHistories())
        .put("holdfast_refused_history", refused.isEmpty() ? NOBODY : refused)
        .put("holdfast_rollbacks", rollbacks.tails())
        .put("holdfast_rollback_writes", rollbacks.writes())
        .put("holdfast_rollback_bytes", rollbacks.bytes())
        .put("holdfast_rollback_bytes_not_kept", rollbacks.bytesNotKept());
  }

  private String leaseState() {
    if (!orders.guard().isLed() || !server.follower().isMaster()) {
      return "not needed";
    }
    return lease.runs() ? "held" : "not held";
  }
}
