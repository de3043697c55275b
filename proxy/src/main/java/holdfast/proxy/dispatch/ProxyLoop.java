package holdfast.proxy.dispatch;

import holdfast.backend.command.ServerVersion;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.time.Ticker;
import holdfast.backend.transport.EventLoops;
import holdfast.proxy.hold.HoldQueue;
import holdfast.proxy.hold.RoomLine;
import holdfast.routing.command.CommandClasses;
import holdfast.routing.plan.Tenure;
import holdfast.routing.plan.View;
import holdfast.routing.read.ReadRule;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseCombiner;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One event loop with everything that runs on it: clients, links, those who wait. Loops share
 * nothing but what the control plane hands to each of them.
 *
 * <p>What a pass of the loop brings about is written at its end: first to the backends, then to the
 * clients, one write each. The end is a task that the first change of a pass submits; it runs after
 * all ready sockets have been read. Who fails in it, client or link, is closed; it costs nobody
 * else anything ({@link EachAlone}).
 *
 * <p>The loop's thread, but for the methods that say otherwise.
 */
public final class ProxyLoop {
  private static final Logger LOG = LoggerFactory.getLogger(ProxyLoop.class);
  private static final long HOLD_CHECK_MILLIS = 20;
  private static final long REFUSAL_PAUSE_MILLIS = 50;

  private final EventLoops loops;
  private final EventLoop loop;
  private final DispatchSettings settings;
  private final Ticker ticker;
  private final Clients clients;
  private final StatusText status;
  private final ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
  private final LoopScratch scratch = new LoopScratch();
  private final Doubts doubts = new Doubts();
  private final ScriptLoads scripts;
  private final Recorder recorder;
  private final LoopCounters counters = new LoopCounters();
  private final HoldQueue<ClientConnection> held;
  private final Logins logins;
  private final ReplicaLinks replicas;
  private final GroupCommit commits;
  private final Set<ClientConnection> connections = new LinkedHashSet<>();
  private final Set<Upstream> links = new LinkedHashSet<>();
  private final EachAlone<ClientConnection> woken =
      new EachAlone<>(ClientConnection::proceed, ClientConnection::failed);
  private final EachAlone<Upstream> dirtyLinks = new EachAlone<>(Upstream::flush, Upstream::failed);
  private final EachAlone<ClientOutput> dirtyClients =
      new EachAlone<>(ClientOutput::flush, ClientOutput::failed);
  private final RoomLine<ClientConnection> wantRoom = new RoomLine<>();
  private final Set<ClientConnection> inNeed = new LinkedHashSet<>();

  private final Quiescence quiescence = new Quiescence(this);
  private final SilentLinks silent = new SilentLinks(this);
  private final LoopBuffers buffers;
  private final IdleClients idle;

  /** One for all passes. */
  private final Runnable endPass = this::endPass;

  private volatile Consumer<NodeAddress> onTrouble = _ -> {};
  private ServerVersion server = ServerVersion.REDIS_7_0_15;
  private View view = View.unknown();
  private CommandClasses classes;
  private int pass;
  private boolean passScheduled;
  private boolean holdCheckScheduled;
  private boolean closing;

  /** A loop that knows of no master yet; {@link #show} tells it. Any thread. */
  public ProxyLoop(
      EventLoops loops,
      EventLoop loop,
      DispatchSettings settings,
      Ticker ticker,
      CommandClasses classes,
      Clients clients,
      Scripts scripts,
      StatusText status) {
    this.loops = loops;
    this.loop = loop;
    this.settings = settings;
    this.ticker = ticker;
    this.classes = classes;
    this.clients = clients;
    this.status = status;
    this.scripts = new ScriptLoads(scripts);
    this.recorder = new Recorder(this);
    this.held = new HoldQueue<>(settings.hold());
    int indexes = settings.clients().databases() * 2;
    this.logins = new Logins(this, indexes);
    this.replicas = new ReplicaLinks(this, settings.reads());
    this.commits = new GroupCommit(this);
    this.idle = new IdleClients(this, connections);
    this.buffers = new LoopBuffers(this, connections, links, settings.bufferBytesMax());
  }

