package holdfast.backend.server;

import holdfast.backend.engine.Client;
import holdfast.backend.engine.Engine;
import holdfast.backend.engine.EngineSettings;
import holdfast.backend.replication.Backlog;
import holdfast.backend.replication.ReplicationHistory;
import holdfast.backend.server.ReplicaSession.Stage;
import holdfast.backend.store.DumpCommands;
import holdfast.backend.store.SnapshotFile;
import holdfast.backend.store.StreamPosition;
import holdfast.backend.time.BootTicker;
import holdfast.backend.time.Ticker;
import holdfast.backend.time.WallClock;
import holdfast.backend.transport.EventLoops;
import holdfast.backend.transport.SocketOptions;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The parts of one server and what they share. The loop's thread only. */
final class ServerContext {
  private static final long TICK_MILLIS = 100;

  private final EngineServerSettings settings;
  private final EventLoop loop;
  private final Ticker ticker = BootTicker.system();
  private final WallClock clock = WallClock.system();
  private final SecureRandom secure = new SecureRandom();
  private final ProcessHost host;
  private final ReplicationStream stream;
  private final Engine engine;
  private final LoopPass pass;
  private final Replicas replicas;
  private final MasterFollower follower;
  private final ReplicationCommands replicationCommands;
  private final ReplicationConfig replicationConfig;
  private final SnapshotJobs snapshots;
  private final EngineLease lease;
  private final EpochOrders epochs;
  private final EventLoops loops;
  private final ExecutorService disk;
  private final Persistence persistence;
  private boolean replicaSnapshotAsked;
  private final Set<ClientConnection> connections = new LinkedHashSet<>();
  private ReplicationSettings replicationSettings;
  private long idleTimeoutSeconds;

