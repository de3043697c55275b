package holdfast.backend.server;

import holdfast.backend.engine.CommandError;
import holdfast.backend.replication.DivergentTail;
import holdfast.backend.store.RollbackFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what a switch takes back: writes that this node has and the new master lacks go to a file,
 * and are counted, before the node resynchronises. Nothing disappears without a trace.
 *
 * <p>Source: PROTOCOL.md, "Divergent tail". The loop's thread only.
 */
final class RollbackKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(RollbackKeeper.class);

  private final ServerContext server;
  private final @Nullable RollbackFiles files;
  private long tails;
  private long writes;
  private long bytes;
  private long bytesNotKept;

  RollbackKeeper(ServerContext server) {
    this.server = server;
    Path folder = server.settings().persistence().folder();
    this.files = folder == null ? null : new RollbackFiles(folder);
  }

  /** The files; null where there is no data folder. */
  @Nullable RollbackFiles files() {
    return files;
  }

  long tails() {
    return tails;
  }

  /** Commands that changed data, in all tails since the start. */
  long writes() {
    return writes;
  }

  /** Bytes of all tails since the start. */
  long bytes() {
    return bytes;
  }

  /** How many of them were no longer at hand. */
  long bytesNotKept() {
    return bytesNotKept;
  }

  /**
   * To be called before this node follows a master of these histories.
   *
   * @param commonOffset up to where its data is the master's too; -1 if nobody knows
   * @throws CommandError if there is something to keep that cannot be written
   */
  void keep(long epoch, Set<String> histories, long commonOffset) {
    var stream = server.stream();
    stream.settle();
    long offset = stream.history().offset();
    if (histories.contains(stream.history().id())
        || (commonOffset >= 0 && offset <= commonOffset)) {
      return; // a beginning of the master's data
    }
    boolean known = commonOffset >= 0;
    long common = known ? commonOffset : stream.backlog().firstOffset() - 1;
    DivergentTail tail = DivergentTail.of(stream.backlog(), common, offset);
    if (tail.isHarmless()) {
      return;
    }
    String name = RollbackFiles.name(epoch, tail);
    if (files != null && files.has(name)) {
      return; // ordered again
    }
    if (files != null && tail.kept().length > 0) {
      write(files, name, tail);
    }
    tails++;
    writes += tail.writes();
    bytes += tail.bytes();
    bytesNotKept += files == null ? tail.bytes() : tail.missingBytes();
    LOG.warn(
        "{} writes ({} bytes of the stream, {} to {}) are not part of epoch {} and are taken"
            + " back{}; {}",
        tail.writes(),
        tail.bytes(),
        tail.from(),
        tail.to(),
        epoch,
        known ? "" : ", at most: how this data relates to the master's is not known",
        files == null
            ? "without a data folder they are not kept"
            : tail.kept().length == 0 ? "none could be kept" : "kept in " + name);
    if (tail.missingBytes() > 0) {
      LOG.warn(
          "the first {} of these bytes are NOT KEPT: the backlog of {} bytes no longer has them",
          tail.missingBytes(),
          stream.backlog().size());
    }
  }

  private void write(RollbackFiles to, String name, DivergentTail tail) {
    int database =
        tail.selects()
            ? -1
            : server.follower().isMaster()
                ? server.stream().database()
                : server.engine().appliedDatabase();
    try {
      to.write(name, tail, database);
    } catch (IOException e) {
      LOG.error("writes to be taken back cannot be kept in {}: {}", name, e.toString());
      throw new CommandError(
          "MISCONF writes that the master lacks cannot be kept in " + name + ": " + e.getMessage());
    }
  }
}