  /** Which link of a node serves a database (0 and up) in a protocol (2 or 3). */
  static int linkIndex(int database, int protocol) {
    return database * 2 + protocol - 2;
  }

  static int databaseOf(int linkIndex) {
    return linkIndex / 2;
  }

  static int protocolOf(int linkIndex) {
    return linkIndex % 2 + 2;
  }

  // ---- told from outside, on any thread

  /** The world is now like this. */
  public void show(View next) {
    loop.execute(() -> onView(next));
  }

  /** The lease of the present tenure had lapsed and is held again. */
  public void leaseHeld() {
    loop.execute(this::onLeaseHeld);
  }

  /**
   * Nothing more is sent in this tenure; {@code whenQuiet} runs once nothing is under way in it.
   */
  public void quiesce(Tenure leaving, Runnable whenQuiet) {
    loop.execute(() -> quiescence.begin(leaving, whenQuiet));
  }

  /** Who is told, on the loop, that something is amiss with a backend. Before the first client. */
  public void onTrouble(Consumer<NodeAddress> listener) {
    onTrouble = listener;
  }

  /** A server told its own commands. */
  public void show(CommandClasses next, ServerVersion from) {
    loop.execute(
        () -> {
          classes = next;
          server = from;
        });
  }

  /**
   * The handler of a new client's channel, which must run on this loop.
   *
   * @param from where the client is, as far as is known
   * @param reads who serves its reads, null for the standard rule
   */
  public ChannelHandler newClient(Channel channel, SocketAddress from, @Nullable ReadRule reads) {
    ReadRule rule = reads == null ? settings.reads().standard() : reads;
    return new ClientConnection(this, channel, from, rule);
  }

  /** The replicas that it knows of; any thread. */
  public List<ReplicaFigures> replicaFigures() {
    return replicas.figures();
  }

  /** The event loop that this is. */
  public EventLoop eventLoop() {
    return loop;
  }

  /** What it has counted; read from any thread, a little stale. */
  public LoopCounters counters() {
    return counters;
  }

  /** Clients are not read any more; each is closed when its replies under way are through. */
  public void drain() {
    loop.execute(
        () -> {
          closing = true;
          List.copyOf(connections).forEach(ClientConnection::drain);
        });
  }

  /**
   * Closes all clients and links; what waits to be sent is given back, which a loop that just stops
   * does not see to in every case.
   *
   * @return done when they are closed
   */
  public Future<?> end() {
    Promise<Void> ended = loop.newPromise();
    loop.execute(
        () -> {
          closing = true;
          var closes = new PromiseCombiner(loop);
          for (ClientConnection client : List.copyOf(connections)) {
            closes.add(client.end());
          }
          recorder.end();
          for (Upstream link : List.copyOf(links)) {
            Channel channel = link.channel();
            link.close("this proxy ends");
            if (channel != null) {
              closes.add(channel.closeFuture());
            }
          }
          Promise<Void> closed = loop.newPromise();
          closes.finish(closed);
          // Handlers hear of it in the turn behind that.
          closed.addListener(_ -> loop.execute(() -> ended.trySuccess(null)));
        });
    return ended;
  }

  // ---- the view

  private void onView(View next) {
    View before = view;
    view = next;
    if (!before.sameMaster(next)) {
      String reason = "the master is now " + next.master() + " of epoch " + next.tenure().epoch();
      logins.viewChanged(reason);
    }
    commits.viewChanged(before, next);
    replicas.viewChanged(before, next);
    wakeThoseInNeed();
  }

  private void onLeaseHeld() {
    logins.sharedLinks().forEach(Upstream::leaseHeld);
    logins.ownLinks().forEach(Upstream::leaseHeld);
    Upstream confirming = commits.link();
    if (confirming != null) {
      confirming.leaseHeld();
    }
    masterReady();
  }

  View view() {
    return view;
  }

  CommandClasses classes() {
    return classes;
  }

