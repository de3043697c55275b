package holdfast.backend.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The append-only log: the bytes of the replication stream, behind a snapshot. In the folder
 * "appendonlydir" as Redis 7 has it, so that either can start from the other's.
 *
 * <p>Each increment begins with a SELECT and a note of where in the stream it begins; a note
 * follows whenever the stream gets another replication id. So after a restart it is known to the
 * byte what the data is the result of. A rewrite opens a new increment at the moment its snapshot
 * shows, and drops everything before when that snapshot is on disk; until then both stay.
 *
 * <p>{@link #force} may be called by another thread, everything else by one.
 */
public final class AppendLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AppendLog.class);

  /** Takes what the log holds, in order. */
  public interface Reader {
    /** All that came before is replaced by this snapshot. */
    void base(SnapshotLoader.Loaded snapshot) throws IOException;

    /** A command of the stream. */
    void command(byte[][] arguments) throws IOException;

    /**
     * A command of the stream, which was so many bytes of it.
     *
     * @see #command(byte[][])
     */
    default void command(byte[][] arguments, long bytes) throws IOException {
      command(arguments);
    }

    /** The next command is not the one behind the last: what lies between is not in the log. */
    default void gap() {}
  }

  private final Path folder;
  private LogManifest manifest;
  private volatile @Nullable FileChannel channel;

  /** Bytes of all increments. */
  private long incrementBytes;

  private long baseBytes;

  /** What could not be written yet: a full disk. */
  private byte[] unwritten = {};

  private AppendLog(Path folder, LogManifest manifest) {
    this.folder = folder;
    this.manifest = manifest;
  }

  /**
   * Opens the log of a data folder; nothing is changed.
   *
   * @throws CorruptSnapshotException if its manifest is damaged, or names a file that is not there
   */
  public static AppendLog open(Path dataFolder) throws IOException {
    Path folder = dataFolder.resolve("appendonlydir");
    DurableFiles.createFolders(folder);
    SnapshotFile.deleteLeftovers(folder);
    LogManifest manifest;
    try {
      manifest = LogManifest.parse(Files.readString(manifestOf(folder)));
    } catch (NoSuchFileException e) {
      manifest = LogManifest.EMPTY;
    } catch (CorruptSnapshotException e) {
      throw new CorruptSnapshotException(manifestOf(folder) + ": " + e.getMessage(), e);
    }
    var log = new AppendLog(folder, manifest);
    for (String name : manifest.names()) {
      if (!Files.exists(folder.resolve(name))) {
        throw new CorruptSnapshotException(
            manifestOf(folder) + " names " + name + ", which is not there");
      }
    }
    return log;
  }

  private static Path manifestOf(Path folder) {
    return folder.resolve("appendonly.aof.manifest");
  }

  /** Whether there is anything to load. */
  public boolean isEmpty() {
    return manifest.names().isEmpty();
  }

  /**
   * Reads everything. A torn end of the last increment is cut off, and said.
   *
   * @return where in the stream the data is now; null if the log does not say
   * @throws CorruptSnapshotException if a file is damaged; nothing was changed
   */
  public @Nullable StreamPosition load(int databases, long nowMillis, Reader reader)
      throws IOException {
    var counter = new Counter(reader);
    String base = manifest.base();
    if (base != null) {
      Path file = folder.resolve(base);
      SnapshotLoader.Loaded loaded = SnapshotLoader.load(file, databases, nowMillis);
      baseBytes = Files.size(file);
      StreamPosition position = loaded.position();
      if (position != null) {
        counter.id = position.id();
        counter.offset = position.offset();
      }
      reader.base(loaded);
    }
    List<String> increments = manifest.increments();
    for (int i = 0; i < increments.size(); i++) {
      Path file = folder.resolve(increments.get(i));
      long size = Files.size(file);
      long whole = LogReader.read(file, counter);
      if (whole < size) {
        cutTorn(file, whole, size, i == increments.size() - 1);
      }
      incrementBytes += whole;
    }
    String id = counter.id;
    return id == null ? null : new StreamPosition(id, counter.offset, -1);
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

  /** Keeps count of where in the stream a command ends. */
  private static final class Counter implements LogReader.Sink {
    private final Reader reader;
    private @Nullable String id;
    private long offset;

    Counter(Reader reader) {
      this.reader = reader;
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
  }

  /**
   * Opens a new increment and writes there from now on.
   *
   * @return its number, for {@link #complete}
   */
  public long begin(StreamPosition position) throws IOException {
    if (!isWritten()) {
      throw new IOException("the increment before is not complete");
    }
    force();
    FileChannel old = channel;
    long sequence = manifest.sequence() + 1;
    FileChannel opened = create(sequence, position);
    try {
      write(manifest.withIncrement(LogManifest.incrementName(sequence), sequence));
    } catch (IOException e) {
      opened.close();
      throw e;
    }
    channel = opened;
    if (old != null) {
      old.close();
    }
    return sequence;
  }

  private FileChannel create(long sequence, StreamPosition position) throws IOException {
    Path file = folder.resolve(LogManifest.incrementName(sequence));
    FileChannel opened =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING);
    try {
      String database = Integer.toString(Math.max(0, position.database()));
      String select = "*2\r\n$6\r\nSELECT\r\n$" + database.length() + "\r\n" + database + "\r\n";
      writeFully(opened, ByteBuffer.wrap(select.getBytes(StandardCharsets.US_ASCII)));
      writeFully(opened, ByteBuffer.wrap(position.note()));
      opened.force(true);
      return opened;
    } catch (IOException e) {
      opened.close();
      Files.deleteIfExists(file);
      throw e;
    }
  }

  private void write(LogManifest next) throws IOException {
    DurableFiles.write(manifestOf(folder), next.format());
    manifest = next;
  }

  /** A new temporary file for a base. */
  public SnapshotFile newBase() throws IOException {
    return SnapshotFile.create(folder);
  }

  /** Where it is. */
  public Path folder() {
    return folder;
  }

  /**
   * The snapshot of the moment at which increment {@code sequence} began is on disk: nothing before
   * it is needed any more.
   */
  public void complete(SnapshotFile base, long sequence) throws IOException {
    if (!manifest.increments().contains(LogManifest.incrementName(sequence))) {
      // All data was replaced meanwhile.
      base.discard();
      return;
    }
    String name = LogManifest.baseName(sequence);
    base.moveTo(folder.resolve(name));
    var kept = manifest.from(LogManifest.incrementName(sequence));
    Set<String> before = new HashSet<>(manifest.names());
    write(new LogManifest(name, kept, manifest.sequence()));
    baseBytes = base.size();
    incrementBytes = 0;
    for (String increment : kept) {
      incrementBytes += Files.size(folder.resolve(increment));
    }
    deleteUnnamed(before);
  }

  /** All data becomes this snapshot, whole and on disk already, and the stream begins behind it. */
  public void replace(SnapshotFile base, StreamPosition position) throws IOException {
    long sequence = manifest.sequence() + 1;
    String name = LogManifest.baseName(sequence);
    String increment = LogManifest.incrementName(sequence);
    FileChannel opened = create(sequence, position);
    Set<String> before = new HashSet<>(manifest.names());
    try {
      base.moveTo(folder.resolve(name));
      write(new LogManifest(name, List.of(increment), sequence));
    } catch (IOException e) {
      opened.close();
      throw e;
    }
    FileChannel old = channel;
    channel = opened;
    if (old != null) {
      old.close();
    }
    // What was still to be written was of the data that is gone.
    unwritten = new byte[0];
    baseBytes = base.size();
    incrementBytes = 0;
    deleteUnnamed(before);
  }

  private void deleteUnnamed(Set<String> before) {
    before.removeAll(manifest.names());
    for (String name : before) {
      try {
        Files.deleteIfExists(folder.resolve(name));
      } catch (IOException e) {
        LOG.warn("cannot delete {}: {}", folder.resolve(name), e.getMessage());
      }
    }
  }

  /**
   * Writes bytes of the stream, or keeps them until {@link #retry} succeeds.
   *
   * @throws IOException if not all could be written; nothing is lost while this object lives
   */
  public void append(byte[] bytes, int from, int length) throws IOException {
    ByteBuffer buffer;
    if (unwritten.length == 0) {
      buffer = ByteBuffer.wrap(bytes, from, length);
    } else {
      var all = java.util.Arrays.copyOf(unwritten, unwritten.length + length);
      System.arraycopy(bytes, from, all, unwritten.length, length);
      buffer = ByteBuffer.wrap(all);
    }
    drain(buffer);
  }

  /** A line that says where in the stream we are. */
  public void note(StreamPosition position) throws IOException {
    byte[] note = position.note();
    append(note, 0, note.length);
  }

  /** Tries again to write what could not be written. */
  public void retry() throws IOException {
    drain(ByteBuffer.wrap(unwritten));
  }

  /** Whether everything given has been written. */
  public boolean isWritten() {
    return unwritten.length == 0;
  }

  private void drain(ByteBuffer buffer) throws IOException {
    FileChannel to = channel;
    if (to == null) {
      throw new IOException("the log is closed");
    }
    int before = buffer.remaining();
    try {
      writeFully(to, buffer);
    } finally {
      incrementBytes += before - buffer.remaining();
      unwritten = new byte[buffer.remaining()];
      buffer.get(unwritten);
    }
  }

  private static void writeFully(FileChannel to, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      to.write(buffer);
    }
  }

  /** Waits until what was written is on disk; any thread. */
  public void force() throws IOException {
    FileChannel to = channel;
    if (to != null && to.isOpen()) {
      try {
        to.force(false);
      } catch (java.nio.channels.ClosedChannelException e) {
        // Another increment was begun meanwhile, for which this one was forced.
      }
    }
  }

  /** How many increments there are. */
  public int incrementCount() {
    return manifest.increments().size();
  }

  /** Bytes of all increments. */
  public long incrementBytes() {
    return incrementBytes;
  }

  /** Bytes of the base. */
  public long baseBytes() {
    return baseBytes;
  }

  @Override
  public void close() throws IOException {
    FileChannel to = channel;
    channel = null;
    if (to != null) {
      to.close();
    }
  }
}
