package holdfast.backend.server;

import holdfast.backend.server.ReplicaSession.Stage;
import holdfast.backend.store.SnapshotFile;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;

/**
 * Sends a snapshot's file to a replica, and then puts it online. One piece is under way at a time,
 * so that it takes no more memory than that whatever the replica does; a whole file as one message
 * would not go through TLS. The loop's thread only.
 */
final class FileSending {
  private static final int PIECE_BYTES = 64 * 1024;

  private final ServerContext server;
  private final ReplicaSession session;
  private final FileChannel file;
  private long missingBytes;

  private FileSending(
      ServerContext server, ReplicaSession session, FileChannel file, long missingBytes) {
    this.server = server;
    this.session = session;
    this.file = file;
    this.missingBytes = missingBytes;
  }

  /**
   * Begins; what goes wrong drops the replica. The file's name may be deleted afterwards.
   *
   * @throws IOException if it cannot be opened
   */
  static void start(ServerContext server, ReplicaSession session, SnapshotFile file)
      throws IOException {
    new FileSending(server, session, FileChannel.open(file.path()), file.size()).piece();
  }

  private void piece() {
    if (session.stage() != Stage.SENDING) {
      close(); // dropped meanwhile
      return;
    }
    if (missingBytes == 0) {
      close();
      server.replicas().online(session);
      return;
    }
    Channel channel = session.connection().channel();
    int length = (int) Math.min(PIECE_BYTES, missingBytes);
    ByteBuf piece = channel.alloc().directBuffer(length);
    try {
      while (piece.readableBytes() < length) {
        if (piece.writeBytes(file, length - piece.readableBytes()) < 0) {
          throw new EOFException(missingBytes + " bytes are missing");
        }
      }
    } catch (IOException e) {
      piece.release();
      close();
      server.replicas().drop(session, "its snapshot cannot be read: " + e.getMessage());
      return;
    }
    missingBytes -= length;
    channel.writeAndFlush(piece).addListener(this::sent);
  }

  private void sent(Future<?> write) {
    if (write.isSuccess()) {
      // Later: others have their turn between two pieces.
      server.loop().execute(this::piece);
    } else {
      close();
      server.replicas().drop(session, "its snapshot cannot be sent: " + write.cause().getMessage());
    }
  }

  private void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
