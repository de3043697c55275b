package holdfast.backend.store;

import static holdfast.backend.store.PackedEncodings.intset;
import static holdfast.backend.store.PackedEncodings.listpack;
import static holdfast.backend.store.PackedEncodings.ziplist;
import static holdfast.backend.store.PackedEncodings.zipmap;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads one RDB snapshot of Redis up to 7.4 or of our own, from its first byte to its checksum, and
 * hands what it finds to a {@link Sink}. Nothing after the checksum is read, so that a log may
 * follow.
 *
 * <p>Streams, values of modules, functions and hash fields that expire are refused by name: loading
 * the rest without them would lose data in silence. Lengths are bounded and counts are not trusted:
 * memory grows only with bytes that really came. One thread. Source: Redis {@code rdb.c}.
 */
public final class RdbReader {
  /** Takes what a snapshot holds, in its order. */
  public interface Sink {
    /** A named fact about the snapshot ("redis-ver", "repl-id", ...). */
    void aux(String name, String value);

    /**
     * A key.
     *
     * @param expireAtMillis Unix time, -1 for never
     */
    void entry(int database, byte[] key, RdbValue value, long expireAtMillis)
        throws CorruptSnapshotException;
  }

  private static final Sink NOTHING =
      new Sink() {
        @Override
        public void aux(String name, String value) {}

        @Override
        public void entry(int database, byte[] key, RdbValue value, long expireAtMillis) {}
      };

  private static final int MAGIC_LENGTH = 9;
  private static final int CHUNK = 1 << 20;

  private final RdbInput in;
  private final Sink sink;

  private RdbReader(InputStream in, Sink sink) {
    this.in = new RdbInput(in);
    this.sink = sink;
  }

  /**
   * Reads a whole snapshot.
   *
   * @param in buffered by the caller
   * @return bytes read
   * @throws CorruptSnapshotException if it is damaged, ends early or holds what we cannot keep
   */
  public static long read(InputStream in, Sink sink) throws IOException {
    var reader = new RdbReader(in, sink);
    reader.header();
    reader.body();
    return reader.in.position();
  }

  /**
   * Reads one value that stands alone, as in the payload of DUMP.
   *
   * @throws CorruptSnapshotException if it is damaged or is none that we can keep
   */
  static RdbValue readValue(InputStream in) throws IOException {
    var reader = new RdbReader(in, NOTHING);
    return reader.value(reader.in.octet(), new byte[0]);
  }

  private void header() throws IOException {
    String magic = new String(in.bytes(MAGIC_LENGTH), StandardCharsets.ISO_8859_1);
    if (!magic.matches("REDIS\\d{4}")) {
      throw new CorruptSnapshotException("not an RDB snapshot: it does not begin with REDISnnnn");
    }
    int version = Integer.parseInt(magic.substring(5));
    if (version < 1 || version > RdbFormat.VERSION_MAX) {
      throw new CorruptSnapshotException(
          "RDB version " + version + ", expected 1 to " + RdbFormat.VERSION_MAX);
    }
    in.hasChecksum(version >= 5);
  }

  private void body() throws IOException {
    int database = 0;
    long expireAtMillis = -1;
    while (true) {
      int code = in.octet();
      switch (code) {
        case RdbFormat.OP_END -> {
          in.checkChecksum();
          return;
        }
        case RdbFormat.OP_SELECT -> database = in.count("database number");
        case RdbFormat.OP_RESIZE -> {
          in.length();
          in.length();
        }
        case RdbFormat.OP_AUX -> {
          String name = new String(in.string(), StandardCharsets.UTF_8);
          sink.aux(name, new String(in.string(), StandardCharsets.UTF_8));
        }
        case RdbFormat.OP_EXPIRE_MILLIS -> expireAtMillis = in.littleLong();
        case RdbFormat.OP_EXPIRE_SECONDS -> expireAtMillis = in.littleInt() * 1000L;
        case RdbFormat.OP_IDLE -> in.length();
        case RdbFormat.OP_FREQUENCY -> in.octet();
        case RdbFormat.OP_FUNCTION, RdbFormat.OP_FUNCTION_BEFORE_GA ->
            throw new CorruptSnapshotException(
                "the snapshot holds functions (FUNCTION LOAD), which this engine does not have");
        case RdbFormat.OP_MODULE_AUX ->
            throw new CorruptSnapshotException(
                "the snapshot holds data of a module, which this engine does not have");
        default -> {
          byte[] key = in.string();
          sink.entry(database, key, value(code, key), expireAtMillis);
          expireAtMillis = -1;
        }
      }
    }
  }