  Expectation expectation() {
    return new Expectation(view);
  }

  /** Whether commands may go to the master, and his answers now be acknowledged. */
  boolean leaseRuns() {
    return leaseRanAt(nowNanos());
  }

  /**
   * Whether commands could go to the master a moment ago: good enough before sending, which the
   * check of the reply makes safe.
   */
  boolean leaseRanAt(long nanos) {
    return !isDraining() && view.tenure().heldAt(nanos);
  }

  /** Whether the master is about to be replaced as planned: what is not sent yet waits. */
  boolean isDraining() {
    return view.tenure().isDraining();
  }

  /** The link to a backend broke, or replies stay out. */
  void trouble(NodeAddress backend) {
    if (!closing) {
      onTrouble.accept(backend);
    }
  }

  // ---- links

  Logins logins() {
    return logins;
  }

  ReplicaLinks replicas() {
    return replicas;
  }

  GroupCommit commits() {
    return commits;
  }

  /** Opens a link; what a master answers on it waits for its confirmation where that is asked. */
  Upstream connect(
      NodeAddress to,
      @Nullable Tenure tenure,
      int index,
      Upstream.Listener listener,
      @Nullable Login login) {
    boolean waits = tenure != null && commits.isActive();
    return connect(new Upstream(this, to, tenure, index, login, listener, waits ? commits : null));
  }

  /** A link of the proxy's own to the master on which nothing waits for a confirmation. */
  Upstream connectUnconfirmed(NodeAddress to, Tenure tenure, Upstream.Listener listener) {
    return connect(new Upstream(this, to, tenure, linkIndex(0, 2), null, listener, null));
  }

  private Upstream connect(Upstream link) {
    links.add(link);
    NodeAddress to = link.address();
    loops
        .connect(
            loop, InetSocketAddress.createUnresolved(to.host(), to.port()), settings.socket(), link)
        .addListener(
            connected -> {
              Throwable cause = connected.cause();
              if (cause != null) {
                link.close(String.valueOf(cause.getMessage()));
              }
            });
    return link;
  }

  /** The link is closed. */
  void closed(Upstream link) {
    links.remove(link);
  }

  /** A link to the master takes commands: those who wait for one get on, first come first. */
  void masterReady() {
    silent.ready();
    held.outageEnded();
    held.waiting().forEach(this::wake);
    wakeThoseInNeed();
  }

  /** The client needs links to a master, also while it sends nothing: it is woken to take them. */
  void needsMaster(ClientConnection client) {
    inNeed.add(client);
  }

  void needsNoMaster(ClientConnection client) {
    inNeed.remove(client);
  }

  private void wakeThoseInNeed() {
    inNeed.forEach(this::wake);
    inNeed.clear();
  }

  /** A replica takes reads: those who wait for one get on, if it is fit for them. */
  void replicaReady() {
    wakeForReplicas();
    roomAgain();
  }

  /** Wakes those whose next command a replica could serve; false if there are none. */
  boolean wakeForReplicas() {
    if (held.size() == 0) {
      return false;
    }
    boolean any = false;
    for (ClientConnection client : held.waiting()) {
      if (client.waiting().isForReplica()) {
        any = true;
        wake(client);
      }
    }
    return any;
  }

  /** A link that was full takes commands again, or is closed. */
  void roomAgain() {
    wantRoom.freed();
    schedulePass();
  }

  void awaitRoom(ClientConnection client) {
    wantRoom.add(client);
  }

  /** Whether a client other than this one's waits for a link to take commands again. */
  boolean othersAwaitRoom(ClientOutput besides) {
    return wantRoom.holds(client -> client.output() != besides);
  }

  void closeClientsOf(LoginLinks links) {
    for (ClientConnection client : List.copyOf(connections)) {
      if (client.hasLinks() && client.links() == links) {
        client.close();
      }
    }
  }

  /** The server does not let us kill broken links: what was to be repeated is not. */
  void killsRefused() {
    LOG.warn("CLIENT KILL is refused: writes of unknown fate cannot be repeated");
    List.copyOf(connections).forEach(client -> client.lost().dropDoubtful());
  }

