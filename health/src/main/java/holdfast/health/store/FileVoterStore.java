package holdfast.health.store;

import holdfast.health.vote.Durable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One file with all of it, replaced whole at each change: written beside, fsync, renamed, fsync of
 * the directory. When {@link #save} returns, the vote survives a power cut. A file that does not
 * match its checksum is never guessed at: a voter that votes twice in an epoch breaks the one
 * promise there is.
 *
 * <p>The directory is locked, so that two processes cannot be the same voter. One thread.
 */
public final class FileVoterStore implements AutoCloseable {
  private static final String MAGIC = "holdfast-voter 1 ";
  private static final long BYTES_MAX = 16L << 20;

  private final Path directory;
  private final Path file;
  private final Path fresh;
  private final FileChannel lockChannel;

  private FileVoterStore(Path directory, FileChannel lockChannel) {
    this.directory = directory;
    this.file = directory.resolve("voter");
    this.fresh = directory.resolve("voter.new");
    this.lockChannel = lockChannel;
  }

  /**
   * Opens the directory, making it if it is missing.
   *
   * @throws VoterStoreException if it cannot be used, or another process uses it
   */
  public static FileVoterStore open(Path directory) {
    try {
      Files.createDirectories(directory);
      FileChannel channel =
          FileChannel.open(
              directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      if (lock == null) {
        channel.close();
        throw new VoterStoreException(
            directory + " is in use by another voter: give each voter a data folder of its own");
      }
      return new FileVoterStore(directory, channel);
    } catch (IOException e) {
      throw new VoterStoreException("cannot use the data folder " + directory + ": " + e, e);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  /**
   * What was last saved; null in a new directory.
   *
   * @throws VoterStoreException if there is something that cannot be trusted
   */
  public @Nullable Durable load() {
    byte[] bytes;
    try {
      if (Files.size(file) > BYTES_MAX) {
        throw corrupt("it is longer than " + BYTES_MAX + " bytes");
      }
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw new VoterStoreException("cannot read " + file + ": " + e, e);
    }
    String text = new String(bytes, StandardCharsets.UTF_8);
    int lineEnd = text.indexOf('\n');
    if (lineEnd < 0 || !text.startsWith(MAGIC)) {
      throw corrupt("it does not begin with \"" + MAGIC + "\"");
    }
    String body = text.substring(lineEnd + 1);
    if (!text.substring(MAGIC.length(), lineEnd).equals(checksum(body))) {
      throw corrupt("its checksum does not match");
    }
    try {
      return DurableText.read(body);
    } catch (IllegalArgumentException e) {
      throw new VoterStoreException(corruptText(String.valueOf(e.getMessage())), e);
    }
  }

  private VoterStoreException corrupt(String why) {
    return new VoterStoreException(corruptText(why));
  }

  private String corruptText(String why) {
    return file
        + " is damaged: "
        + why
        + ". This voter may have voted and cannot know, so it does not start. Restore the folder, or"
        + " empty it and admit it as a new voter";
  }

  /**
   * Saves; on disk when this returns.
   *
   * @throws VoterStoreException if that is not certain: the caller may act on nothing that follows
   */
  public void save(Durable durable) {
    String body = DurableText.write(durable);
    byte[] bytes = (MAGIC + checksum(body) + "\n" + body).getBytes(StandardCharsets.UTF_8);
    try {
      try (FileChannel out =
          FileChannel.open(
              fresh,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
          out.write(buffer);
        }
        out.force(true);
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel folder = FileChannel.open(directory, StandardOpenOption.READ)) {
        folder.force(true);
      }
    } catch (IOException e) {
      throw new VoterStoreException("cannot write " + file + ": " + e, e);
    }
  }

  private static String checksum(String body) {
    var crc = new CRC32C();
    crc.update(body.getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(crc.getValue());
  }

  /** Gives the directory free. */
  @Override
  public void close() {
    try {
      lockChannel.close(); // and with it the lock
    } catch (IOException e) {
      throw new VoterStoreException("cannot unlock " + directory + ": " + e, e);
    }
  }
}
