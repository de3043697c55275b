package holdfast.backend.store;

import holdfast.backend.engine.Keyspace;
import holdfast.backend.engine.SnapshotCut;
import holdfast.backend.engine.Value;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Writes the engine's data, as it was at one moment, as an RDB snapshot, a little at a time: {@link
 * #step} from time to time until it says that it is done. Between steps commands are executed;
 * values that they touch are written first. The execution thread only.
 */
public final class SnapshotWriter {
  private final Keyspace keyspace;
  private final RdbWriter out;
  private final ValueWriter values;
  private final SnapshotCut cut;
  private int database = -1;
  private @Nullable IOException failure;
  private boolean ended;

  /**
   * Takes the moment: now.
   *
   * @param to must not block for long; its failures show in {@link #step}
   * @param position where in the replication stream this moment is
   */
  public SnapshotWriter(Keyspace keyspace, OutputStream to, StreamPosition position, boolean isBase)
      throws IOException {
    this.keyspace = keyspace;
    this.out = new RdbWriter(to);
    this.values = new ValueWriter(out);
    out.begin();
    out.aux("redis-ver", "7.0.15");
    out.aux("redis-bits", "64");
    out.aux("ctime", Long.toString(keyspace.nowMillis() / 1000));
    if (position.database() >= 0) {
      out.aux("repl-stream-db", Integer.toString(position.database()));
    }
    out.aux("repl-id", position.id());
    out.aux("repl-offset", Long.toString(position.offset()));
    out.aux("aof-base", isBase ? "1" : "0");
    this.cut = keyspace.beginCut(this::entry);
  }

  /** Goes on by a few keys; false when the snapshot is complete. */
  public boolean step() throws IOException {
    if (ended) {
      return false;
    }
    boolean more = cut.step();
    if (failure != null) {
      throw failure;
    }
    if (!more) {
      end();
      out.end();
    }
    return more;
  }

  /** Gives it up; also harmless after the end. */
  public void end() {
    if (!ended) {
      ended = true;
      keyspace.endCut();
    }
  }

  /** Bytes written so far. */
  public long bytes() {
    return out.position();
  }

  /** Hands on what is buffered. */
  public void drain() throws IOException {
    out.drain();
  }

  private void entry(int in, byte[] key, Value value) {
    if (failure != null || ended) {
      return;
    }
    try {
      if (in != database) {
        database = in;
        out.database(in, keyspace.database(in).size(), keyspace.database(in).expiringSize());
      }
      values.write(key, value, value.expireAtMillis());
    } catch (IOException e) {
      // A command that touches a value must not fail because a snapshot does.
      failure = e;
    } catch (UncheckedIOException e) {
      failure = e.getCause();
    }
  }
}
