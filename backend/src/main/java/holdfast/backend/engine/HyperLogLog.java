package holdfast.backend.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An estimate of how many different elements were added, in the bytes in which Redis keeps it, so
 * that both can read, replicate and load each other's, and every change leaves the same bytes.
 *
 * <pre>
 *  "HYLL" | encoding | 3 unused | cached estimate, 8 bytes; its top bit says that it is stale
 *  dense:  16384 registers of 6 bits, least significant bit first
 *  sparse: runs: 00llllll zeroes, 01llllll llllllll many zeroes, 1vvvvvll a value up to 32
 * </pre>
 *
 * Mutable; one thread. Source: Redis {@code hyperloglog.c}; the estimate is Ertl's.
 */
final class HyperLogLog {
  static final int REGISTERS = 1 << 14;

  private static final int HEADER_BYTES = 16;
  private static final int DENSE_BYTES = HEADER_BYTES + REGISTERS * 6 / 8;

  /** A longer sparse form becomes dense (hll-sparse-max-bytes). */
  static final int SPARSE_BYTES_MAX = 3000;

  private static final int DENSE = 0;
  private static final int SPARSE = 1;
  private static final int HASH_BITS_LEFT = 50;
  private static final long SEED = 0xadc83b19L;
  private static final int ZERO_RUN_MAX = 64;
  private static final int VALUE_MAX = 32;
  private static final int VALUE_RUN_MAX = 4;
  private static final double ALPHA = 0.7213475204444817;

  private byte[] bytes;

  private HyperLogLog(byte[] bytes) {
    this.bytes = bytes;
  }

  /** One to which nothing was added. */
  static HyperLogLog empty() {
    var bytes = new byte[HEADER_BYTES + 2];
    bytes[0] = 'H';
    bytes[1] = 'Y';
    bytes[2] = 'L';
    bytes[3] = 'L';
    bytes[4] = SPARSE;
    manyZeroes(bytes, HEADER_BYTES, REGISTERS);
    return new HyperLogLog(bytes);
  }

  /** Out of the bytes of a string, which it keeps; null if they are none. */
  static @Nullable HyperLogLog of(byte[] bytes) {
    boolean head =
        bytes.length >= HEADER_BYTES
            && bytes[0] == 'H'
            && bytes[1] == 'Y'
            && bytes[2] == 'L'
            && bytes[3] == 'L'
            && (bytes[4] == SPARSE || (bytes[4] == DENSE && bytes.length == DENSE_BYTES));
    return head ? new HyperLogLog(bytes) : null;
  }

  /** Its bytes, for a string. */
  byte[] bytes() {
    return bytes;
  }

  boolean isDense() {
    return bytes[4] == DENSE;
  }

  /** Whether the estimate in the header is still right. */
  boolean hasEstimate() {
    return bytes[15] >= 0;
  }

  /** The estimate in the header. */
  long estimate() {
    long value = 0;
    for (int i = 7; i >= 0; i--) {
      value = value << 8 | (bytes[8 + i] & 0xff);
    }
    return value;
  }

  void estimate(long value) {
    for (int i = 0; i < 8; i++) {
      bytes[8 + i] = (byte) (value >>> (8 * i));
    }
  }

  void forgetEstimate() {
    bytes[15] |= (byte) 0x80;
  }

  /**
   * Adds an element; whether that changed anything.
   *
   * @throws IllegalStateException if its runs do not make sense
   */
  boolean add(byte[] element) {
    long hash = murmur(element);
    int register = (int) hash & (REGISTERS - 1);
    long rest = hash >>> 14 | 1L << HASH_BITS_LEFT;
    return raise(register, Long.numberOfTrailingZeros(rest) + 1);
  }

  /** Makes a register at least this. */
  boolean raise(int register, int value) {
    return isDense() ? raiseDense(register, value) : raiseSparse(register, value);
  }

