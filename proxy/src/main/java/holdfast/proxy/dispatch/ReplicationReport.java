package holdfast.proxy.dispatch;

import static java.nio.charset.StandardCharsets.US_ASCII;

import holdfast.routing.plan.Durability;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * What one reply to {@code INFO replication} says of a master and of the replicas that count, read
 * in place: no Strings, no objects. Source: Redis {@code server.c} genRedisInfoString, 7.0.15.
 *
 * <p>Reused for each reply; one thread. ByteBuf is only read from.
 */
final class ReplicationReport {
  private static final byte[] ROLE = bytes("role:");
  private static final byte[] MASTER = bytes("master");
  private static final byte[] REPLICATION_ID = bytes("master_replid:");
  private static final byte[] OFFSET = bytes("master_repl_offset:");
  private static final byte[] REPLICA = bytes("slave");
  private static final byte[] HOST_FIELD = bytes("ip=");
  private static final byte[] PORT_FIELD = bytes("port=");
  private static final byte[] STATE_FIELD = bytes("state=");
  private static final byte[] OFFSET_FIELD = bytes("offset=");
  private static final byte[] LAG_FIELD = bytes("lag=");
  private static final byte[] ONLINE = bytes("online");

  /**
   * A replica says once a second how far it is. One that has not for longer than this hangs or is
   * cut off, though its master shows it online until {@code repl-timeout}, a minute. As long as in
   * {@code min-replicas-max-lag} (PROTOCOL.md, "Stock Redis").
   */
  private static final long LAG_SECONDS_MAX = 3;

  /** Of a replica that no row names. */
  private static final long ABSENT = Long.MAX_VALUE;

  /** Of a replica that a row names and that does not count now. */
  private static final long NOT_ONLINE = -1;

  /** Of each adopted replica, what its master may call it. */
  private byte[][][] hosts = new byte[0][][];

  private int[] ports = new int[0];
  private byte[][] ids = new byte[0][];

  private boolean master;
  private int id;
  private long offset;

  /** Per adopted replica the least offset that a row shows: of one seen twice the worse counts. */
  private long[] offsets = new long[0];

  /** Whether it says how far it is, in each row. */
  private boolean[] reporting = new boolean[0];

  private static byte[] bytes(String text) {
    return text.getBytes(US_ASCII);
  }

