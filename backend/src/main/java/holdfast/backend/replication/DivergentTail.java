package holdfast.backend.replication;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What this node's data has of the stream that the new master's lacks, and that the resynchronising
 * is about to discard. Immutable, but for its bytes, which nobody changes.
 *
 * @param from number of its first byte
 * @param to number of its last byte
 * @param keptFrom number of the first byte that could be kept, {@code to + 1} if none: the backlog
 *     forgets, and a command of which the beginning is gone is of no use
 * @param kept the bytes from there on, as whole commands
 * @param writes commands among them that change data
 * @param selects whether one of them is SELECT: then those before it may be for another database
 *     than the one that is selected at the end
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record DivergentTail(
    long from, long to, long keptFrom, byte[] kept, int writes, boolean selects) {
  /** The bytes from {@code commonOffset + 1} to {@code offset}, as far as the backlog has them. */
  public static DivergentTail of(Backlog backlog, long commonOffset, long offset) {
    long from = commonOffset + 1;
    long start = Math.max(from, backlog.firstOffset());
    var copy = new ByteArrayOutputStream();
    if (start <= offset && start <= backlog.nextOffset()) {
      backlog.from(start, copy::write);
    }
    byte[] bytes = copy.toByteArray();
    int skipped = start == from ? 0 : StreamCommands.firstWhole(bytes);
    var counts = new Counts();
    int behind = StreamCommands.read(bytes, skipped, (arguments, _) -> counts.take(arguments));
    byte[] kept = java.util.Arrays.copyOfRange(bytes, skipped, behind);
    long keptFrom = kept.length == 0 ? offset + 1 : start + skipped;
    return new DivergentTail(from, offset, keptFrom, kept, counts.writes, counts.selects);
  }

  private static final class Counts {
    int writes;
    boolean selects;

    void take(byte[][] arguments) {
      switch (verb(arguments)) {
        case "SELECT" -> selects = true;
        case "MULTI", "EXEC", "PING", "REPLCONF", "PUBLISH", "SPUBLISH" -> {
          // In the stream, but it changes no data.
        }
        default -> writes++;
      }
    }
  }

  private static String verb(byte[][] arguments) {
    return new String(arguments[0], StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT);
  }

  /** Whether there is nothing of it that would be missed. */
  public boolean isHarmless() {
    return writes == 0 && missingBytes() == 0;
  }

  /** Bytes of it. */
  public long bytes() {
    return Math.max(0, to - from + 1);
  }

  /** Bytes of it that are not in {@link #kept}. */
  public long missingBytes() {
    return bytes() - kept.length;
  }
}