  private boolean raiseDense(int register, int value) {
    if (dense(register) >= value) {
      return false;
    }
    int at = HEADER_BYTES + register * 6 / 8;
    int shift = (register * 6) & 7;
    int both = (bytes[at] & 0xff) | (at + 1 < bytes.length ? (bytes[at + 1] & 0xff) << 8 : 0);
    both = (both & ~(63 << shift)) | value << shift;
    bytes[at] = (byte) both;
    if (at + 1 < bytes.length) {
      bytes[at + 1] = (byte) (both >> 8);
    }
    return true;
  }

  private int dense(int register) {
    int at = HEADER_BYTES + register * 6 / 8;
    int shift = (register * 6) & 7;
    int both = (bytes[at] & 0xff) | (at + 1 < bytes.length ? (bytes[at + 1] & 0xff) << 8 : 0);
    return both >> shift & 63;
  }

  private boolean isValue(int at) {
    return bytes[at] < 0;
  }

  private boolean isLong(int at) {
    return (bytes[at] & 0xc0) == 0x40;
  }

  private int width(int at) {
    return isLong(at) ? 2 : 1;
  }

  private int run(int at) {
    if (isValue(at)) {
      return (bytes[at] & 3) + 1;
    }
    if (isLong(at)) {
      if (at + 1 >= bytes.length) {
        throw corrupt();
      }
      return ((bytes[at] & 0x3f) << 8 | (bytes[at + 1] & 0xff)) + 1;
    }
    return (bytes[at] & 0x3f) + 1;
  }

  private int value(int at) {
    return isValue(at) ? (bytes[at] >> 2 & 0x1f) + 1 : 0;
  }

  private static IllegalStateException corrupt() {
    return new IllegalStateException("runs that do not make sense");
  }

  private static int manyZeroes(byte[] to, int at, int run) {
    to[at] = (byte) ((run - 1) >> 8 | 0x40);
    to[at + 1] = (byte) (run - 1);
    return at + 2;
  }

  private static int zeroes(byte[] to, int at, int run) {
    if (run == 0) {
      return at;
    }
    if (run > ZERO_RUN_MAX) {
      return manyZeroes(to, at, run);
    }
    to[at] = (byte) (run - 1);
    return at + 1;
  }

  private static int values(byte[] to, int at, int value, int run) {
    if (run == 0) {
      return at;
    }
    to[at] = (byte) (0x80 | (value - 1) << 2 | (run - 1));
    return at + 1;
  }

  private boolean raiseSparse(int register, int value) {
    if (value > VALUE_MAX) {
      toDense();
      return raiseDense(register, value);
    }
    int at = HEADER_BYTES;
    int before = -1;
    int first = 0;
    while (at < bytes.length && register > first + run(at) - 1) {
      before = at;
      first += run(at);
      at += width(at);
    }
    if (at >= bytes.length) {
      throw corrupt();
    }
    int run = run(at);
    int old = value(at);
    if (old >= value) {
      return false;
    }
    if (run == 1 && !isLong(at)) {
      values(bytes, at, value, 1);
    } else {
      var parts = new byte[5];
      int left = register - first;
      int right = first + run - 1 - register;
      int size = old == 0 ? zeroes(parts, 0, left) : values(parts, 0, old, left);
      size = values(parts, size, value, 1);
      size = old == 0 ? zeroes(parts, size, right) : values(parts, size, old, right);
      int more = size - width(at);
      if (more > 0 && bytes.length + more > SPARSE_BYTES_MAX) {
        toDense();
        return raiseDense(register, value);
      }
      substitute(at, width(at), parts, size);
    }
    merge(before < 0 ? HEADER_BYTES : before);
    forgetEstimate();
    return true;
  }

  private void substitute(int at, int width, byte[] parts, int size) {
    var next = new byte[bytes.length + size - width];
    System.arraycopy(bytes, 0, next, 0, at);
    System.arraycopy(parts, 0, next, at, size);
    System.arraycopy(bytes, at + width, next, at + size, bytes.length - at - width);
    bytes = next;
  }