  private RdbValue value(int type, byte[] key) throws IOException {
    try {
      return switch (type) {
        case RdbFormat.TYPE_STRING -> new RdbValue.Text(in.string());
        case RdbFormat.TYPE_LIST -> new RdbValue.Sequence(strings(1));
        case RdbFormat.TYPE_SET -> new RdbValue.Members(strings(1));
        case RdbFormat.TYPE_HASH -> new RdbValue.Fields(strings(2));
        case RdbFormat.TYPE_SORTED_SET -> sortedSet(false);
        case RdbFormat.TYPE_SORTED_SET_TEXT -> sortedSet(true);
        case RdbFormat.TYPE_LIST_ZIPLIST -> new RdbValue.Sequence(ziplist(in.string()));
        case RdbFormat.TYPE_LIST_QUICKLIST -> new RdbValue.Sequence(quicklist(false));
        case RdbFormat.TYPE_LIST_QUICKLIST_2 -> new RdbValue.Sequence(quicklist(true));
        case RdbFormat.TYPE_SET_INTSET -> new RdbValue.Members(intset(in.string()));
        case RdbFormat.TYPE_SET_LISTPACK -> new RdbValue.Members(listpack(in.string()));
        case RdbFormat.TYPE_HASH_ZIPMAP -> fields(zipmap(in.string()));
        case RdbFormat.TYPE_HASH_ZIPLIST -> fields(ziplist(in.string()));
        case RdbFormat.TYPE_HASH_LISTPACK -> fields(listpack(in.string()));
        case RdbFormat.TYPE_SORTED_SET_ZIPLIST -> scored(ziplist(in.string()));
        case RdbFormat.TYPE_SORTED_SET_LISTPACK -> scored(listpack(in.string()));
        default ->
            throw new CorruptSnapshotException(
                RdbFormat.unsupportedType(type) + ", which this engine does not have");
      };
    } catch (CorruptSnapshotException e) {
      throw new CorruptSnapshotException(
          "key \"" + printable(key) + "\" at byte " + in.position() + ": " + e.getMessage(), e);
    }
  }

  private List<byte[]> strings(int perItem) throws IOException {
    int count = in.count("number of elements");
    var strings = new ArrayList<byte[]>(Math.min(count, 1024) * perItem);
    for (long left = (long) count * perItem; left > 0; left--) {
      strings.add(in.string());
    }
    return strings;
  }

  private RdbValue sortedSet(boolean asText) throws IOException {
    int count = in.count("number of members");
    var members = new ArrayList<byte[]>(Math.min(count, 1024));
    var scores = new double[Math.min(count, 1024)];
    for (int i = 0; i < count; i++) {
      members.add(in.string());
      if (i == scores.length) {
        scores = Arrays.copyOf(scores, (int) Math.min(count, scores.length * 2L));
      }
      scores[i] = checkedScore(asText ? in.textDouble() : in.littleDouble());
    }
    return new RdbValue.Scored(members, scores);
  }

  private List<byte[]> quicklist(boolean second) throws IOException {
    int nodes = in.count("number of nodes");
    var elements = new ArrayList<byte[]>();
    for (int i = 0; i < nodes; i++) {
      int container = second ? in.count("container") : RdbFormat.QUICKLIST_NODE_PACKED;
      byte[] node = in.string();
      switch (container) {
        case RdbFormat.QUICKLIST_NODE_PLAIN -> elements.add(node);
        case RdbFormat.QUICKLIST_NODE_PACKED ->
            elements.addAll(second ? listpack(node) : ziplist(node));
        default -> throw new CorruptSnapshotException("unknown quicklist container " + container);
      }
    }
    return elements;
  }

  private static RdbValue fields(List<byte[]> elements) throws CorruptSnapshotException {
    checkPairs(elements);
    return new RdbValue.Fields(elements);
  }

  private static RdbValue scored(List<byte[]> elements) throws CorruptSnapshotException {
    checkPairs(elements);
    var members = new ArrayList<byte[]>(elements.size() / 2);
    var scores = new double[elements.size() / 2];
    for (int i = 0; i < scores.length; i++) {
      members.add(elements.get(2 * i));
      scores[i] = checkedScore(RdbInput.parseDouble(elements.get(2 * i + 1)));
    }
    return new RdbValue.Scored(members, scores);
  }

  private static void checkPairs(List<byte[]> elements) throws CorruptSnapshotException {
    if (elements.size() % 2 != 0) {
      throw new CorruptSnapshotException("an odd number of elements where pairs belong");
    }
  }

  private static double checkedScore(double score) throws CorruptSnapshotException {
    if (Double.isNaN(score)) {
      throw new CorruptSnapshotException("a score that is not a number");
    }
    return score;
  }

  /** At most 64 bytes, what is not printable as a dot: keys go into messages. */
  static String printable(byte[] key) {
    var text = new StringBuilder();
    for (int i = 0; i < Math.min(key.length, 64); i++) {
      text.append(key[i] >= 32 && key[i] < 127 ? (char) key[i] : '.');
    }
    return key.length > 64 ? text.append("...").toString() : text.toString();
  }

  /** The bytes beneath: lengths, strings and numbers, counted and summed. */
  private static final class RdbInput {
    private static final int INT_8 = 0;
    private static final int INT_16 = 1;
    private static final int INT_32 = 2;
    private static final int LZF = 3;

    private final InputStream in;
    private final byte[] small = new byte[8];
    private long crc;
    private long position;
    private boolean checked;

    /** Set by {@link #length}: what it read is not a length but the kind of a packed string. */
    private boolean special;

