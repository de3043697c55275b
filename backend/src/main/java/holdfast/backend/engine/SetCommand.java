package holdfast.backend.engine;

import org.jspecify.annotations.Nullable;

/**
 * SET with its options, SETEX, PSETEX, and GETEX, which takes the same ones. Times go to the
 * replicas as absolute milliseconds. Source: Redis {@code t_string.c}.
 */
final class SetCommand {
  /** The options of one SET or GETEX. */
  private static final class Options {
    private boolean onlyNew;
    private boolean onlyExisting;
    private boolean get;
    private boolean keepExpiry;
    private boolean persist;
    private Expiry.@Nullable Unit unit;
    private int timeAt;

    private static Options parse(Call call, int from, boolean isSet) {
      var options = new Options();
      for (int at = from; at < call.count(); at++) {
        Expiry.Unit unit = at + 1 < call.count() ? unit(call, at) : null;
        boolean noTime = !options.keepExpiry && !options.persist;
        if (isSet && call.is(at, "NX") && !options.onlyExisting) {
          options.onlyNew = true;
        } else if (isSet && call.is(at, "XX") && !options.onlyNew) {
          options.onlyExisting = true;
        } else if (isSet && call.is(at, "GET")) {
          options.get = true;
        } else if (isSet && call.is(at, "KEEPTTL") && options.unit == null) {
          options.keepExpiry = true;
        } else if (!isSet && call.is(at, "PERSIST") && options.unit == null) {
          options.persist = true;
        } else if (unit != null && noTime && (options.unit == null || options.unit == unit)) {
          options.unit = unit;
          options.timeAt = ++at;
        } else {
          throw Errors.SYNTAX;
        }
      }
      return options;
    }

    private static Expiry.@Nullable Unit unit(Call call, int at) {
      if (call.is(at, "EX")) {
        return Expiry.Unit.EX;
      } else if (call.is(at, "PX")) {
        return Expiry.Unit.PX;
      } else if (call.is(at, "EXAT")) {
        return Expiry.Unit.EXAT;
      }
      return call.is(at, "PXAT") ? Expiry.Unit.PXAT : null;
    }
  }

  private SetCommand() {}

  static void register(Engine engine) {
    engine.register("set", SetCommand::set);
    engine.register("setex", call -> setEx(call, Expiry.Unit.EX));
    engine.register("psetex", call -> setEx(call, Expiry.Unit.PX));
    engine.register("getex", SetCommand::getEx);
  }

  private static void set(Call call) {
    byte[] key = call.arg(1);
    byte[] bytes = call.arg(2);
    if (call.count() == 3) {
      call.db().put(key, StringValue.of(bytes));
      call.changed(key);
      call.out().ok();
      return;
    }
    Options options = Options.parse(call, 3, true);
    Expiry.Unit unit = options.unit;
    long atMillis = unit == null ? Value.NEVER : Expiry.positive(call, options.timeAt, unit);
    if (options.get) {
      Replies.string(call.out(), call.get(key, StringValue.class));
    }
    boolean found = call.db().get(key) != null;
    if ((options.onlyNew && found) || (options.onlyExisting && !found)) {
      if (!options.get) {
        call.out().nil();
      }
      return;
    }
    StringValue value = StringValue.of(bytes);
    if (options.keepExpiry) {
      call.db().putKeepingExpiry(key, value);
    } else {
      call.db().put(key, value);
    }
    call.changed(key);
    if (unit != null) {
      call.db().expireAt(key, atMillis);
      call.propagate(Words.SET, key, bytes, Words.PXAT, Words.bytes(atMillis));
    } else if (options.get) {
      call.propagate(StringCommands.without(call.args(), 3, "GET"));
    }
    if (!options.get) {
      call.out().ok();
    }
  }

  private static void setEx(Call call, Expiry.Unit unit) {
    byte[] key = call.arg(1);
    long atMillis = Expiry.positive(call, 2, unit);
    call.db().put(key, StringValue.of(call.arg(3)));
    call.db().expireAt(key, atMillis);
    call.changed(key);
    call.propagate(Words.SET, key, call.arg(3), Words.PXAT, Words.bytes(atMillis));
    call.out().ok();
  }

  private static void getEx(Call call) {
    byte[] key = call.arg(1);
    Options options = Options.parse(call, 2, false);
    StringValue value = call.read(key, StringValue.class);
    if (value == null) {
      call.out().nil();
      return;
    }
    Expiry.Unit unit = options.unit;
    long atMillis = unit == null ? Value.NEVER : Expiry.positive(call, options.timeAt, unit);
    Replies.string(call.out(), value);
    if (unit != null && !unit.isRelative() && Expiry.isPast(call, atMillis)) {
      call.db().remove(key);
      call.changed(key);
      call.propagate(Words.DEL, key);
    } else if (unit != null) {
      call.db().expireAt(key, atMillis);
      call.changed(key);
      call.propagate(Words.PEXPIREAT, key, Words.bytes(atMillis));
    } else if (options.persist && value.expireAtMillis() != Value.NEVER) {
      call.db().expireAt(key, Value.NEVER);
      call.changed(key);
      call.propagate(Words.PERSIST, key);
    }
  }
}