  /** Joins equal neighbours among the next five runs, as Redis does and no further. */
  private void merge(int from) {
    int at = from;
    for (int scans = 5; at < bytes.length && scans > 0; scans--) {
      if (isValue(at) && at + 1 < bytes.length && isValue(at + 1) && value(at) == value(at + 1)) {
        int run = run(at) + run(at + 1);
        if (run <= VALUE_RUN_MAX) {
          values(bytes, at + 1, value(at), run);
          substitute(at, 1, bytes, 0);
          continue;
        }
      }
      at += width(at);
    }
  }

  /** Turns the runs into registers. */
  void toDense() {
    if (isDense()) {
      return;
    }
    var registers = new byte[REGISTERS];
    mergeInto(registers);
    bytes = Arrays.copyOf(Arrays.copyOf(bytes, HEADER_BYTES), DENSE_BYTES);
    bytes[4] = DENSE;
    for (int i = 0; i < REGISTERS; i++) {
      if (registers[i] != 0) {
        raiseDense(i, registers[i]);
      }
    }
  }

  /**
   * Raises each of {@code registers} to what it is here.
   *
   * @throws IllegalStateException if its runs do not make sense
   */
  void mergeInto(byte[] registers) {
    if (isDense()) {
      for (int i = 0; i < REGISTERS; i++) {
        registers[i] = (byte) Math.max(registers[i], dense(i));
      }
      return;
    }
    int register = 0;
    for (int at = HEADER_BYTES; at < bytes.length; at += width(at)) {
      int end = register + run(at);
      if (end > REGISTERS) {
        throw corrupt();
      }
      for (int value = value(at); register < end; register++) {
        registers[register] = (byte) Math.max(registers[register], value);
      }
    }
    if (register != REGISTERS) {
      throw corrupt();
    }
  }

  /** How many different elements such registers speak of. */
  static long count(byte[] registers) {
    var histogram = new int[64];
    for (byte register : registers) {
      histogram[register]++;
    }
    double m = REGISTERS;
    double z = m * tau((m - histogram[HASH_BITS_LEFT + 1]) / m);
    for (int i = HASH_BITS_LEFT; i >= 1; i--) {
      z += histogram[i];
      z *= 0.5;
    }
    z += m * sigma(histogram[0] / m);
    return Math.round(ALPHA * m * m / z);
  }

  private static double tau(double start) {
    double x = start;
    if (x == 0 || x == 1) {
      return 0;
    }
    double before;
    double y = 1;
    double z = 1 - x;
    do {
      x = Math.sqrt(x);
      before = z;
      y *= 0.5;
      z -= (1 - x) * (1 - x) * y;
    } while (before != z);
    return z / 3;
  }

  private static double sigma(double start) {
    double x = start;
    if (x == 1) {
      return Double.POSITIVE_INFINITY;
    }
    double before;
    double y = 1;
    double z = x;
    do {
      x *= x;
      before = z;
      z += x * y;
      y += y;
    } while (before != z);
    return z;
  }

  /** MurmurHash2, 64 bits. */
  private static long murmur(byte[] key) {
    long m = 0xc6a4a7935bd1e995L;
    long hash = SEED ^ (key.length * m);
    int at = 0;
    for (; key.length - at >= 8; at += 8) {
      long k = littleEndian(key, at, 8) * m;
      k = (k ^ k >>> 47) * m;
      hash = (hash ^ k) * m;
    }
    if (at < key.length) {
      hash = (hash ^ littleEndian(key, at, key.length - at)) * m;
    }
    hash = (hash ^ hash >>> 47) * m;
    return hash ^ hash >>> 47;
  }

  private static long littleEndian(byte[] bytes, int at, int count) {
    long value = 0;
    for (int i = count - 1; i >= 0; i--) {
      value = value << 8 | (bytes[at + i] & 0xff);
    }
    return value;
  }
}