    RdbInput(InputStream in) {
      this.in = in;
    }

    void hasChecksum(boolean checked) {
      this.checked = checked;
    }

    long position() {
      return position;
    }

    void checkChecksum() throws IOException {
      if (!checked) {
        return;
      }
      long expected = crc;
      long stated = littleLong();
      // 0: whoever wrote it had checksums off.
      if (stated != 0 && stated != expected) {
        throw new CorruptSnapshotException(
            "wrong checksum: "
                + Long.toHexString(expected)
                + ", stated "
                + Long.toHexString(stated));
      }
    }

    private void fill(byte[] into, int from, int length) throws IOException {
      int got = in.readNBytes(into, from, length);
      position += got;
      if (got < length) {
        throw new CorruptSnapshotException("the snapshot ends early, at byte " + position);
      }
      crc = Crc64.update(crc, into, from, length);
    }

    byte[] bytes(int length) throws IOException {
      if (length <= CHUNK) {
        var bytes = new byte[length];
        fill(bytes, 0, length);
        return bytes;
      }
      // A length may lie: let the array grow only as its bytes come.
      var bytes = new byte[CHUNK];
      for (int got = 0; got < length; ) {
        if (got == bytes.length) {
          bytes = Arrays.copyOf(bytes, (int) Math.min(length, bytes.length * 2L));
        }
        int more = bytes.length - got;
        fill(bytes, got, more);
        got += more;
      }
      return bytes;
    }

    int octet() throws IOException {
      fill(small, 0, 1);
      return small[0] & 0xff;
    }

    int littleInt() throws IOException {
      fill(small, 0, 4);
      return LittleEndian.getInt(small, 0);
    }

    long littleLong() throws IOException {
      fill(small, 0, 8);
      return LittleEndian.getLong(small, 0);
    }

    double littleDouble() throws IOException {
      return Double.longBitsToDouble(littleLong());
    }

    long length() throws IOException {
      int first = octet();
      special = false;
      return switch (first >> 6) {
        case 0 -> first;
        case 1 -> (first & 0x3f) << 8 | octet();
        case 2 ->
            switch (first) {
              case 0x80 -> Integer.reverseBytes(littleInt()) & 0xffffffffL;
              case 0x81 -> Long.reverseBytes(littleLong());
              default -> throw new CorruptSnapshotException("unknown length encoding " + first);
            };
        default -> {
          special = true;
          yield first & 0x3f;
        }
      };
    }

    int count(String what) throws IOException {
      long length = length();
      if (special || length < 0 || length > Integer.MAX_VALUE - 8) {
        throw new CorruptSnapshotException(
            what + " " + (special ? "is packed" : Long.toUnsignedString(length)));
      }
      return (int) length;
    }

    private int stringLength() throws IOException {
      int length = count("length of a string");
      if (length > RdbFormat.STRING_BYTES_MAX) {
        throw new CorruptSnapshotException(
            "a string of " + length + " bytes, expected at most " + RdbFormat.STRING_BYTES_MAX);
      }
      return length;
    }

    byte[] string() throws IOException {
      long length = length();
      if (!special) {
        if (length < 0 || length > RdbFormat.STRING_BYTES_MAX) {
          throw new CorruptSnapshotException(
              "a string of "
                  + Long.toUnsignedString(length)
                  + " bytes, expected at most "
                  + RdbFormat.STRING_BYTES_MAX);
        }
        return bytes((int) length);
      }
      return switch ((int) length) {
        case INT_8 -> text((byte) octet());
        case INT_16 -> {
          fill(small, 0, 2);
          yield text(LittleEndian.getShort(small, 0));
        }
        case INT_32 -> text(littleInt());
        case LZF -> {
          int packed = stringLength();
          int unpacked = stringLength();
          // A match of 264 bytes takes three: nothing honest unpacks to more than this.
          if (unpacked > (packed + 1L) * 264) {
            throw new CorruptSnapshotException(
                "a compressed string of " + packed + " bytes that claims " + unpacked);
          }
          yield Lzf.decompress(bytes(packed), unpacked);
        }
        default -> throw new CorruptSnapshotException("unknown string encoding " + length);
      };
    }

    double textDouble() throws IOException {
      int length = octet();
      return switch (length) {
        case 253 -> Double.NaN;
        case 254 -> Double.POSITIVE_INFINITY;
        case 255 -> Double.NEGATIVE_INFINITY;
        default -> parseDouble(bytes(length));
      };
    }

    static double parseDouble(byte[] bytes) throws CorruptSnapshotException {
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      switch (text) {
        case "inf", "+inf", "Infinity" -> {
          return Double.POSITIVE_INFINITY;
        }
        case "-inf", "-Infinity" -> {
          return Double.NEGATIVE_INFINITY;
        }
        default -> {
          try {
            return Double.parseDouble(text);
          } catch (NumberFormatException e) {
            throw new CorruptSnapshotException("not a number: \"" + printable(bytes) + "\"", e);
          }
        }
      }
    }

    private static byte[] text(long value) {
      return Long.toString(value).getBytes(StandardCharsets.US_ASCII);
    }
  }
}
