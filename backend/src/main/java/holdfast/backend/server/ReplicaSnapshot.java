package holdfast.backend.server;

import holdfast.backend.server.ReplicaSession.Stage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * A snapshot that goes straight to the sockets of all replicas that waited for one, in the form
 * whose end is a mark of 40 random bytes. It is made as fast as the slowest of them reads; one that
 * does not read for the replication timeout is given up. The loop's thread only.
 */
final class ReplicaSnapshot extends OutputStream implements SnapshotTarget {
  private static final long NANOS_PER_MILLI = 1_000_000L;

  private final ServerContext server;
  private final List<ReplicaSession> sessions;
  private final String mark;
  private long stuckSinceNanos;
  private boolean stuck;

  ReplicaSnapshot(ServerContext server, List<ReplicaSession> sessions, String mark) {
    this.server = server;
    this.sessions = new ArrayList<>(sessions);
    this.mark = mark;
  }

  @Override
  public void begin() {
    var history = server.stream().history();
    String head =
        "+FULLRESYNC " + history.id() + " " + history.offset() + "\r\n$EOF:" + mark + "\r\n";
    for (ReplicaSession session : sessions) {
      session.stage(Stage.SENDING);
      session.acknowledgedAtLeast(history.offset());
      Sockets.send(session.connection().channel(), Unpooled.wrappedBuffer(Replicas.bytes(head)));
    }
  }

  @Override
  public OutputStream out() {
    return this;
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) {
    if (length == 0) {
      return;
    }
    ByteBuf shared = Unpooled.copiedBuffer(bytes, from, length);
    for (ReplicaSession session : sessions) {
      if (session.stage() == Stage.SENDING) {
        Sockets.send(session.connection().channel(), shared.retainedDuplicate());
      }
    }
    shared.release();
  }

  @Override
  public boolean isReady() {
    boolean ready = true;
    for (ReplicaSession session : sessions) {
      Channel channel = session.connection().channel();
      ready &= session.stage() != Stage.SENDING || channel.isWritable();
    }
    if (ready) {
      stuck = false;
      return true;
    }
    if (!stuck) {
      stuck = true;
      stuckSinceNanos = server.nowNanos();
    }
    if (server.nowNanos() - stuckSinceNanos
        >= server.replicationSettings().timeoutMillis() * NANOS_PER_MILLI) {
      for (ReplicaSession session : sessions) {
        if (session.stage() == Stage.SENDING && !session.connection().channel().isWritable()) {
          server.replicas().drop(session, "it does not read its snapshot");
        }
      }
      stuck = false;
    }
    return false;
  }

  @Override
  public boolean isAbandoned() {
    for (ReplicaSession session : sessions) {
      if (session.stage() == Stage.SENDING || session.stage() == Stage.WAITING) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void complete() {
    for (ReplicaSession session : sessions) {
      if (session.stage() == Stage.SENDING) {
        Sockets.send(session.connection().channel(), Unpooled.wrappedBuffer(Replicas.bytes(mark)));
        session.heard(server.nowNanos());
        // It cannot know the end of the snapshot but by silence: the stream waits for its word.
        session.stage(Stage.LOADING);
      }
    }
  }

  @Override
  public void failed(String why) {
    for (ReplicaSession session : sessions) {
      if (session.stage() == Stage.SENDING) {
        server.replicas().drop(session, "its snapshot failed: " + why);
      }
    }
  }
}
