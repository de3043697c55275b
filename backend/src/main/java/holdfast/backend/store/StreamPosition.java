package holdfast.backend.store;

import holdfast.backend.replication.ReplicationHistory;
import org.jspecify.annotations.Nullable;

/**
 * Where in which replication stream a state of the data is.
 *
 * @param database the one that the stream's next command applies to; -1 if the stream will say
 */
public record StreamPosition(String id, long offset, int database) {
  private static final String NOTE = "holdfast-stream ";

  /** As a line of the log, shorter than the 128 bytes for which Redis has room there. */
  byte[] note() {
    return ("#" + NOTE + id + " " + offset + "\r\n")
        .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  }

  /** Reads a note; null if the line is something else (Redis writes times there). */
  static @Nullable StreamPosition parse(String line) {
    if (!line.startsWith(NOTE)) {
      return null;
    }
    String[] words = line.substring(NOTE.length()).split(" ", -1);
    if (words.length != 2
        || !ReplicationHistory.isId(words[0])
        || words[1].length() > 18
        || words[1].isEmpty()
        || !words[1].chars().allMatch(c -> c >= '0' && c <= '9')) {
      return null;
    }
    return new StreamPosition(words[0], Long.parseLong(words[1]), -1);
  }
}
