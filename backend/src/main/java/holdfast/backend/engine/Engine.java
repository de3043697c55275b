package holdfast.backend.engine;

import holdfast.backend.command.CommandFacts;
import holdfast.backend.command.CommandFlag;
import holdfast.backend.command.CommandTable;
import holdfast.backend.resp.RespWriter;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Executes commands over a keyspace, with the semantics, replies and error texts of Redis 7.0.
 *
 * <p>One thread calls everything; time comes in with each call; replies go out by each client's
 * {@link Output}, effects by {@link Propagation}. A command is: found ({@link CommandTable}) and
 * its arity checked; refused if the server or the client is in no state for it ({@link Admission});
 * queued inside MULTI; else executed, its effects handed on, and then whoever waited for what it
 * brought is served. An unchecked exception out of {@link #execute} other than {@link CommandError}
 * is a defect of a handler: effects collected until then are handed on all the same, the shell
 * should close that client. Source: Redis {@code server.c}, processCommand and call.
 */
public final class Engine {
  private final EngineSettings settings;
  private final CommandTable table;
  private final @Nullable Handler[] handlers;
  private final Host host;
  private final ServerGate gate = new ServerGate();
  private final Stats stats = new Stats();
  private final BlockedClients blocked = new BlockedClients();
  private final PausedClients paused = new PausedClients();
  private final PubSub pubSub = new PubSub();
  private final InfoReport info = new InfoReport();
  private final ConfigTable config = new ConfigTable();
  private final Map<Long, Client> clients = new LinkedHashMap<>();
  private final Admission admission = new Admission(gate, paused);
  private final Effects effects;
  private final DebugCommand debug;
  private final SlowLog slowLog = new SlowLog();
  private final Keyspace keyspace;
  private final RespWriter unread = RespWriter.scratch();
  private long lastClientId;
  private Client master;
  private String password;
  private int depth;
  private boolean unpausing;

  /**
   * @param propagation where effects go
   * @param host the process around it
   */
  @SuppressWarnings("this-escape") // command groups register themselves with a complete engine
  public Engine(EngineSettings settings, Propagation propagation, Host host) {
    this.settings = settings;
    this.host = host;
    this.table = CommandTable.engine();
    this.handlers = new Handler[table.size()];
    this.effects = new Effects(propagation, gate);
    this.keyspace = new Keyspace(settings.databases(), gate, effects, blocked, paused);
    this.password = settings.password();
    this.master = newMaster(0);
    this.debug = new DebugCommand(this);
    BuiltInCommands.register(this);
    slowLog.register(this);
  }

  /**
   * Adds a command or replaces one. Its facts must be in the table; a container ("client") exists
   * as soon as one of its subcommands ("client|id") does.
   */
  public void register(String name, Handler handler) {
    CommandFacts facts = table.find(name);
    if (facts == null) {
      throw new IllegalArgumentException("no facts about a command \"" + name + "\"");
    }
    handlers[facts.index()] = handler;
  }

  /** A new connection. */
  public Client connect(Output output, String address, String localAddress, long nowMillis) {
    var client = new Client(++lastClientId, output, address, localAddress, nowMillis);
    client.authenticated(password.isEmpty());
    clients.put(client.id(), client);
    stats.connected();
    return client;
  }

  /** The connection is gone, whoever closed it. */
  public void disconnect(Client client) {
    client.closing(true);
    clients.remove(client.id());
    blocked.disconnected(client);
    paused.forget(client);
    pubSub.disconnected(client);
    client.transaction().end();
  }

  /**
   * Executes one request; the reply goes to {@link Client#out}. Not to be called while {@link
   * Client#isWaiting}.
   *
   * @param args the command's name and its arguments, at least one; the engine keeps the arrays
   * @param nowMillis wall-clock time, milliseconds since 1970
   */
  public void execute(Client client, byte[][] args, long nowMillis) {
    if (client.isClosing()) {
      return;
    }
    if (client.isWaiting()) {
      throw new IllegalStateException("client " + client.id() + " waits");
    }
    keyspace.nowMillis(nowMillis);
    client.commandBegins();
    process(client, args);
    client.commandEnds();
    if (unpausing) {
      unpausing = false;
      unpause();
    }
  }

  /**
   * Executes one command of the master's stream: no reply, no refusal, nothing propagated (the
   * shell passes the stream on as it is). SELECT, MULTI and EXEC have their meaning.
   *
   * @return the error it met, which means that master and replica differ; null if all is well
   */
  public @Nullable String apply(byte[][] args, long nowMillis) {
    keyspace.nowMillis(nowMillis);
    keyspace.applying(true);
    effects.muted(true);
    try {
      Call call = process(master, args);
      return call == null || call.error() == null ? null : call.error().text();
    } finally {
      unread.rewind(0);
      effects.muted(false);
      keyspace.applying(false);
    }
  }

  /** A new stream begins: no half transaction is left, and this database is selected. */
  public void resetApply(int database) {
    master.transaction().end();
    master = newMaster(database);
  }

  /** The database that the master's stream has selected. */
  public int appliedDatabase() {
    return master.database();
  }

  /** To be called about ten times a second: active expiry, timeouts, the end of a pause. */
  public void tick(long nowMillis) {
    keyspace.nowMillis(nowMillis);
    if (paused.isOver(nowMillis)) {
      unpause();
    }
    blocked.tick(nowMillis);
    if (!gate.isLoading() && !paused.isActive()) {
      keyspace.tick();
    }
    effects.flush();
  }

  /** CLIENT UNPAUSE: held commands run once its own, or the transaction it is in, is complete. */
  void unpauseAfterCommand() {
    unpausing = true;
  }

  private void unpause() {
    for (Client client : paused.end()) {
      byte @Nullable [][] args = client.postponed();
      client.postponed(null);
      if (args != null) {
        execute(client, args, keyspace.nowMillis());
        if (!client.isWaiting()) {
          client.output().resume();
        }
      }
    }
  }

  private Client newMaster(int database) {
    var client = new Client(0, new Unread(unread), "", "", settings.startedAtMillis());
    client.kind(Client.Kind.MASTER);
    client.authenticated(true);
    client.database(database);
    return client;
  }

  /** The way of one request up to its handler; the call, if one was made. */
  private @Nullable Call process(Client client, byte[][] args) {
    byte[] name = args[0];
    if (Words.same(name, "quit")) {
      client.out().ok();
      client.closeAfterReply();
      return null;
    }
    CommandFacts container = table.find(name);
    CommandFacts facts = container;
    if (container != null && container.hasSubcommands() && args.length > 1) {
      facts = container.subcommand(args[1], 0, args[1].length);
    }
    Handler handler = facts == null ? null : handlers[facts.index()];
    if (facts == null || handler == null) {
      if (facts == null || !isImplemented(facts)) {
        boolean known = container != null && isImplemented(container);
        return refuse(client, facts, args, UnknownCommand.error(args, known));
      }
      return refuse(client, facts, args, Errors.arity(facts.name())); // "client" alone
    }
    if (!facts.acceptsArguments(args.length)) {
      return refuse(client, facts, args, Errors.arity(facts.name()));
    }
    client.used(keyspace.nowMillis(), facts.name());
    if (client.kind() != Client.Kind.MASTER) {
      CommandError refusal = admission.refusal(client, facts);
      if (refusal != null) {
        return refuse(client, facts, args, refusal);
      }
      if (admission.isHeldByPause(client, facts)) {
        paused.hold(client, args);
        return null;
      }
    }
    Transaction transaction = client.transaction();
    if (transaction.isOpen() && !Admission.isExecutedInMulti(facts)) {
      if (!transaction.queue(facts, handler, args)) {
        return refuse(client, facts, args, Errors.TRANSACTION_TOO_LARGE);
      }
      client.out().simple("QUEUED");
      return null;
    }
    var call = new Call(this, client, facts, args, false);
    try {
      run(call, handler);
    } finally {
      finish();
    }
    return call;
  }

  /** Whether this command, or for a container one of its subcommands, has a handler. */
  boolean isImplemented(CommandFacts facts) {
    if (handlers[facts.index()] != null) {
      return true;
    }
    for (CommandFacts subcommand : facts.subcommands()) {
      if (handlers[subcommand.index()] != null) {
        return true;
      }
    }
    return false;
  }

  private @Nullable Call refuse(
      Client client, @Nullable CommandFacts facts, byte[][] args, CommandError error) {
    if (facts != null && facts.name().equals("exec")) {
      client.transaction().end();
      String text = error.text();
      String reason = text.startsWith("ERR ") ? text.substring(4) : text;
      error = new CommandError("EXECABORT Transaction discarded because of: " + reason);
    } else {
      client.transaction().refused();
    }
    if (client.kind() == Client.Kind.MASTER) {
      var call = new Call(this, client, unknownFacts(facts), args, false);
      call.fail(error);
      return call;
    }
    client.out().error(error.text());
    stats.failed(error.text());
    return null;
  }

  private CommandFacts unknownFacts(@Nullable CommandFacts facts) {
    return facts != null ? facts : table.commands().iterator().next();
  }

  /**
   * Runs a command as a part of another, which it shares reply and effects with; unknown ones, and
   * those that a script could not run either, answer an error.
   */
  void runWithin(Call outer, byte[][] args) {
    CommandFacts facts = table.find(args[0]);
    if (facts != null && facts.hasSubcommands() && args.length > 1) {
      facts = facts.subcommand(args[1], 0, args[1].length);
    }
    Handler handler = facts == null ? null : handlers[facts.index()];
    if (facts == null || handler == null) {
      outer.out().error(UnknownCommand.error(args, false).text());
      return;
    }
    if (!facts.acceptsArguments(args.length)) {
      outer.out().error(Errors.arity(facts.name()).text());
      return;
    }
    if (facts.has(CommandFlag.NOSCRIPT)) {
      outer.out().error("ERR '" + facts.name() + "' cannot run inside another command");
      return;
    }
    run(new Call(this, outer.client(), facts, args, true), handler);
  }

  /** Runs a handler: error replies, the command's own propagation. */
  void run(Call call, Handler handler) {
    stats.executed();
    RespWriter out = call.out();
    int mark = out.position();
    long before = slowLog.isOn() ? host.nowNanos() : 0;
    try {
      handler.run(call);
    } catch (CommandError error) {
      out.rewind(mark);
      call.fail(error);
    }
    if (slowLog.isOn()) {
      slowLog.executed(call, host.nowNanos() - before);
    }
    if (call.propagatesItself()) {
      effects.add(call.client().database(), call.args());
    }
  }

  /** After a command or transaction: its effects go out, then waiting clients are served. */
  private void finish() {
    effects.flush();
    if (blocked.hasReady() && depth == 0) {
      depth++;
      try {
        blocked.serveReady(effects);
      } finally {
        depth--;
      }
    }
  }

  public EngineSettings settings() {
    return settings;
  }

  public CommandTable table() {
    return table;
  }

  public Keyspace keyspace() {
    return keyspace;
  }

  /** What clients may do at the moment; replication and persistence set it. */
  public ServerGate gate() {
    return gate;
  }

  public Stats stats() {
    return stats;
  }

  /** The sections of INFO; others add theirs. */
  public InfoReport info() {
    return info;
  }

  /** The parameters of CONFIG; others add theirs. */
  public ConfigTable config() {
    return config;
  }

  public BlockedClients blocked() {
    return blocked;
  }

  /** DEBUG: whether it may be used, and what it knows. */
  public DebugCommand debug() {
    return debug;
  }

  public Host host() {
    return host;
  }

  public RandomGenerator random() {
    return settings.random();
  }

  /** All connections, oldest first. */
  public Collection<Client> clients() {
    return clients.values();
  }

  /** The connection of this id, or null. */
  public @Nullable Client client(long id) {
    return clients.get(id);
  }

  Effects effects() {
    return effects;
  }

  PausedClients paused() {
    return paused;
  }

  PubSub pubSub() {
    return pubSub;
  }

  /** {@code requirepass}; empty for none. */
  String password() {
    return password;
  }

  void password(String value) {
    password = value;
  }

  /** The master's stream wants no replies. */
  private record Unread(RespWriter out) implements Output {
    @Override
    public RespWriter writer(int protocol) {
      return out;
    }

    @Override
    public void close() {}

    @Override
    public void closeAfterReply() {}

    @Override
    public void resume() {}
  }
}
