package holdfast.backend.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import holdfast.backend.engine.Call;
import holdfast.backend.engine.CommandError;
import holdfast.backend.engine.Engine;
import holdfast.backend.engine.Errors;
import holdfast.backend.engine.ServerGate;
import holdfast.backend.engine.Value;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * DUMP and RESTORE: one value as it stands in RDB, behind it the version (two bytes) and a CRC-64
 * of all before (eight), both least significant byte first. Source: Redis {@code cluster.c}.
 */
@SuppressWarnings("StaticAssignmentOfThrowable") // without stack trace, and immutable
public final class DumpCommands {
  private static final int FOOTER_BYTES = 10;
  private static final CommandError WRONG_FOOTER =
      new CommandError("ERR DUMP payload version or checksum are wrong");
  private static final CommandError BAD_DATA = new CommandError("ERR Bad data format");

  private DumpCommands() {}

  /** Adds both to an engine. */
  public static void register(Engine engine) {
    engine.register("dump", DumpCommands::dump);
    engine.register("restore", DumpCommands::restore);
  }

  private static void dump(Call call) {
    Value value = call.read(call.arg(1));
    if (value == null) {
      call.out().nil();
    } else {
      call.out().bulk(payload(value));
    }
  }

  private static byte[] payload(Value value) {
    var bytes = new ByteArrayOutputStream();
    try {
      var writer = new RdbWriter(bytes);
      new ValueWriter(writer).write(null, value, Value.NEVER);
      writer.drain();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail so
    }
    byte[] payload = Arrays.copyOf(bytes.toByteArray(), bytes.size() + FOOTER_BYTES);
    int end = bytes.size();
    payload[end] = RdbFormat.VERSION;
    LittleEndian.putLong(payload, end + 2, Crc64.update(0, payload, 0, end + 2));
    return payload;
  }

  /** What follows the payload: REPLACE, ABSTTL, IDLETIME seconds, FREQ frequency. */
  private record Options(boolean replace, boolean absolute, long idleSeconds) {
    static Options parse(Call call) {
      boolean replace = false;
      boolean absolute = false;
      long idle = -1;
      long frequency = -1;
      for (int at = 4; at < call.count(); at++) {
        boolean more = at + 1 < call.count();
        if (call.is(at, "replace")) {
          replace = true;
        } else if (call.is(at, "absttl")) {
          absolute = true;
        } else if (call.is(at, "idletime") && more && frequency == -1) {
          idle = call.integer(++at);
          if (idle < 0) {
            throw new CommandError("ERR Invalid IDLETIME value, must be >= 0");
          }
        } else if (call.is(at, "freq") && more && idle == -1) {
          frequency = call.integer(++at);
          if (frequency < 0 || frequency > 255) {
            throw new CommandError("ERR Invalid FREQ value, must be >= 0 and <= 255");
          }
        } else {
          throw Errors.SYNTAX;
        }
      }
      return new Options(replace, absolute, idle);
    }
  }

  private static void restore(Call call) {
    Options options = Options.parse(call);
    byte[] key = call.arg(1);
    if (!options.replace && call.db().get(key) != null) {
      throw new CommandError("BUSYKEY Target key name already exists.");
    }
    long ttl = call.integer(2);
    if (ttl < 0) {
      throw new CommandError("ERR Invalid TTL value, must be >= 0");
    }
    Value value = value(call.arg(3));
    boolean deleted = options.replace && call.db().remove(key);
    long expireAt = ttl == 0 ? Value.NEVER : options.absolute ? ttl : ttl + call.nowMillis();
    if (ttl != 0 && isPast(call, expireAt)) {
      if (deleted) {
        call.changed(key);
        call.propagate("DEL".getBytes(US_ASCII), key);
      }
      call.out().ok();
      return;
    }
    call.db().put(key, value);
    if (ttl != 0) {
      call.db().expireAt(key, expireAt);
    }
    value.usedAtMillis(call.nowMillis() - Math.max(0, options.idleSeconds) * 1000);
    call.changed(key);
    if (ttl != 0 && !options.absolute) {
      byte[][] command = Arrays.copyOf(call.args(), call.count() + 1);
      command[2] = Long.toString(expireAt).getBytes(US_ASCII);
      command[call.count()] = "ABSTTL".getBytes(US_ASCII);
      call.propagate(command);
    }
    call.out().ok();
  }

  /** As for EXPIREAT: a replica waits for its master's word. */
  private static boolean isPast(Call call, long expireAt) {
    ServerGate gate = call.engine().gate();
    return expireAt <= call.nowMillis() && !gate.isLoading() && !gate.isReplica();
  }

  private static Value value(byte[] payload) {
    int end = payload.length - FOOTER_BYTES;
    if (end < 0
        || LittleEndian.getUnsignedShort(payload, end) > RdbFormat.VERSION_MAX
        || LittleEndian.getLong(payload, end + 2) != Crc64.update(0, payload, 0, end + 2)) {
      throw WRONG_FOOTER;
    }
    Value value = read(payload, end);
    if (value == null || value.isEmpty()) {
      throw BAD_DATA;
    }
    return value;
  }

  private static @Nullable Value read(byte[] payload, int end) {
    try {
      return SnapshotLoader.value(RdbReader.readValue(new ByteArrayInputStream(payload, 0, end)));
    } catch (IOException e) {
      return null;
    }
  }
}
