package holdfast.backend.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
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
 * <p>Bytes that the disk does not take are kept in memory up to a bound. Beyond it they are given
 * up: the files then end where the last whole append did, nothing is written behind the hole, and
 * only a new base makes the log whole again. A slow disk keeps the caller waiting instead.
 *
 * <p>{@link #force} may be called by another thread, everything else by one.
 */
public final class AppendLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AppendLog.class);

  /** Bytes kept in memory that the disk did not take. */
  static final long UNWRITTEN_BYTES_MAX = 64L << 20;

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

  /** How what is appended now relates to the files that the manifest names. */
  private enum Continuity {
    /** It goes to the last of them. */
    WHOLE,
    /** Bytes behind the last were given up: nothing is written until a rewrite begins. */
    LACKING,
    /** It goes to a file that will be named with the base to which it belongs. */
    DETACHED
  }

  private final Path folder;
  private final ManifestFile manifest;
  private volatile @Nullable FileChannel channel;
  private Continuity continuity = Continuity.WHOLE;

  /** Number of the last increment made, whatever became of it. */
  private long sequence;

  /** Number of the increment that {@link #channel} is. */
  private long writingTo;

  /** Bytes of all increments. */
  private long incrementBytes;

  private long baseBytes;

  /** Whole appends, but for the first. */
  private final UnwrittenBytes unwritten;

  private AppendLog(Path folder, ManifestFile manifest, long unwrittenBytesMax) {
    this.folder = folder;
    this.manifest = manifest;
    this.unwritten = new UnwrittenBytes(unwrittenBytesMax);
    this.sequence = manifest.current().sequence();
  }

  /**
   * Opens the log of a data folder; nothing is changed.
   *
   * @throws CorruptSnapshotException if its manifest is damaged, or names a file that is not there
   */
  public static AppendLog open(Path dataFolder) throws IOException {
    return open(dataFolder, UNWRITTEN_BYTES_MAX);
  }

  static AppendLog open(Path dataFolder, long unwrittenBytesMax) throws IOException {
    Path folder = dataFolder.resolve("appendonlydir");
    DurableFiles.createFolders(folder);
    SnapshotFile.deleteLeftovers(folder);
    return new AppendLog(folder, ManifestFile.open(folder), unwrittenBytesMax);
  }

  /** Whether there is anything to load. */
  public boolean isEmpty() {
    return manifest.current().names().isEmpty();
  }

  /**
   * Reads everything. A torn end of the last increment is cut off, and said.
   *
   * @return where in the stream the data is now; null if the log does not say
   * @throws CorruptSnapshotException if a file is damaged; nothing was changed
   */
  public @Nullable StreamPosition load(int databases, long nowMillis, Reader reader)
      throws IOException {
    var loader = new LogLoader(folder, reader);
    loader.load(manifest.current(), databases, nowMillis);
    baseBytes = loader.baseBytes();
    incrementBytes = loader.incrementBytes();
    return loader.position();
  }

  /**
   * Opens a new increment and writes there from now on. Ask {@link #isWritten} afterwards.
   *
   * @return its number, for {@link #complete}
   * @throws IOException if that could not be done; it goes on in the one before
   */
  public long begin(StreamPosition position) throws IOException {
    if (continuity != Continuity.WHOLE) {
      return beginDetached(position);
    }
    if (!unwritten.isEmpty()) {
      throw new IOException("the increment before is not complete");
    }
    force();
    FileChannel opened = create(position);
    String name = LogManifest.incrementName(sequence);
    try {
      manifest.write(manifest.current().withIncrement(name, sequence));
    } catch (IOException e) {
      abandon(opened, name);
      throw e;
    }
    use(opened);
    return writingTo;
  }

  /** The files before end before a hole, so this one must not be read behind them. */
  private long beginDetached(StreamPosition position) throws IOException {
    FileChannel opened = create(position);
    deleteDetached();
    use(opened);
    unwritten.drop();
    continuity = Continuity.DETACHED;
    return writingTo;
  }

  private FileChannel create(StreamPosition position) throws IOException {
    // No number twice, whatever became of the file: a manifest that comes back may name it.
    sequence++;
    String name = LogManifest.incrementName(sequence);
    FileChannel opened =
        FileChannel.open(
            folder.resolve(name),
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
      abandon(opened, name);
      throw e;
    }
  }

  private void abandon(FileChannel opened, String name) throws IOException {
    opened.close();
    manifest.delete(name);
  }

  private void use(FileChannel opened) {
    FileChannel old = channel;
    channel = opened;
    writingTo = sequence;
    if (old != null) {
      try {
        old.close();
      } catch (IOException e) {
        LOG.warn("an increment that is no longer written to: {}", e.getMessage());
      }
    }
  }

  private void deleteDetached() {
    if (continuity == Continuity.DETACHED) {
      manifest.delete(LogManifest.incrementName(writingTo));
    }
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
   * The snapshot of the moment at which increment {@code begun} began is on disk: nothing before it
   * is needed any more. Ask {@link #isWritten} afterwards.
   *
   * @throws IOException if the files before are needed still; the snapshot is deleted
   */
  public void complete(SnapshotFile base, long begun) throws IOException {
    String increment = LogManifest.incrementName(begun);
    boolean detached = continuity == Continuity.DETACHED && begun == writingTo;
    if (!detached && !manifest.current().increments().contains(increment)) {
      // All data was replaced meanwhile, or bytes behind it were given up.
      base.discard();
      return;
    }
    List<String> kept = detached ? List.of(increment) : manifest.current().from(increment);
    long keptBytes = 0;
    for (String name : kept) {
      keptBytes += Files.size(folder.resolve(name));
    }
    putInForce(base, new LogManifest(LogManifest.baseName(begun), kept, sequence));
    incrementBytes = keptBytes;
    if (detached) {
      continuity = Continuity.WHOLE;
    }
  }

  /**
   * All data becomes this snapshot, whole and on disk already, and the stream begins behind it. Ask
   * {@link #isWritten} afterwards.
   *
   * @throws IOException if that could not be done: the log is what it was, the snapshot is deleted
   */
  public void replace(SnapshotFile base, StreamPosition position) throws IOException {
    FileChannel opened = create(position);
    String increment = LogManifest.incrementName(sequence);
    try {
      putInForce(
          base, new LogManifest(LogManifest.baseName(sequence), List.of(increment), sequence));
    } catch (IOException e) {
      abandon(opened, increment);
      throw e;
    }
    deleteDetached();
    use(opened);
    // What was still to be written was of the data that is gone.
    unwritten.drop();
    continuity = Continuity.WHOLE;
    incrementBytes = 0;
  }

  private void putInForce(SnapshotFile base, LogManifest next) throws IOException {
    String name = String.valueOf(next.base());
    try {
      base.moveTo(folder.resolve(name));
      manifest.write(next);
    } catch (IOException e) {
      base.discard();
      manifest.delete(name);
      throw e;
    }
    baseBytes = base.size();
  }

  /**
   * Writes bytes of the stream, or keeps them until {@link #retry} succeeds.
   *
   * @param bytes whole commands
   * @throws IOException if not all could be written; unless {@link #isLacking} now, nothing is lost
   *     while this object lives
   */
  public void append(byte[] bytes, int from, int length) throws IOException {
    if (isLacking()) {
      throw lacking();
    }
    ByteBuffer fresh = ByteBuffer.wrap(bytes, from, length);
    try {
      unwritten.writeTo(this::write);
      write(fresh);
    } finally {
      if (fresh.hasRemaining()) {
        keep(fresh);
      }
    }
  }

  private void keep(ByteBuffer rest) {
    boolean kept = false;
    try {
      kept = unwritten.keep(rest);
    } finally {
      // Also where memory itself ran out: a hole must be known, whatever made it.
      if (!kept) {
        unwritten.drop();
        continuity = Continuity.LACKING;
      }
    }
  }

  private IOException lacking() {
    return new IOException(
        "more than "
            + unwritten.bytesMax()
            + " bytes could not be written, the log lacks them until it is rewritten");
  }

  /** A line that says where in the stream we are. */
  public void note(StreamPosition position) throws IOException {
    byte[] note = position.note();
    append(note, 0, note.length);
  }

  /**
   * Tries again what could not be done: to have the manifest on disk, and to write the bytes kept.
   *
   * @throws IOException if the log is still not whole; if it lacks bytes only a rewrite helps
   */
  public void retry() throws IOException {
    if (isLacking()) {
      throw lacking();
    }
    manifest.settle();
    unwritten.writeTo(this::write);
    if (continuity == Continuity.DETACHED) {
      throw lacking();
    }
  }

  /** Whether everything given has been written, to a file that will be read. */
  public boolean isWritten() {
    return continuity == Continuity.WHOLE && unwritten.isEmpty() && manifest.isSettled();
  }

  /** Whether the files lack nothing that was given up. */
  public boolean isWhole() {
    return continuity == Continuity.WHOLE;
  }

  /** Whether bytes were given up since the last rewrite began. */
  public boolean isLacking() {
    return continuity == Continuity.LACKING;
  }

  /** Bytes kept in memory because the disk did not take them. */
  public long unwrittenBytes() {
    return unwritten.bytes();
  }

  private void write(ByteBuffer bytes) throws IOException {
    FileChannel to = channel;
    if (to == null) {
      throw new IOException("the log is closed");
    }
    int before = bytes.remaining();
    try {
      writeFully(to, bytes);
    } finally {
      incrementBytes += before - bytes.remaining();
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
    return manifest.current().increments().size();
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
