package holdfast.backend.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The manifest of a log on disk, and the files that it names.
 *
 * <p>A new one is in force from its rename on: whoever opens the folder after that sees it, also
 * after a crash of the process. When forcing the folder fails behind the rename, a power failure
 * may bring the one before back. So this object goes on with the new one, keeps the files that
 * either names, and is not settled until a manifest is known to be on disk; what is written to an
 * increment that only the new one names must not be acknowledged before. One thread.
 */
final class ManifestFile {
  private static final Logger LOG = LoggerFactory.getLogger(ManifestFile.class);

  private final Path folder;
  private LogManifest current;
  private boolean settled = true;

  /** Named by a manifest that a power failure could bring back. */
  private final Set<String> superseded = new LinkedHashSet<>();

  private ManifestFile(Path folder, LogManifest current) {
    this.folder = folder;
    this.current = current;
  }

  /**
   * Reads it; nothing is changed.
   *
   * @throws CorruptSnapshotException if it is damaged, or names a file that is not there
   */
  static ManifestFile open(Path folder) throws IOException {
    Path file = in(folder);
    LogManifest manifest;
    try {
      manifest = LogManifest.parse(Files.readString(file));
    } catch (NoSuchFileException e) {
      manifest = LogManifest.EMPTY;
    } catch (CorruptSnapshotException e) {
      throw new CorruptSnapshotException(file + ": " + e.getMessage(), e);
    }
    for (String name : manifest.names()) {
      if (!Files.exists(folder.resolve(name))) {
        throw new CorruptSnapshotException(file + " names " + name + ", which is not there");
      }
    }
    return new ManifestFile(folder, manifest);
  }

  private static Path in(Path folder) {
    return folder.resolve("appendonly.aof.manifest");
  }

  /** The one in force. */
  LogManifest current() {
    return current;
  }

  /** Whether the one in force is also the one that a power failure leaves. */
  boolean isSettled() {
    return settled;
  }

  /**
   * Puts another in force, and deletes the files that none names any more. Ask {@link #isSettled}
   * afterwards.
   *
   * @throws IOException if that could not be done: the one before is still in force
   */
  void write(LogManifest next) throws IOException {
    DurableFiles.rename(DurableFiles.prepare(in(folder), next.format()), in(folder));
    superseded.addAll(current.names());
    current = next;
    try {
      DurableFiles.syncFolder(folder);
    } catch (IOException e) {
      settled = false;
      LOG.error("{} is in force, but perhaps not on disk: {}", in(folder), e.getMessage());
      return;
    }
    settled = true;
    superseded.removeAll(current.names());
    superseded.forEach(this::delete);
    superseded.clear();
  }

  /**
   * Has the one in force on disk, if it is not known to be. It is written anew: the kernel tells a
   * failure once, and a second sync of the same entries may succeed without having done anything.
   *
   * @throws IOException if that failed
   */
  void settle() throws IOException {
    if (!settled) {
      write(current);
    }
    if (!settled) {
      throw new IOException("the log's manifest cannot be forced to disk");
    }
  }

  /** Deletes a file that no manifest names. */
  void delete(String name) {
    try {
      Files.deleteIfExists(folder.resolve(name));
    } catch (IOException e) {
      LOG.warn("cannot delete {}: {}", folder.resolve(name), e.getMessage());
    }
  }
}
