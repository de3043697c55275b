package holdfast.backend.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Strings as arrays of bits, the highest bit of a byte first. Source: Redis {@code bitops.c}. */
final class BitCommands {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private BitCommands() {}

  static void register(Engine engine) {
    engine.register("setbit", BitCommands::setBit);
    engine.register("getbit", BitCommands::getBit);
    engine.register("bitcount", BitCommands::bitCount);
    engine.register("bitpos", BitCommands::bitPos);
    engine.register("bitop", BitCommands::bitOp);
  }

  /**
   * A bit offset.
   *
   * @throws CommandError if it is none or beyond the longest string
   */
  static long offset(Call call, int at) {
    var error = new CommandError("ERR bit offset is not an integer or out of range");
    return call.integer(at, 0, StringCommands.LENGTH_MAX * 8L - 1, error);
  }

  private static void setBit(Call call) {
    byte[] key = call.arg(1);
    long offset = offset(call, 2);
    var error = new CommandError("ERR bit is not an integer or out of range");
    int bit = (int) call.integer(3, 0, 1, error);
    StringValue value = call.get(key, StringValue.class);
    if (value == null) {
      value = StringValue.raw(Words.EMPTY);
      call.db().put(key, value);
    }
    int at = (int) (offset >>> 3);
    byte[] bytes = value.grown(at + 1);
    int mask = 0x80 >>> (offset & 7);
    int before = (bytes[at] & mask) == 0 ? 0 : 1;
    bytes[at] = (byte) (bit == 0 ? bytes[at] & ~mask : bytes[at] | mask);
    call.changed(key);
    call.out().integer(before);
  }

  private static void getBit(Call call) {
    long offset = offset(call, 2);
    StringValue value = call.read(call.arg(1), StringValue.class);
    byte[] bytes = value == null ? Words.EMPTY : value.bytes();
    call.out().integer(bit(bytes, offset));
  }

  /** The bit at an offset; beyond the end 0. */
  static int bit(byte[] bytes, long offset) {
    long at = offset >>> 3;
    return at < bytes.length ? bytes[(int) at] >>> (7 - (offset & 7)) & 1 : 0;
  }

  /** A part of a string, in bits: from, up to but not including. */
  private record Range(long from, long to) {
    boolean isEmpty() {
      return from >= to;
    }
  }

  /** The range that a start and an end mean (both inclusive, negative from the end). */
  private static Range range(long start, long end, long length, boolean inBits) {
    long size = inBits ? length * 8 : length;
    long from = Math.max(0, start < 0 ? start + size : start);
    long to = Math.min(size - 1, Math.max(0, end < 0 ? end + size : end));
    long unit = inBits ? 1 : 8;
    return from > to ? new Range(0, 0) : new Range(from * unit, (to + 1) * unit);
  }

  private static boolean inBits(Call call, int at) {
    if (call.is(at, "BIT")) {
      return true;
    }
    if (!call.is(at, "BYTE")) {
      throw Errors.SYNTAX;
    }
    return false;
  }

  private static void bitCount(Call call) {
    StringValue value = call.read(call.arg(1), StringValue.class);
    if (value == null && call.count() == 2) {
      call.out().integer(0);
      return;
    }
    if (call.count() == 3 || call.count() > 5) {
      if (value == null) {
        call.out().integer(0);
        return;
      }
      throw Errors.SYNTAX;
    }
    if (value == null) {
      call.out().integer(0);
      return;
    }
    byte[] bytes = value.bytes();
    var range = new Range(0, bytes.length * 8L);
    if (call.count() >= 4) {
      long start = call.integer(2);
      long end = call.integer(3);
      boolean backwards = start < 0 && end < 0 && start > end;
      boolean inBits = !backwards && call.count() == 5 && inBits(call, 4);
      range = backwards ? new Range(0, 0) : range(start, end, bytes.length, inBits);
    }
    call.out().integer(range.isEmpty() ? 0 : count(bytes, range.from, range.to));
  }