  /**
   * Makes the parts, and takes the folder. Until {@link #load} has returned clients are answered
   * LOADING.
   *
   * @param shutdown ends the server that this belongs to; returns at once
   */
  ServerContext(EngineServerSettings settings, EventLoops loops, Runnable shutdown)
      throws IOException {
    this.settings = settings;
    this.loops = loops;
    this.loop = loops.loop(0);
    this.disk =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("holdfast-disk").daemon().factory());
    this.replicationSettings = settings.replication();
    this.idleTimeoutSeconds = settings.clients().idleTimeoutSeconds();
    this.host = new ProcessHost(ticker, settings.clients().countMax());
    this.stream =
        new ReplicationStream(
            new ReplicationHistory(newId()),
            new Backlog((int) replicationSettings.backlogBytes(), 1));
    String password = settings.password();
    this.engine =
        new Engine(
            new EngineSettings(
                settings.databases(),
                password == null ? "" : password,
                newId(),
                clock.nowMillis(),
                new Random(secure.nextLong())),
            stream,
            host);
    DumpCommands.register(engine);
    engine.debug().allow(settings.clients().debug());
    this.pass = new LoopPass(loop, this::settle);
    stream.whenDue(pass::due);
    this.replicas = new Replicas(this, stream, new ReplicaEvents());
    stream.addTaker(replicas);
    this.follower = new MasterFollower(this);
    this.replicationConfig = new ReplicationConfig(this);
    this.replicationCommands = new ReplicationCommands(this);
    this.snapshots = new SnapshotJobs(this, engine, this::position);
    this.lease = new EngineLease(this, loops);
    this.epochs = new EpochOrders(this, lease);
    replicationCommands.register(engine);
    replicationConfig.register(engine.config());
    new HoldfastCommand(this, epochs, lease).register(engine);
    engine.info().section("replication", new ReplicationInfo(this)::write);
    engine.info().extend("stats", replicas::stats);
    engine
        .config()
        .add(
            "timeout",
            () -> Long.toString(idleTimeoutSeconds),
            text -> idleTimeoutSeconds = ReplicationConfig.number(text, 0, Integer.MAX_VALUE));
    engine
        .config()
        .constant(
            "client-output-buffer-limit",
            "normal "
                + settings.clients().normal().show()
                + " slave "
                + replicationSettings.output().show()
                + " pubsub "
                + settings.clients().pubsub().show());
    engine.gate().goodReplicas(() -> replicas.goodWithin(replicationConfig.minReplicasMaxLag()));
    this.persistence = new Persistence(this, settings.persistence());
    new PersistenceCommands(persistence, shutdown).register(engine);
    engine.gate().loading(true);
    if (loadEpoch() || settings.fenced()) {
      // Nobody must take it for a master, not even while it loads.
      follower.fence();
    }
    // Nothing expires while it is being read: that is for later, and goes to the replicas.
    engine.gate().replica(true);
    Sockets.every(loop, TICK_MILLIS, this::tick);
  }

  /** Whether voters have decided here once: a restarted process then waits for their word. */
  private boolean loadEpoch() throws IOException {
    try {
      return epochs.load();
    } catch (IOException e) {
      persistence.close();
      throw e;
    }
  }

  /**
   * Reads what is on disk, while the loop answers; returns when this node serves. Any thread but
   * the loop's.
   *
   * @throws IOException if it cannot be read; nothing of it is changed then
   */
  void load() throws IOException {
    StreamPosition position = persistence.load(this::onLoop);
    onLoop(() -> loaded(position));
  }

  private void onLoop(DataLoading.Work work) throws IOException {
    EngineServer.await(
        loop.submit(
            () -> {
              work.run();
              return true;
            }));
  }

  private void loaded(@Nullable StreamPosition position) throws IOException {
    engine.gate().replica(!follower.isMaster());
    engine.gate().loading(false);
    var history = stream.history();
    if (position != null) {
      history.replace(position.id(), position.offset());
      stream.restart();
      persistence.fillBacklog(stream.backlog());
    }
    if (follower.isMaster() && position != null) {
      // The end of what was acknowledged may be missing here: from now on it is another history.
      history.promote(newId());
    }
    persistence.open(position());
  }

  private final class ReplicaEvents implements Replicas.Listener {
    @Override
    public void snapshotWanted() {
      if (!replicaSnapshotAsked) {
        replicaSnapshotAsked = true;
        // When its turn has come, for all that wait by then.
        snapshots.submit(ServerContext.this::replicaSnapshot, false);
      }
    }

    @Override
    public void acknowledged() {
      replicationCommands.acknowledged();
    }
  }

  private SnapshotTarget replicaSnapshot() {
    replicaSnapshotAsked = false;
    var streamed = new ArrayList<ReplicaSession>();
    for (ReplicaSession session : replicas.at(Stage.WAITING)) {
      if (session.takesStreamedSnapshot() && session.speaksPsync()) {
        streamed.add(session);
      }
    }
    if (streamed.isEmpty()) {
      for (ReplicaSession session : replicas.at(Stage.WAITING)) {
        try {
          return new LengthSnapshot(this, session, SnapshotFile.create(transferFolder()));
        } catch (IOException e) {
          replicas.drop(session, "no file for its snapshot: " + e.getMessage());
        } finally {
          askAgain();
        }
      }
    }
    askAgain();
    return new ReplicaSnapshot(this, streamed, newId());
  }

  /** Those that the snapshot about to begin is not for get the next one. */
  private void askAgain() {
    loop.execute(
        () -> {
          if (!replicaSnapshotAsked && !replicas.at(Stage.WAITING).isEmpty()) {
            replicaSnapshotAsked = true;
            snapshots.submit(this::replicaSnapshot, false);
          }
        });
  }

  /** Where in the stream the data is now, for a snapshot. */
  StreamPosition position() {
    var history = stream.history();
    // Our own stream says SELECT again after a snapshot; our master's does not.
    int database = follower.isMaster() ? 0 : engine.appliedDatabase();
    return new StreamPosition(history.id(), history.offset(), database);
  }

  /** The replication id or offset is no longer what the log says. */
  void historyChanged() {
    persistence.historyChanged();
  }

  /** The data is replaced by this snapshot of a master. */
  void persistBase(SnapshotFile file, String id, long offset, int database) throws IOException {
    persistence.replaceBase(file, new StreamPosition(id, offset, database));
  }

  /** Asks for a snapshot; see {@link SnapshotJobs#submit}. */
  void submitSnapshot(Supplier<SnapshotTarget> target, boolean isBase) {
    snapshots.submit(target, isBase);
  }

  /** Whether one is being made now. */
  boolean isMakingSnapshot() {
    return snapshots.isRunning();
  }

  /** Snapshots under way are of data that is no longer ours. */
  void abortSnapshots(String why) {
    snapshots.abort(why);
  }

  /** Where snapshots that come or go are kept for a while. */
  Path transferFolder() {
    Path folder = settings.persistence().folder();
    return folder == null ? Path.of(System.getProperty("java.io.tmpdir")) : folder;
  }

  /** Opens a connection to a master on the loop. */
  ChannelFuture connect(InetSocketAddress address, ChannelHandler handler) {
    SocketOptions sockets = SocketOptions.STANDARD.withTls(settings.tls().masters());
    return loops.connect(loop, address, sockets, handler);
  }

  /** The one thread for what may block on the disk. */
  Executor disk() {
    return disk;
  }

  /**
   * Gives the lease up, so that the voters need not wait for it to end. Any thread but the loop.
   */
  void giveUpLease() {
    var told = new CompletableFuture<@Nullable Void>();
    loop.execute(
        () -> {
          var unused = lease.end().whenComplete((_, _) -> told.complete(null));
        });
    told.completeOnTimeout(null, 1, TimeUnit.SECONDS).join();
  }

  /** Closes ordinary clients' connections but this one: this node takes no writes any more. */
  void closeClients(Client but) {
    for (ClientConnection connection : connections()) {
      Client client = connection.client();
      if (client != but
          && (client.kind() == Client.Kind.NORMAL || client.kind() == Client.Kind.PUBSUB)) {
        connection.close();
      }
    }
  }

  /** The end, with everything on disk that is to be there. */
  void closeFiles() {
    snapshots.abort("this node ends");
    stream.settle();
    persistence.close();
  }

  /** Ends the threads that are not the loop's. */
  void end() {
    follower.end();
    disk.shutdown();
  }

  /** 40 hexadecimal digits that nobody can guess. */
  String newId() {
    var bytes = new byte[20];
    secure.nextBytes(bytes);
    return java.util.HexFormat.of().formatHex(bytes);
  }

  private boolean settle() {
    stream.settle();
    return persistence.settled();
  }

  private void tick() {
    engine.tick(nowMillis());
    if (!persistence.isLoaded()) {
      return;
    }
    follower.tick();
    replicas.tick(follower.isMaster());
    persistence.tick();
    closeIdle();
  }

  /** Closes ordinary clients that have been silent too long; who waits is not silent. */
  private void closeIdle() {
    long limitMillis = idleTimeoutSeconds * 1000L;
    if (limitMillis == 0) {
      return;
    }
    long now = nowMillis();
    for (ClientConnection connection : connections()) {
      Client client = connection.client();
      boolean ordinary = client.kind() == Client.Kind.NORMAL && !client.isWaiting();
      if (ordinary && now - client.usedAtMillis() >= limitMillis) {
        connection.close();
      }
    }
  }

  /** Counts a new connection in; false if there are too many. */
  boolean admit(ClientConnection connection) {
    if (connections.size() >= settings.clients().countMax()) {
      return false;
    }
    connections.add(connection);
    return true;
  }

  /** An admitted connection is gone. */
  void left(ClientConnection connection) {
    connections.remove(connection);
  }

  private List<ClientConnection> connections() {
    return List.copyOf(connections);
  }

  /** Closes every connection, those to replicas and to the master too. */
  void closeConnections() {
    follower.closeLink();
    // What was executed is also answered.
    pass.runNow();
    for (ClientConnection connection : connections()) {
      connection.end();
    }
  }

  OutputLimit outputLimit(Client client) {
    return client.kind() == Client.Kind.PUBSUB
        ? settings.clients().pubsub()
        : settings.clients().normal();
  }

  EngineServerSettings settings() {
    return settings;
  }

  /** As they are now: CONFIG SET changes them. */
  ReplicationSettings replicationSettings() {
    return replicationSettings;
  }

  void replicationSettings(ReplicationSettings value) {
    replicationSettings = value;
  }

  EventLoop loop() {
    return loop;
  }

  ProcessHost host() {
    return host;
  }

  Engine engine() {
    return engine;
  }

  LoopPass pass() {
    return pass;
  }

  Replicas replicas() {
    return replicas;
  }

  MasterFollower follower() {
    return follower;
  }

  Persistence persistence() {
    return persistence;
  }

  EpochOrders epochs() {
    return epochs;
  }

  Ticker ticker() {
    return ticker;
  }

  ReplicationConfig replicationConfig() {
    return replicationConfig;
  }

  ReplicationStream stream() {
    return stream;
  }

  long nowMillis() {
    return clock.nowMillis();
  }

  long nowNanos() {
    return ticker.nowNanos();
  }
}
