package holdfast.backend.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * BITFIELD and BITFIELD_RO: a string as an array of integers of any width. Source: Redis {@code
 * bitops.c}.
 */
final class BitFieldCommand {
  private enum Action {
    GET,
    SET,
    INCRBY
  }

  private enum Overflow {
    WRAP,
    SAT,
    FAIL
  }

  /** One operation; a width of 64 is always signed. */
  private record Operation(
      Action action, boolean signed, int bits, long offset, long operand, Overflow overflow) {}

  private BitFieldCommand() {}

  static void register(Engine engine) {
    engine.register("bitfield", call -> run(call, false));
    engine.register("bitfield_ro", call -> run(call, true));
  }

  private static void run(Call call, boolean readOnly) {
    List<Operation> operations = parse(call);
    boolean writes = operations.stream().anyMatch(o -> o.action != Action.GET);
    if (writes && readOnly) {
      throw new CommandError("ERR BITFIELD_RO only supports the GET subcommand");
    }
    byte[] key = call.arg(1);
    StringValue value =
        writes ? call.get(key, StringValue.class) : call.read(key, StringValue.class);
    byte[] bytes;
    if (writes) {
      long last = 0;
      for (Operation o : operations) {
        last = o.action == Action.GET ? last : Math.max(last, o.offset + o.bits - 1);
      }
      if (value == null) {
        value = StringValue.raw(Words.EMPTY);
        call.db().put(key, value);
      }
      bytes = value.grown((int) (last >>> 3) + 1);
    } else {
      bytes = value == null ? Words.EMPTY : value.bytes();
    }
    call.out().array(operations.size());
    boolean changed = false;
    for (Operation operation : operations) {
      changed |= execute(call, operation, bytes);
    }
    if (changed) {
      call.changed(key);
    }
  }

  private static List<Operation> parse(Call call) {
    var operations = new ArrayList<Operation>();
    Overflow overflow = Overflow.WRAP;
    int at = 2;
    while (at < call.count()) {
      int rest = call.count() - at - 1;
      Action action;
      if (call.is(at, "get") && rest >= 2) {
        action = Action.GET;
      } else if (call.is(at, "set") && rest >= 3) {
        action = Action.SET;
      } else if (call.is(at, "incrby") && rest >= 3) {
        action = Action.INCRBY;
      } else if (call.is(at, "overflow") && rest >= 1) {
        overflow = overflow(call, at + 1);
        at += 2;
        continue;
      } else {
        throw Errors.SYNTAX;
      }
      byte[] type = call.arg(at + 1);
      boolean signed = type.length > 0 && type[0] == 'i';
      int bits = width(type, signed);
      long offset = offset(call, at + 2, bits);
      long operand = action == Action.GET ? 0 : call.integer(at + 3);
      operations.add(new Operation(action, signed, bits, offset, operand, overflow));
      at += action == Action.GET ? 3 : 4;
    }
    return operations;
  }

  private static Overflow overflow(Call call, int at) {
    for (Overflow overflow : Overflow.values()) {
      if (call.is(at, overflow.name())) {
        return overflow;
      }
    }
    throw new CommandError("ERR Invalid OVERFLOW type specified");
  }

  private static int width(byte[] type, boolean signed) {
    if (type.length > 1 && (signed || type[0] == 'u')) {
      long bits = Numbers.parseLong(java.util.Arrays.copyOfRange(type, 1, type.length));
      if (bits >= 1 && bits <= (signed ? 64 : 63)) {
        return (int) bits;
      }
    }
    throw new CommandError(
        "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but"
            + " i64 is.");
  }

  private static long offset(Call call, int at, int bits) {
    byte[] text = call.arg(at);
    boolean counted = text.length > 0 && text[0] == '#';
    byte[] digits = counted ? java.util.Arrays.copyOfRange(text, 1, text.length) : text;
    long offset = Numbers.parseLong(digits);
    long max = StringCommands.LENGTH_MAX * 8L;
    long unit = counted ? bits : 1;
    if (offset < 0 || offset > max / unit || offset * unit >= max) {
      throw new CommandError("ERR bit offset is not an integer or out of range");
    }
    return offset * unit;
  }

  /** Executes one operation and replies; whether it wrote. */
  private static boolean execute(Call call, Operation o, byte[] bytes) {
    long before = read(bytes, o);
    if (o.action == Action.GET) {
      call.out().integer(before);
      return false;
    }
    boolean isSet = o.action == Action.SET;
    long after = isSet ? o.operand : before + o.operand;
    if (overflows(o, before, after)) {
      if (o.overflow == Overflow.FAIL) {
        call.out().nil();
        return false;
      }
      boolean up = isSet ? goesUp(o) : o.operand > 0;
      after = o.overflow == Overflow.SAT ? (up ? max(o) : min(o)) : wrap(o, after);
    }
    write(bytes, o, after);
    call.out().integer(isSet ? before : after);
    return true;
  }

  private static boolean goesUp(Operation o) {
    // An unsigned field takes its operand as unsigned: a negative one is very large.
    return !o.signed || o.operand > max(o);
  }

  private static boolean overflows(Operation o, long before, long after) {
    if (o.action == Action.SET) {
      return after > max(o) || after < min(o);
    }
    boolean carried = ((before ^ after) & (o.operand ^ after)) < 0;
    return carried || after > max(o) || after < min(o);
  }

  private static long max(Operation o) {
    int magnitude = o.signed ? o.bits - 1 : o.bits;
    return magnitude == 63 ? Long.MAX_VALUE : (1L << magnitude) - 1;
  }

  private static long min(Operation o) {
    return o.signed ? -max(o) - 1 : 0;
  }

  private static long wrap(Operation o, long value) {
    int unused = 64 - o.bits;
    return o.signed ? value << unused >> unused : value << unused >>> unused;
  }

  private static long read(byte[] bytes, Operation o) {
    long value = 0;
    for (int i = 0; i < o.bits; i++) {
      value = value << 1 | BitCommands.bit(bytes, o.offset + i);
    }
    return o.signed ? wrap(o, value) : value;
  }

  private static void write(byte[] bytes, Operation o, long value) {
    for (int i = 0; i < o.bits; i++) {
      long position = o.offset + i;
      int at = (int) (position >>> 3);
      int mask = 0x80 >>> (position & 7);
      boolean set = (value >>> (o.bits - 1 - i) & 1) != 0;
      bytes[at] = (byte) (set ? bytes[at] | mask : bytes[at] & ~mask);
    }
  }
}