  /** Which replicas and which replication ids count from here on. */
  void counts(Durability durability) {
    int count = durability.adopted().size();
    hosts = new byte[count][][];
    ports = new int[count];
    offsets = new long[count];
    reporting = new boolean[count];
    for (int i = 0; i < count; i++) {
      hosts[i] =
          durability.adopted().get(i).hosts().stream()
              .map(ReplicationReport::bytes)
              .toArray(byte[][]::new);
      ports[i] = durability.adopted().get(i).port();
    }
    ids = new byte[durability.replicationIds().size()][];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = bytes(durability.replicationIds().get(i).value());
    }
  }

  /** Reads the reply at {@code start}; anything that is no such INFO is not {@link #isUsable}. */
  void read(ByteBuf in, int start, int length) {
    master = false;
    id = -1;
    offset = -1;
    Arrays.fill(offsets, ABSENT);
    Arrays.fill(reporting, true);
    int end = start + length;
    int at = start;
    while (at < end) {
      int newline = in.indexOf(at, end, (byte) '\n');
      if (newline < 0) {
        return;
      }
      line(in, at, newline > at && in.getByte(newline - 1) == '\r' ? newline - 1 : newline);
      at = newline + 1;
    }
  }

  private void line(ByteBuf in, int at, int end) {
    if (begins(in, at, end, ROLE)) {
      master = is(in, at + ROLE.length, end, MASTER);
    } else if (begins(in, at, end, REPLICATION_ID)) {
      id = indexOfId(in, at + REPLICATION_ID.length, end);
    } else if (begins(in, at, end, OFFSET)) {
      offset = number(in, at + OFFSET.length, end);
    } else if (begins(in, at, end, REPLICA)) {
      int colon = in.indexOf(at, end, (byte) ':');
      // "slaves_waiting_psync:" and the like are no rows.
      if (colon > at + REPLICA.length && isDigit(in.getByte(at + REPLICA.length))) {
        replica(in, colon + 1, end);
      }
    }
  }

  private void replica(ByteBuf in, int start, int end) {
    int hostAt = start;
    int hostEnd = start;
    long port = -1;
    boolean online = false;
    long acknowledged = NOT_ONLINE;
    long lagSeconds = 0;
    int at = start;
    while (at < end) {
      int comma = in.indexOf(at, end, (byte) ',');
      int to = comma < 0 ? end : comma;
      if (begins(in, at, to, HOST_FIELD)) {
        hostAt = at + HOST_FIELD.length;
        hostEnd = to;
      } else if (begins(in, at, to, PORT_FIELD)) {
        port = number(in, at + PORT_FIELD.length, to);
      } else if (begins(in, at, to, STATE_FIELD)) {
        online = is(in, at + STATE_FIELD.length, to, ONLINE);
      } else if (begins(in, at, to, OFFSET_FIELD)) {
        acknowledged = number(in, at + OFFSET_FIELD.length, to);
      } else if (begins(in, at, to, LAG_FIELD)) {
        lagSeconds = number(in, at + LAG_FIELD.length, to);
      }
      at = to + 1;
    }
    for (int i = 0; i < hosts.length; i++) {
      if (ports[i] == port && isOneOf(in, hostAt, hostEnd, hosts[i])) {
        offsets[i] = Math.min(offsets[i], online ? acknowledged : NOT_ONLINE);
        reporting[i] &= lagSeconds <= LAG_SECONDS_MAX;
      }
    }
  }

  private int indexOfId(ByteBuf in, int at, int end) {
    for (int i = 0; i < ids.length; i++) {
      if (is(in, at, end, ids[i])) {
        return i;
      }
    }
    return -1;
  }

  private static boolean isOneOf(ByteBuf in, int at, int end, byte[][] words) {
    for (byte[] word : words) {
      if (is(in, at, end, word)) {
        return true;
      }
    }
    return false;
  }

  private static boolean is(ByteBuf in, int at, int end, byte[] word) {
    return end - at == word.length && begins(in, at, end, word);
  }

  private static boolean begins(ByteBuf in, int at, int end, byte[] word) {
    if (end - at < word.length) {
      return false;
    }
    for (int i = 0; i < word.length; i++) {
      if (in.getByte(at + i) != word[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  /** A number of at most 18 digits, or -1. */
  private static long number(ByteBuf in, int at, int end) {
    if (at >= end || end - at > 18) {
      return -1;
    }
    long value = 0;
    for (int i = at; i < end; i++) {
      byte b = in.getByte(i);
      if (!isDigit(b)) {
        return -1;
      }
      value = value * 10 + b - '0';
    }
    return value;
  }

  /** Whether it came from a master whose offsets count. */
  boolean isUsable() {
    return master && id >= 0 && offset >= 0;
  }

  /** Which of the replication ids that count it shows. */
  int id() {
    return id;
  }

  /** The master's offset. */
  long offset() {
    return offset;
  }

  /** How many replicas that count are online and say how far they are. */
  int online() {
    int count = 0;
    for (int i = 0; i < offsets.length; i++) {
      if (offsets[i] != ABSENT && offsets[i] != NOT_ONLINE && reporting[i]) {
        count++;
      }
    }
    return count;
  }

  /** The largest offset that {@code replicas} of those that count have; -1 if fewer are online. */
  long reachedBy(int replicas) {
    long best = -1;
    for (long candidate : offsets) {
      if (candidate > best && candidate != ABSENT && count(candidate) >= replicas) {
        best = candidate;
      }
    }
    return best;
  }

  private int count(long least) {
    int count = 0;
    for (long each : offsets) {
      if (each != ABSENT && each >= least) {
        count++;
      }
    }
    return count;
  }
}
