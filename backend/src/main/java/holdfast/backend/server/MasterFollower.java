package holdfast.backend.server;

import holdfast.backend.engine.CommandError;
import holdfast.backend.engine.Engine;
import holdfast.backend.replication.MasterAddress;
import holdfast.backend.replication.MasterLink;
import holdfast.backend.replication.MasterLink.Effect;
import holdfast.backend.replication.MasterLink.Event;
import holdfast.backend.replication.MasterLink.State;
import holdfast.backend.replication.PsyncRequest;
import holdfast.backend.resp.RespWriter;
import holdfast.backend.store.SnapshotFile;
import holdfast.backend.store.SnapshotLoader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's role: master, or replica of another. Performs the effects of {@link MasterLink}, and
 * tells the engine what it may do. The loop's thread only.
 */
final class MasterFollower implements MasterChannel.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(MasterFollower.class);
  private static final String UNBLOCKED =
      "UNBLOCKED force unblock from blocking operation, instance state changed (master ->"
          + " replica?)";
  private static final long NEWLINE_NANOS = 1_000_000_000L;

  /** A live master may never stop; nobody acknowledges what it sends by then. */
  private static final long READ_ON_NANOS_MAX = 100_000_000L;

  private final ServerContext server;
  private final Engine engine;
  private final ReplicationStream stream;
  private final MasterStream incoming;
  private final SnapshotLoads loads;
  private State state = new State.Off();

  /** The pause whose end is waited for. */
  private @Nullable State scheduledFor;

  private @Nullable MasterChannel channel;

  private long lastNewlineNanos;
  private long downSinceNanos;
  private Set<String> histories = Set.of();
  private long foreignHistories;
  private String refusedHistory = "";

  MasterFollower(ServerContext server) {
    this.server = server;
    this.engine = server.engine();
    this.stream = server.stream();
    this.incoming = new MasterStream(server);
    this.loads = new SnapshotLoads(server);
    this.downSinceNanos = server.nowNanos();
  }

  /** Starts as a replica of nobody: see {@link State.Fenced}. */
  void fence() {
    state = new State.Fenced(MasterLink.NOBODY);
    applyRole();
  }

  /** Whether this node is a master. */
  boolean isMaster() {
    return state instanceof State.Off;
  }

  /** Whom this node follows, or null. */
  @Nullable MasterAddress master() {
    return MasterLink.master(state);
  }

  State state() {
    return state;
  }

  /** Whether the master's stream flows. */
  boolean isLinkUp() {
    return state instanceof State.Following;
  }

  /** Seconds since the link went down. */
  long downSeconds() {
    return (server.nowNanos() - downSinceNanos) / 1_000_000_000L;
  }

  /** Seconds since the master last said anything; -1 without a link. */
  long lastReceivedSeconds() {
    MasterChannel from = channel;
    return from == null || !isLinkUp()
        ? -1
        : (server.nowNanos() - from.lastReceivedNanos()) / 1_000_000_000L;
  }

  @Nullable MasterChannel channel() {
    return channel;
  }

  /** The offset up to which the stream has come, whether applied or not. */
  long receivedOffset() {
    return stream.history().offset() + incoming.pendingBytes();
  }

  /** REPLICAOF host port; false if that is what it follows already. */
  boolean follow(MasterAddress master) {
    return follow(master, Set.of());
  }

  /**
   * The same, taking a snapshot only of one of these histories (replication ids in lower case;
   * empty for any).
   */
  boolean follow(MasterAddress master, Set<String> ofHistories) {
    histories = ofHistories;
    refusedHistory = "";
    if (master.equals(master()) && !(state instanceof State.Fenced)) {
      return false;
    }
    boolean wasMaster = isMaster();
    LOG.info("told to follow {}", master);
    step(new Event.Follow(master));
    if (wasMaster) {
      engine.blocked().releaseAll(new CommandError(UNBLOCKED), true);
    }
    return true;
  }

  /** REPLICAOF NO ONE: from here on the data has a history of its own. */
  void promote() {
    if (!isMaster()) {
      beginHistory();
    }
  }

  /** Master from here on, under a new replication id, whether it was one or not. */
  void beginHistory() {
    step(new Event.StopFollowing());
    incoming.linkLost();
    stream.settle();
    stream.history().promote(server.newId());
    // Whoever follows us has perhaps another database selected than our commands will be for.
    stream.forgetDatabase();
    server.historyChanged();
    server.replicas().dropAll("this node is a master now, under a new replication id");
    LOG.info("this node is a master now: {}", stream.history());
  }

  /**
   * Reads the old master's link to the end of what has arrived, then cuts it: what a dead master
   * had sent may be all that is left of an acknowledged write. On a master it does nothing.
   *
   * @param then run when that is done, perhaps at once
   */
  void cutAtTheEnd(Runnable then) {
    readOn(channel, -1, server.nowNanos() + READ_ON_NANOS_MAX, then);
  }

  private void readOn(
      @Nullable MasterChannel from, long readsBefore, long deadlineNanos, Runnable then) {
    if (from != null && from == channel && isLinkUp() && from.reads() != readsBefore) {
      if (server.nowNanos() - deadlineNanos < 0) {
        long reads = from.reads();
        // A timer comes behind another look at all sockets: if that brought nothing, nothing is
        // there.
        var unused =
            server
                .loop()
                .schedule(() -> readOn(from, reads, deadlineNanos, then), 1, TimeUnit.MILLISECONDS);
        return;
      }
      LOG.warn("the master sends on and on: its link is cut all the same, at {}", stream.history());
    }
    step(new Event.Cut());
    then.run();
  }

  /** Whether a snapshot is on its way here, so that the data is about to be another. */
  boolean isSyncing() {
    return state instanceof State.Transferring || state instanceof State.Loading;
  }

  /** The history for which the master's snapshot was refused since the last order; else empty. */
  String refusedHistory() {
    return refusedHistory;
  }

  /** How often a master's snapshot was refused for its history. */
  long foreignHistories() {
    return foreignHistories;
  }

  /** Some ten times a second. */
  void tick() {
    if (channel == null && !server.persistence().isLogHealthy()) {
      return; // nowhere to keep what a master would send
    }
    MasterChannel from = channel;
    long last = from == null ? server.nowNanos() : from.lastReceivedNanos();
    step(new Event.Tick(last));
    if (state instanceof State.Loading
        && from != null
        && server.nowNanos() - lastNewlineNanos >= NEWLINE_NANOS) {
      // The master must not take our silence for death while we read its snapshot.
      lastNewlineNanos = server.nowNanos();
      from.send(Unpooled.wrappedBuffer(Replicas.bytes("\n")));
    }
  }

  /** The disk takes nothing more: rather stand still than go on without a log. */
  void stall(String why) {
    step(new Event.Lost(why));
  }

  /** The process ends. */
  void closeLink() {
    close("this node ends");
  }

  /** After the loop's end. */
  void end() {
    loads.close();
  }

  private MasterLink.Config config() {
    var settings = server.replicationSettings();
    int port = settings.announcedPort() > 0 ? settings.announcedPort() : server.host().port();
    return new MasterLink.Config(
        settings.timeoutMillis() * 1_000_000L,
        port,
        settings.announcedAddress(),
        settings.masterPassword() != null,
        histories);
  }

  private void step(Event event) {
    boolean wasUp = isLinkUp();
    var next = MasterLink.step(config(), state, server.nowNanos(), event);
    state = next.state();
    if (wasUp && !isLinkUp()) {
      downSinceNanos = server.nowNanos();
    }
    applyRole();
    for (Effect effect : next.effects()) {
      perform(effect);
    }
    if (state instanceof State.Waiting(_, long until, _) && state != scheduledFor) {
      scheduledFor = state;
      // Not in this breath: a transaction may take the order back. And not at the next tick: while
      // a new master waits for its replicas, clients wait.
      var unused =
          server
              .loop()
              .schedule(this::goOn, Math.max(0, until - server.nowNanos()), TimeUnit.NANOSECONDS);
    }
  }

  private void goOn() {
    if (state instanceof State.Waiting && server.persistence().isLoaded()) {
      tick();
    }
  }

  private void applyRole() {
    engine.gate().replica(!isMaster());
    engine.gate().masterLinkUp(isLinkUp());
  }

  private void perform(Effect effect) {
    switch (effect) {
      case Effect.Open(MasterAddress master) -> open(master);
      case Effect.Close(String why) -> close(why);
      case Effect.Send(List<String> arguments) -> send(arguments.toArray(String[]::new));
      case Effect.SendAuth() -> {
        var settings = server.replicationSettings();
        String password = String.valueOf(settings.masterPassword());
        String user = settings.masterUser();
        if (user == null) {
          send("AUTH", password);
        } else {
          send("AUTH", user, password);
        }
      }
      case Effect.SendPsync() -> {
        PsyncRequest request = stream.history().request();
        send("PSYNC", request.id(), Long.toString(request.offset()));
      }
      case Effect.Receive() -> {
        MasterChannel from = channel;
        if (from != null) {
          from.expectSnapshot(server.transferFolder());
        }
      }
      // The file comes with the event that leads here: see snapshot().
      case Effect.Load _ -> {}
      case Effect.Resume(String id) -> resume(id);
      case Effect.Stream() -> stream();
      case Effect.Acknowledge() -> acknowledge();
      case Effect.ForeignHistory(String id) -> {
        foreignHistories++;
        refusedHistory = id.toLowerCase(Locale.ROOT);
      }
      case Effect.Say(String text) -> LOG.warn("{}", text);
    }
  }

  private void open(MasterAddress master) {
    var opened = new MasterChannel(server, this);
    channel = opened;
    server
        .connect(InetSocketAddress.createUnresolved(master.host(), master.port()), opened)
        .addListener(
            future -> {
              if (!future.isSuccess() && channel == opened) {
                lost(opened, String.valueOf(future.cause().getMessage()));
              }
            });
  }

  private void close(String why) {
    MasterChannel old = channel;
    channel = null;
    if (old != null) {
      LOG.debug("link to the master closed: {}", why);
      old.close();
    }
    loads.cancel();
    incoming.linkLost();
  }

  private void send(String... arguments) {
    MasterChannel to = channel;
    if (to != null) {
      ByteBuf bytes = Unpooled.buffer(128);
      new RespWriter(bytes, 2).command(arguments);
      to.send(bytes);
    }
  }

  private void acknowledge() {
    send("REPLCONF", "ACK", Long.toString(stream.history().offset()));
  }

  private void resume(String id) {
    var history = stream.history();
    if (!id.isEmpty() && !id.equalsIgnoreCase(history.id())) {
      stream.settle();
      history.continueUnder(id);
      server.historyChanged();
      server.replicas().dropAll("our master has a new replication id");
    }
    LOG.info("continues with its master: {}", history);
    stream();
  }

  private void stream() {
    MasterChannel from = channel;
    if (from != null) {
      from.expectStream();
    }
  }

  @Override
  public void connected(MasterChannel from) {
    if (from == channel) {
      step(new Event.Connected());
    }
  }

  @Override
  public void line(MasterChannel from, String text) {
    if (from == channel) {
      step(new Event.Line(text));
    }
  }

  @Override
  public void snapshotLost(MasterChannel from, String why) {
    if (from == channel) {
      step(new Event.LoadFailed(why));
    }
  }

  @Override
  public void lost(MasterChannel from, String why) {
    if (from == channel) {
      step(new Event.Lost(why));
    }
  }

  @Override
  public void snapshot(MasterChannel from, SnapshotFile file) {
    if (from != channel || !(state instanceof State.Transferring(_, String id, long offset, _))) {
      file.discard();
      return;
    }
    LOG.debug("snapshot of {} bytes received, up to {}:{}", file.size(), id, offset);
    step(new Event.Received());
    // On another thread: it may take long, and the data is served as it was meanwhile.
    loads.start(
        file,
        engine.settings().databases(),
        (result, problem) -> loaded(from, file, id, offset, result, problem));
  }

  private void loaded(
      MasterChannel from,
      SnapshotFile file,
      String id,
      long offset,
      SnapshotLoader.@Nullable Loaded result,
      @Nullable String problem) {
    if (from != channel || !(state instanceof State.Loading)) {
      file.discard();
      return;
    }
    String why = problem;
    if (result != null) {
      try {
        replaceData(file, id, offset, result);
      } catch (IOException e) {
        why = SnapshotFile.reason(e);
      }
    }
    if (why == null) {
      step(new Event.Loaded());
    } else {
      file.discard();
      step(new Event.LoadFailed(why));
    }
  }

  private void replaceData(SnapshotFile file, String id, long offset, SnapshotLoader.Loaded result)
      throws IOException {
    server.abortSnapshots("the data is replaced by a master's snapshot");
    stream.settle();
    int database = Math.max(result.streamDatabase(), 0);
    // First the disk: if that fails, both it and memory stay as they were.
    server.persistBase(file, id, offset, database);
    server.replicas().dropAll("all data is replaced by the master's snapshot");
    engine.keyspace().replace(result.contents());
    engine.resetApply(database);
    stream.history().replace(id, offset);
    stream.restart();
    LOG.info("loaded {} keys of the master at {}", result.contents().size(), stream.history());
  }

  @Override
  public void command(
      MasterChannel from, byte[][] arguments, ByteBuf bytes, int index, int length) {
    if (from != channel) {
      return;
    }
    String refusal = incoming.command(arguments, bytes, index, length);
    if (refusal != null) {
      step(new Event.LoadFailed(refusal));
    }
  }

  @Override
  public void commandsEnd(MasterChannel from) {
    if (from != channel) {
      return;
    }
    if (incoming.commandsEnd()) {
      acknowledge();
    }
  }

  /** Commands of the master that failed here. */
  long applyErrors() {
    return incoming.applyErrors();
  }
}
