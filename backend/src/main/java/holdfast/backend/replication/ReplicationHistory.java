package holdfast.backend.replication;

import java.util.Objects;

/**
 * Which stream of commands this node's data is the result of: a replication id with an offset, and
 * the id it had before with the offset up to which that one still speaks of the same bytes.
 *
 * <pre>
 *          replid2                        replid
 *  |------------------------|----------------------------|
 *                 secondOffset - 1                    offset
 * </pre>
 *
 * Offsets count the bytes of the stream: after {@code offset} bytes the next one has the number
 * {@code offset + 1}. Within one id the offset only grows. A promotion and a master's +CONTINUE
 * under a new id keep the old one as the second, so that others who followed it can go on; a full
 * resync forgets both. Mutable; one thread. Source: Redis {@code replication.c}, PSYNC2.
 */
public final class ReplicationHistory {
  /** What Redis shows where there is no second id. */
  public static final String NO_ID = "0".repeat(40);

  private String id;
  private String id2 = NO_ID;
  private long secondOffset = -1;
  private long offset;

  /** A history that begins here: nothing was ever written under {@code id}. */
  public ReplicationHistory(String id) {
    this(id, 0);
  }

  /** A history that had reached {@code offset} under {@code id}. */
  public ReplicationHistory(String id, long offset) {
    this.id = checkedId(id);
    this.offset = checkedOffset(offset);
  }

  /** Whether {@code text} can be a replication id: 40 hexadecimal digits. */
  public static boolean isId(String text) {
    if (text.length() != 40) {
      return false;
    }
    for (int i = 0; i < 40; i++) {
      if (Character.digit(text.charAt(i), 16) < 0) {
        return false;
      }
    }
    return true;
  }

  private static String checkedId(String id) {
    if (!isId(Objects.requireNonNull(id))) {
      throw new IllegalArgumentException(
          "replication id \"" + id + "\", expected 40 hexadecimal digits");
    }
    return id;
  }

  private static long checkedOffset(long offset) {
    if (offset < 0) {
      throw new IllegalArgumentException("replication offset " + offset + ", expected 0 or more");
    }
    return offset;
  }

  /** The id of the stream the data follows now. */
  public String id() {
    return id;
  }

  /** The id before it, {@link #NO_ID} if none. */
  public String id2() {
    return id2;
  }

  /** The first offset that {@link #id2} says nothing of; -1 if there is none. */
  public long secondOffset() {
    return secondOffset;
  }

  /** Bytes of the stream that the data holds. */
  public long offset() {
    return offset;
  }

  /** The data holds {@code bytes} more of the stream. */
  public void advance(long bytes) {
    offset += checkedOffset(bytes);
  }

  /**
   * This node now writes a stream of its own: as a promoted replica, or as a master that restarted
   * from its files and may have lost their end.
   */
  public void promote(String newId) {
    checkedId(newId);
    id2 = id;
    // Whoever has exactly what we have asks for the byte after it: that one counts still.
    secondOffset = offset + 1;
    id = newId;
  }

  /** The master goes on from where we are, under an id that may be new to us. */
  public void continueUnder(String masterId) {
    if (!masterId.equals(id)) {
      promote(masterId);
    }
  }

  /**
   * All data was replaced by the master's snapshot, taken at {@code offset} of {@code masterId}.
   */
  public void replace(String masterId, long offset) {
    this.id = checkedId(masterId);
    this.offset = checkedOffset(offset);
    this.id2 = NO_ID;
    this.secondOffset = -1;
  }

  /** What this node asks a master for: what follows its own data. */
  public PsyncRequest request() {
    return new PsyncRequest(id, offset + 1);
  }

  @Override
  public String toString() {
    return id
        + ":"
        + offset
        + (secondOffset < 0 ? "" : " (before " + secondOffset + " " + id2 + ")");
  }
}
