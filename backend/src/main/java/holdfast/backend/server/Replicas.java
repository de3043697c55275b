package holdfast.backend.server;

import holdfast.backend.engine.Client;
import holdfast.backend.engine.InfoReport;
import holdfast.backend.replication.PsyncReply;
import holdfast.backend.replication.PsyncRequest;
import holdfast.backend.server.ReplicaSession.Stage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Those who follow us: who gets a snapshot and who goes on, the stream to each, what each has
 * acknowledged, and who is given up (silent, or too slow for its output limit). Source: Redis
 * {@code replication.c}, the master's side. The loop's thread only.
 */
final class Replicas implements ReplicationStream.Taker {
  private static final Logger LOG = LoggerFactory.getLogger(Replicas.class);
  private static final byte[] PING = bytes("PING");
  private static final long NANOS_PER_MILLI = 1_000_000L;

  /** What a replica's coming and going means to others. */
  interface Listener {
    /** Somebody waits for a snapshot. */
    void snapshotWanted();

    /** A replica acknowledged more. */
    void acknowledged();
  }

  private final ServerContext server;
  private final ReplicationStream stream;
  private final Listener listener;
  private final Set<ReplicaSession> sessions = new LinkedHashSet<>();
  private long lastPingNanos;
  private long fullSyncs;
  private long partialSyncs;
  private long partialRefusals;
  private long lastNewlineNanos;
  private long withoutReplicasSinceNanos;