  private static long count(byte[] bytes, long from, long to) {
    long count = 0;
    long at = from;
    for (; at < to && (at & 7) != 0; at++) {
      count += bit(bytes, at);
    }
    for (; at + 64 <= to; at += 64) {
      count += Long.bitCount((long) LONG.get(bytes, (int) (at >>> 3)));
    }
    for (; at + 8 <= to; at += 8) {
      count += Integer.bitCount(bytes[(int) (at >>> 3)] & 0xFF);
    }
    for (; at < to; at++) {
      count += bit(bytes, at);
    }
    return count;
  }

  private static void bitPos(Call call) {
    long bit = call.integer(2);
    if (bit != 0 && bit != 1) {
      throw new CommandError("ERR The bit argument must be 1 or 0.");
    }
    StringValue value = call.read(call.arg(1), StringValue.class);
    if (value == null) {
      call.out().integer(bit == 1 ? -1 : 0);
      return;
    }
    byte[] bytes = value.bytes();
    if (call.count() > 6) {
      throw Errors.SYNTAX;
    }
    long start = 0;
    long end = -1;
    boolean inBits = false;
    boolean endGiven = call.count() > 4;
    if (call.count() > 3) {
      start = call.integer(3);
      if (call.count() == 6) {
        inBits = inBits(call, 5);
      }
      if (endGiven) {
        end = call.integer(4);
      }
    }
    Range range = range(start, end, bytes.length, inBits);
    if (range.isEmpty()) {
      call.out().integer(-1);
      return;
    }
    long found = position(bytes, (int) bit, range.from, range.to);
    // Without an end the string goes on with zeros for ever.
    long beyond = bit == 0 && !endGiven ? bytes.length * 8L : -1;
    call.out().integer(found >= 0 ? found : beyond);
  }

  private static long position(byte[] bytes, int bit, long from, long to) {
    byte skip = (byte) (bit == 1 ? 0 : 0xFF);
    for (long at = from; at < to; ) {
      if ((at & 7) == 0 && at + 8 <= to && bytes[(int) (at >>> 3)] == skip) {
        at += 8;
      } else if (bit(bytes, at) == bit) {
        return at;
      } else {
        at++;
      }
    }
    return -1;
  }

  private static void bitOp(Call call) {
    boolean not = call.is(1, "NOT");
    if (!not && !call.is(1, "AND") && !call.is(1, "OR") && !call.is(1, "XOR")) {
      throw Errors.SYNTAX;
    }
    if (not && call.count() != 4) {
      throw new CommandError("ERR BITOP NOT must be called with a single source key.");
    }
    byte[] target = call.arg(2);
    byte[][] sources = new byte[call.count() - 3][];
    int length = 0;
    for (int i = 0; i < sources.length; i++) {
      StringValue value = call.get(call.arg(i + 3), StringValue.class);
      sources[i] = value == null ? Words.EMPTY : value.bytes();
      length = Math.max(length, sources[i].length);
    }
    if (length > 0) {
      byte[] result = new byte[length];
      for (int at = 0; at < length; at++) {
        result[at] = combine(call, not, sources, at);
      }
      call.db().put(target, StringValue.raw(result));
      call.changed(target);
    } else if (call.db().remove(target)) {
      call.changed(target);
    }
    call.out().integer(length);
  }

  private static byte combine(Call call, boolean not, byte[][] sources, int at) {
    int first = at(sources[0], at);
    if (not) {
      return (byte) ~first;
    }
    int result = first;
    byte operation = call.arg(1)[0];
    for (int i = 1; i < sources.length; i++) {
      int next = at(sources[i], at);
      result =
          switch (operation) {
            case 'a', 'A' -> result & next;
            case 'o', 'O' -> result | next;
            default -> result ^ next;
          };
    }
    return (byte) result;
  }

  private static int at(byte @Nullable [] bytes, int at) {
    return bytes == null || at >= bytes.length ? 0 : bytes[at];
  }
}
