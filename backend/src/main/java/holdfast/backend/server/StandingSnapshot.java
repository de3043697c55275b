package holdfast.backend.server;

import holdfast.backend.engine.Keyspace;
import holdfast.backend.store.SnapshotFile;
import holdfast.backend.store.SnapshotWriter;
import holdfast.backend.store.StreamPosition;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** A whole snapshot written while everything stands still. The loop's thread only. */
final class StandingSnapshot {
  private StandingSnapshot() {}

  /**
   * Writes it; the file is whole and on disk afterwards.
   *
   * @throws IOException if that failed; the file is deleted
   */
  static void write(SnapshotFile file, Keyspace of, StreamPosition position, boolean isBase)
      throws IOException {
    SnapshotWriter writer = new SnapshotWriter(of, new FileOut(file), position, isBase);
    try {
      while (writer.step()) {
        // On to the end.
      }
      file.finish();
    } catch (IOException e) {
      file.discard();
      throw e;
    } finally {
      writer.end();
    }
  }

  private static final class FileOut extends OutputStream {
    private final SnapshotFile file;

    FileOut(SnapshotFile file) {
      this.file = file;
    }

    @Override
    public void write(int b) throws IOException {
      file.write(new byte[] {(byte) b});
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      file.write(ByteBuffer.wrap(bytes, from, length));
    }
  }
}
