package holdfast.backend.server;

import holdfast.backend.engine.Engine;
import holdfast.backend.replication.Backlog;
import holdfast.backend.resp.RespWriter;
import holdfast.backend.store.AppendLog;
import holdfast.backend.store.DataFolder;
import holdfast.backend.store.SnapshotLoader;
import holdfast.backend.store.StreamPosition;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what is on disk into the engine, and keeps the log's last bytes as if they had just gone
 * by, for replicas that come back. Not on the loop, which turns meanwhile: what it reads is applied
 * there in pieces.
 */
final class DataLoading {
  private static final Logger LOG = LoggerFactory.getLogger(DataLoading.class);

  /** So many commands, or bytes of them, are applied before the loop turns. */
  private static final int BATCH_COMMANDS = 1000;

  private static final int BATCH_BYTES = 1 << 20;

  /** Something that is to be done on the loop. */
  interface Work {
    void run() throws IOException;
  }

  /** Does something on the loop and waits until it is done. */
  interface OnLoop {
    void run(Work work) throws IOException;
  }

  private final ServerContext server;
  private final Engine engine;
  private final OnLoop onLoop;
  private final Backlog recent;

  DataLoading(ServerContext server, OnLoop onLoop) {
    this.server = server;
    this.engine = server.engine();
    this.onLoop = onLoop;
    this.recent = new Backlog(server.stream().backlog().size(), 1);
  }

  /**
   * Reads the log if it has anything, else the snapshot if there is one.
   *
   * @return where in which stream the data is; null if that is not known
   */
  @Nullable StreamPosition load(DataFolder in, @Nullable AppendLog log) throws IOException {
    long now = server.nowMillis();
    int databases = engine.settings().databases();
    if (log != null && !log.isEmpty()) {
      var applier = new Applier();
      StreamPosition position = log.load(databases, now, applier);
      applier.flush();
      return position;
    }
    if (!Files.exists(in.snapshot())) {
      return null;
    }
    SnapshotLoader.Loaded loaded = SnapshotLoader.load(in.snapshot(), databases, now);
    onLoop.run(() -> take(loaded));
    LOG.info("loaded {} keys from {}", loaded.contents().size(), in.snapshot());
    return loaded.position();
  }

  /** The last bytes of the log. */
  Backlog recent() {
    return recent;
  }

  private void take(SnapshotLoader.Loaded loaded) {
    engine.keyspace().replace(loaded.contents());
    engine.resetApply(Math.max(0, loaded.streamDatabase()));
  }

  private final class Applier implements AppendLog.Reader {
    private final List<byte[][]> batch = new ArrayList<>();
    private long batchBytes;

    @Override
    public void base(SnapshotLoader.Loaded snapshot) throws IOException {
      onLoop.run(() -> take(snapshot));
      gap();
    }

    @Override
    public void gap() {
      recent.clear(1);
    }

    @Override
    public void command(byte[][] arguments, long bytes) throws IOException {
      ByteBuf encoded = Unpooled.buffer((int) Math.min(bytes, 1 << 16));
      new RespWriter(encoded, 2).command(arguments);
      if (encoded.readableBytes() == bytes) {
        recent.append(encoded.array(), encoded.arrayOffset(), encoded.readableBytes());
      } else {
        gap(); // written otherwise by somebody else: these are not the stream's bytes
      }
      command(arguments);
    }

    @Override
    public void command(byte[][] arguments) throws IOException {
      batch.add(arguments);
      for (byte[] argument : arguments) {
        batchBytes += argument.length;
      }
      if (batch.size() >= BATCH_COMMANDS || batchBytes >= BATCH_BYTES) {
        flush();
      }
    }

    void flush() throws IOException {
      onLoop.run(() -> batch.forEach(this::apply));
      batch.clear();
      batchBytes = 0;
    }

    private void apply(byte[][] arguments) {
      String error = engine.apply(arguments, server.nowMillis());
      if (error != null) {
        LOG.error("a command of the log failed: {}", error);
      }
    }
  }
}
