package holdfast.backend.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the files of a log in order, and knows to the byte where in the stream they end. A torn end
 * of the last increment is cut off, and said: the process or machine died while it was written. One
 * thread.
 */
final class LogLoader implements LogReader.Sink {
  private static final Logger LOG = LoggerFactory.getLogger(LogLoader.class);

  private final Path folder;
  private final AppendLog.Reader reader;
  private @Nullable String id;
  private long offset;
  private long baseBytes;
  private long incrementBytes;

  LogLoader(Path folder, AppendLog.Reader reader) {
    this.folder = folder;
    this.reader = reader;
  }

  /**
   * Reads everything.
   *
   * @throws CorruptSnapshotException if a file is damaged; nothing was changed
   */
  void load(LogManifest manifest, int databases, long nowMillis) throws IOException {
    String base = manifest.base();
    if (base != null) {
      loadBase(folder.resolve(base), databases, nowMillis);
    }
    List<String> increments = manifest.increments();
    for (int i = 0; i < increments.size(); i++) {
      Path file = folder.resolve(increments.get(i));
      long size = Files.size(file);
      long whole = LogReader.read(file, this);
      if (whole < size) {
        cutTorn(file, whole, size, i == increments.size() - 1);
      }
      incrementBytes += whole;
    }
  }

  private void loadBase(Path file, int databases, long nowMillis) throws IOException {
    SnapshotLoader.Loaded loaded = SnapshotLoader.load(file, databases, nowMillis);
    baseBytes = Files.size(file);
    StreamPosition position = loaded.position();
    if (position != null) {
      id = position.id();
      offset = position.offset();
    }
    reader.base(loaded);
  }

  private static void cutTorn(Path file, long whole, long size, boolean isLast) throws IOException {
    if (!isLast) {
      throw new CorruptSnapshotException(
          file + " ends within a command, at byte " + whole + ", but another file follows it");
    }
    LOG.warn(
        "{} ended within a command: its last {} bytes, from byte {}, were cut off. What they were"
            + " part of was never complete on disk",
        file,
        size - whole,
        whole);
    try (var torn = FileChannel.open(file, StandardOpenOption.WRITE)) {
      torn.truncate(whole);
      torn.force(true);
    }
  }

  @Override
  public void command(byte[][] arguments, long bytes) throws IOException {
    offset += bytes;
    reader.command(arguments, bytes);
  }

  @Override
  public void note(String line) {
    StreamPosition position = StreamPosition.parse(line);
    if (position != null) {
      if (position.offset() != offset) {
        reader.gap();
      }
      id = position.id();
      offset = position.offset();
    }
  }

  /** Where in the stream the data is now; null if the log does not say. */
  @Nullable StreamPosition position() {
    String known = id;
    return known == null ? null : new StreamPosition(known, offset, -1);
  }

  long baseBytes() {
    return baseBytes;
  }

  long incrementBytes() {
    return incrementBytes;
  }
}
