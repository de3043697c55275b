package holdfast.backend.server;

import holdfast.backend.engine.Client;
import holdfast.backend.engine.Engine;
import holdfast.backend.engine.EngineSettings;
import holdfast.backend.replication.Backlog;
import holdfast.backend.replication.ReplicationHistory;
import holdfast.backend.time.BootTicker;
import holdfast.backend.time.Ticker;
import holdfast.backend.time.WallClock;
import io.netty.channel.EventLoop;
import java.security.SecureRandom;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

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
  private final Set<ClientConnection> connections = new LinkedHashSet<>();
  private ReplicationSettings replicationSettings;

  ServerContext(EngineServerSettings settings, EventLoop loop) {
    this.settings = settings;
    this.loop = loop;
    this.replicationSettings = settings.replication();
    this.host = new ProcessHost(settings.clients().countMax());
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
    this.pass = new LoopPass(loop, this::settle);
    stream.whenDue(pass::due);
    this.replicas = new Replicas(this, stream, new Waits());
    stream.addTaker(replicas);
    Sockets.every(loop, TICK_MILLIS, this::tick);
  }

  private static final class Waits implements Replicas.Listener {
    @Override
    public void snapshotWanted() {}

    @Override
    public void acknowledged() {}
  }

  /** 40 hexadecimal digits that nobody can guess. */
  String newId() {
    var bytes = new byte[20];
    secure.nextBytes(bytes);
    return java.util.HexFormat.of().formatHex(bytes);
  }

  private void settle() {
    stream.settle();
  }

  private void tick() {
    engine.tick(nowMillis());
    replicas.tick(true);
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

  List<ClientConnection> connections() {
    return List.copyOf(connections);
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