  /** A server of ours refuses commands: is it still what we think it is? */
  void refusedBy(Upstream link) {
    if (link.suspect()) {
      schedule(link::closeWhenAnswered, REFUSAL_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /** Which server stands behind, as the last master said that was asked. */
  ServerVersion server() {
    return server;
  }

  Doubts doubts() {
    return doubts;
  }

  ScriptLoads scripts() {
    return scripts;
  }

  Recorder recorder() {
    return recorder;
  }

  // ---- clients

  void connected(ClientConnection client) {
    connections.add(client);
    clients.add(client);
    commits.tick();
    idle.connected();
  }

  boolean hasClients() {
    return !connections.isEmpty();
  }

  void disconnected(ClientConnection client) {
    connections.remove(client);
    clients.remove(client);
    held.leave(client);
    woken.remove(client);
    wantRoom.remove(client);
    buffers.leave(client);
    inNeed.remove(client);
  }

  Clients clients() {
    return clients;
  }

  /** A client waits for a master or replicas; false if there is no room for it. */
  boolean hold(ClientConnection client, long bytes, long sinceNanos, boolean wantsMaster) {
    boolean room = held.enter(client, bytes, sinceNanos, nowNanos(), wantsMaster);
    if (room && !holdCheckScheduled) {
      holdCheckScheduled = true;
      schedule(this::checkHeld, HOLD_CHECK_MILLIS, TimeUnit.MILLISECONDS);
    }
    counters.held(held.size());
    return room;
  }

  void unhold(ClientConnection client) {
    held.leave(client);
    counters.held(held.size());
  }

  private void checkHeld() {
    holdCheckScheduled = false;
    held.takeExpired(nowNanos()).forEach(client -> client.waiting().patienceEnded());
    if (held.size() > 0 && !holdCheckScheduled) {
      holdCheckScheduled = true;
      schedule(this::checkHeld, HOLD_CHECK_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /** The client goes on at the end of this pass. */
  void wake(ClientConnection client) {
    woken.add(client);
    schedulePass();
  }

  // ---- the pass

  void toFlush(Upstream link) {
    dirtyLinks.add(link);
    schedulePass();
    silent.sent();
  }

  void toFlush(ClientOutput client) {
    dirtyClients.add(client);
    schedulePass();
  }

  /** Changes with each pass. */
  int pass() {
    return pass;
  }

  void schedulePass() {
    if (!passScheduled) {
      passScheduled = true;
      loop.execute(endPass);
    }
  }

  private void endPass() {
    passScheduled = false;
    pass++;
    try {
      // What is woken while we are at it is for the next pass.
      woken.run();
      wantRoom.give(client -> client.waiting().mayHaveRoom(), woken::attempt);
      commits.endPass();
    } finally {
      dirtyLinks.run();
      dirtyClients.run();
      if (!woken.isEmpty() || !dirtyLinks.isEmpty() || !dirtyClients.isEmpty()) {
        schedulePass();
      }
    }
    quiescence.look();
    buffers.endPass();
  }

  // ---- small things

  DispatchSettings settings() {
    return settings;
  }

  ByteBufAllocator allocator() {
    return allocator;
  }

  LoopScratch scratch() {
    return scratch;
  }

  LoopBuffers buffers() {
    return buffers;
  }

  /** How much to read at a time from a client's channel on this loop. */
  public RecvByteBufAllocator readSizes() {
    return buffers.readSizes();
  }

  StatusText status() {
    return status;
  }

  Logger logger() {
    return LOG;
  }

  boolean isClosing() {
    return closing;
  }

  long nowNanos() {
    return ticker.nowNanos();
  }

  void schedule(Runnable task, long delay, TimeUnit unit) {
    if (!loop.isShuttingDown()) {
      loop.schedule(task, delay, unit)
          .addListener(
              done -> {
                if (done.cause() != null && !done.isCancelled()) {
                  LOG.error("a task of the loop failed", done.cause());
                }
              });
    }
  }
}
