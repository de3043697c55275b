package holdfast.backend.server;

import holdfast.backend.server.ReplicaSession.Stage;
import holdfast.backend.store.SnapshotFile;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.io.IOException;

/**
 * A snapshot for one replica that wants to know its length first (the old SYNC, a tool): it goes to
 * a temporary file, which is then sent and deleted.
 */
final class LengthSnapshot extends FileSnapshot {
  private final ServerContext server;
  private final ReplicaSession session;

  LengthSnapshot(ServerContext server, ReplicaSession session, SnapshotFile file) {
    super(server, file, new Sender(server, session));
    this.server = server;
    this.session = session;
  }

  @Override
  public void begin() {
    session.stage(Stage.SENDING);
    var history = server.stream().history();
    session.acknowledgedAtLeast(history.offset());
    if (session.speaksPsync()) {
      String head = "+FULLRESYNC " + history.id() + " " + history.offset() + "\r\n";
      Sockets.send(session.connection().channel(), Unpooled.wrappedBuffer(Replicas.bytes(head)));
    }
  }

  @Override
  public boolean isAbandoned() {
    return session.stage() != Stage.SENDING && session.stage() != Stage.WAITING;
  }

  private record Sender(ServerContext server, ReplicaSession session) implements Outcome {
    @Override
    public void written(SnapshotFile file) {
      if (session.stage() != Stage.SENDING) {
        server.disk().execute(file::discard);
        return;
      }
      Channel channel = session.connection().channel();
      String head = "$" + file.size() + "\r\n";
      Sockets.write(channel, Unpooled.wrappedBuffer(Replicas.bytes(head)));
      // An open file can be sent after its name is gone.
      try {
        FileSending.start(server, session, file);
      } catch (IOException e) {
        server.replicas().drop(session, "its snapshot cannot be read: " + e.getMessage());
      } finally {
        server.disk().execute(file::discard);
      }
    }

    @Override
    public void failed(String why) {
      server.replicas().drop(session, "its snapshot failed: " + why);
    }
  }
}
