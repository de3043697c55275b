package holdfast.backend.store;

import holdfast.backend.engine.HashValue;
import holdfast.backend.engine.KeyspaceContents;
import holdfast.backend.engine.ListValue;
import holdfast.backend.engine.SetValue;
import holdfast.backend.engine.SortedSetValue;
import holdfast.backend.engine.StringValue;
import holdfast.backend.engine.Value;
import holdfast.backend.replication.ReplicationHistory;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads an RDB snapshot into values of the engine, apart from any engine: if it fails, nothing has
 * changed. Any one thread.
 */
public final class SnapshotLoader implements RdbReader.Sink {
  private static final int BUFFER_BYTES = 1 << 18;

  private final KeyspaceContents contents;
  private @Nullable String id;
  private long offset = -1;
  private int database = -1;

  private SnapshotLoader(KeyspaceContents contents) {
    this.contents = contents;
  }

  /**
   * What was read.
   *
   * @param position where in which stream it was taken; null if the snapshot does not say
   * @param streamDatabase the database that the stream had selected, -1 if it does not say
   */
  public record Loaded(
      KeyspaceContents contents, @Nullable StreamPosition position, int streamDatabase) {}

  /**
   * Reads a file.
   *
   * @param databases how many the engine has; keys of others are an error
   * @throws CorruptSnapshotException if it is damaged, or holds what we cannot keep
   */
  public static Loaded load(Path file, int databases, long nowMillis) throws IOException {
    try (var in = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES)) {
      return load(in, databases, nowMillis);
    } catch (CorruptSnapshotException e) {
      throw new CorruptSnapshotException(file + ": " + e.getMessage(), e);
    }
  }

  /** As {@link #load(Path, int, long)}, from a stream of which nothing behind it is read. */
  public static Loaded load(InputStream in, int databases, long nowMillis) throws IOException {
    var loader = new SnapshotLoader(new KeyspaceContents(databases, nowMillis));
    RdbReader.read(in, loader);
    String id = loader.id;
    StreamPosition position =
        id != null && ReplicationHistory.isId(id) && loader.offset >= 0
            ? new StreamPosition(id, loader.offset, loader.database)
            : null;
    return new Loaded(loader.contents, position, loader.database);
  }

  @Override
  public void aux(String name, String value) {
    switch (name) {
      case "repl-id" -> id = value;
      case "repl-offset" -> offset = number(value);
      case "repl-stream-db" -> database = (int) Math.min(number(value), Integer.MAX_VALUE);
      default -> {
        // Who wrote it, and when.
      }
    }
  }

  private static long number(String text) {
    return text.matches("\\d{1,18}") ? Long.parseLong(text) : -1;
  }

  @Override
  public void entry(int in, byte[] key, RdbValue value, long expireAtMillis)
      throws CorruptSnapshotException {
    if (in >= contents.databases()) {
      throw new CorruptSnapshotException(
          "it has keys in database "
              + in
              + ", this engine has databases 0 to "
              + (contents.databases() - 1));
    }
    Value made = value(value);
    if (!made.isEmpty()) {
      contents.add(in, key, made, expireAtMillis);
    }
  }

  /** The engine's form of it. */
  static Value value(RdbValue value) {
    return switch (value) {
      case RdbValue.Text(byte[] bytes) -> StringValue.of(bytes);
      case RdbValue.Sequence(List<byte[]> elements) -> {
        var list = new ListValue();
        elements.forEach(list::addLast);
        yield list;
      }
      case RdbValue.Members(List<byte[]> members) -> {
        var set = new SetValue();
        members.forEach(set::add);
        yield set;
      }
      case RdbValue.Fields(List<byte[]> fields) -> {
        var hash = new HashValue();
        for (int i = 0; i < fields.size(); i += 2) {
          hash.put(fields.get(i), fields.get(i + 1));
        }
        yield hash;
      }
      case RdbValue.Scored(List<byte[]> members, double[] scores) -> {
        var sorted = new SortedSetValue();
        for (int i = 0; i < members.size(); i++) {
          sorted.put(members.get(i), scores[i]);
        }
        yield sorted;
      }
    };
  }
}