  Replicas(ServerContext server, ReplicationStream stream, Listener listener) {
    this.server = server;
    this.stream = stream;
    this.listener = listener;
    this.withoutReplicasSinceNanos = server.nowNanos();
    this.lastPingNanos = withoutReplicasSinceNanos;
    this.lastNewlineNanos = withoutReplicasSinceNanos;
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** PSYNC, or SYNC with a request for everything: answers, and attaches the client. */
  void attach(ReplicaSession session, PsyncRequest request) {
    session.heard(server.nowNanos());
    Client client = session.connection().client();
    client.kind(Client.Kind.REPLICA);
    if (sessions.isEmpty()) {
      // It may have been given up while nobody was there.
      stream.keepsBacklog(true);
    }
    // Before it is one of them: what others have written in this pass is in its snapshot, or in
    // what it continues with, and would come to it a second time.
    stream.settle();
    sessions.add(session);
    session.connection().flush();
    switch (PsyncReply.decide(stream.history(), stream.backlog(), request)) {
      case PsyncReply.Continue(String id, long offset) -> {
        LOG.info("replica {} continues from byte {}", client.address(), offset);
        session.acknowledgedAtLeast(offset - 1);
        session.stage(Stage.ONLINE);
        partialSyncs++;
        Channel channel = session.connection().channel();
        Sockets.write(channel, Unpooled.wrappedBuffer(bytes("+CONTINUE " + id + "\r\n")));
        stream
            .backlog()
            .from(
                offset,
                (from, at, length) ->
                    Sockets.write(channel, Unpooled.copiedBuffer(from, at, length)));
        channel.flush();
      }
      case PsyncReply.FullResync(String why) -> {
        LOG.info("replica {} needs a snapshot: {}", client.address(), why);
        session.stage(Stage.WAITING);
        fullSyncs++;
        partialRefusals += request.id().equals("?") ? 0 : 1;
        listener.snapshotWanted();
      }
    }
  }

  /** The fields of INFO stats. */
  void stats(InfoReport.Section section) {
    section
        .put("sync_full", fullSyncs)
        .put("sync_partial_ok", partialSyncs)
        .put("sync_partial_err", partialRefusals);
  }

  /** Its connection is gone. */
  void gone(ReplicaSession session) {
    if (sessions.remove(session)) {
      LOG.info("replica {} is gone", session.connection().client().address());
      session.releaseQueue();
      session.stage(Stage.UNATTACHED);
      withoutReplicasSinceNanos = server.nowNanos();
    }
  }

  /** An empty line: it is busy loading, and alive. */
  void alive(ReplicaSession session) {
    session.heard(server.nowNanos());
  }

  /** REPLCONF ACK. */
  void acknowledged(ReplicaSession session, long offset) {
    session.heard(server.nowNanos());
    // Nobody has more of the stream than there is of it.
    session.acknowledgedAtLeast(Math.min(offset, stream.history().offset()));
    if (session.stage() == Stage.LOADING) {
      online(session);
    }
    listener.acknowledged();
  }

  /** Sends what was kept back, and from now on the stream as it comes. */
  void online(ReplicaSession session) {
    session.stage(Stage.ONLINE);
    session.heard(server.nowNanos());
    Channel channel = session.connection().channel();
    for (ByteBuf next = session.poll(); next != null; next = session.poll()) {
      Sockets.write(channel, next);
    }
    channel.flush();
    LOG.info("replica {} is online", session.connection().client().address());
  }

  /** All of these stages. */
  List<ReplicaSession> at(Stage stage) {
    var found = new ArrayList<ReplicaSession>();
    for (ReplicaSession session : sessions) {
      if (session.stage() == stage) {
        found.add(session);
      }
    }
    return found;
  }

  /** All that are attached. */
  Collection<ReplicaSession> all() {
    return sessions;
  }

  @Override
  public void take(byte[] bytes, int from, int length) {
    try {
      send(bytes, from, length);
    } catch (OutOfMemoryError e) {
      // Some may have them and some not: those who ask again get them from the backlog.
      dropAll("no memory for " + length + " bytes of the stream: " + e.getMessage());
    }
  }

  private void send(byte[] bytes, int from, int length) {
    ByteBuf shared = null;
    for (ReplicaSession session : sessions) {
      if (session.stage() == Stage.WAITING) {
        continue;
      }
      if (shared == null) {
        shared = session.connection().channel().alloc().directBuffer(length);
        shared.writeBytes(bytes, from, length);
      }
      if (session.stage() == Stage.ONLINE) {
        Channel channel = session.connection().channel();
        Sockets.send(channel, shared.retainedDuplicate());
      } else {
        session.queue(shared.retainedDuplicate());
      }
    }
    if (shared != null) {
      shared.release();
      closeSlow();
    }
  }

  private void closeSlow() {
    for (ReplicaSession session : List.copyOf(sessions)) {
      ClientConnection connection = session.connection();
      long pending = session.queuedBytes() + connection.pendingBytes();
      if (connection.isOver(server.settings().replication().output(), pending)) {
        drop(session, pending + " bytes wait for it");
      }
    }
  }

  /** Gives a replica up, unless it is gone already. */
  void drop(ReplicaSession session, String why) {
    if (sessions.contains(session)) {
      LOG.warn("replica {}: closed, {}", session.connection().client().address(), why);
      gone(session);
      session.connection().close();
    }
  }

  /** Closes all: they must ask again, because the history has changed. */
  void dropAll(String why) {
    for (ReplicaSession session : List.copyOf(sessions)) {
      drop(session, why);
    }
  }

  /** Some ten times a second. */
  void tick(boolean isMaster) {
    long now = server.nowNanos();
    var settings = server.replicationSettings();
    if (isMaster
        && !sessions.isEmpty()
        && now - lastPingNanos >= settings.pingPeriodMillis() * NANOS_PER_MILLI) {
      lastPingNanos = now;
      stream.command(PING);
    }
    if (now - lastNewlineNanos >= 1000 * NANOS_PER_MILLI) {
      lastNewlineNanos = now;
      // While it waits for a snapshot, an empty line tells it that we are there.
      for (ReplicaSession session : at(Stage.WAITING)) {
        Sockets.send(session.connection().channel(), Unpooled.wrappedBuffer(bytes("\n")));
      }
    }
    for (ReplicaSession session : List.copyOf(sessions)) {
      boolean answers =
          session.speaksPsync()
              && (session.stage() == Stage.ONLINE || session.stage() == Stage.LOADING);
      if (answers && now - session.heardNanos() >= settings.timeoutMillis() * NANOS_PER_MILLI) {
        drop(session, "silent for " + settings.timeoutMillis() + " ms");
      }
    }
    closeSlow();
    long ttl = settings.backlogTtlSeconds();
    if (isMaster
        && ttl > 0
        && sessions.isEmpty()
        && stream.keepsBacklog()
        && now - withoutReplicasSinceNanos >= ttl * 1000 * NANOS_PER_MILLI) {
      LOG.info("the backlog is given up: no replica for {} s", ttl);
      stream.keepsBacklog(false);
    }
  }

  /** How many replicas have acknowledged {@code offset}. */
  int reached(long offset) {
    int count = 0;
    for (ReplicaSession session : sessions) {
      if (session.stage() == Stage.ONLINE && session.acknowledgedOffset() >= offset) {
        count++;
      }
    }
    return count;
  }

  /** How many are online and were heard within this many seconds. */
  int goodWithin(long seconds) {
    int count = 0;
    for (ReplicaSession session : sessions) {
      if (session.stage() == Stage.ONLINE && lagSeconds(session) <= seconds) {
        count++;
      }
    }
    return count;
  }

  /** Seconds since it was last heard. */
  long lagSeconds(ReplicaSession session) {
    return (server.nowNanos() - session.heardNanos()) / (1000 * NANOS_PER_MILLI);
  }
}
