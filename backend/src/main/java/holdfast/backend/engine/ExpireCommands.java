package holdfast.backend.engine;

import org.jspecify.annotations.Nullable;

/** EXPIRE, TTL and their kin. Source: Redis {@code expire.c}. */
final class ExpireCommands {
  private ExpireCommands() {}

  static void register(Engine engine) {
    engine.register("expire", call -> expire(call, Expiry.Unit.EX));
    engine.register("pexpire", call -> expire(call, Expiry.Unit.PX));
    engine.register("expireat", call -> expire(call, Expiry.Unit.EXAT));
    engine.register("pexpireat", call -> expire(call, Expiry.Unit.PXAT));
    engine.register("persist", ExpireCommands::persist);
    engine.register("ttl", call -> ttl(call, true, false));
    engine.register("pttl", call -> ttl(call, false, false));
    engine.register("expiretime", call -> ttl(call, true, true));
    engine.register("pexpiretime", call -> ttl(call, false, true));
  }

  /** When EXPIRE is to do anything. */
  private record Conditions(boolean nx, boolean xx, boolean gt, boolean lt) {
    static Conditions parse(Call call) {
      boolean nx = false;
      boolean xx = false;
      boolean gt = false;
      boolean lt = false;
      for (int at = 3; at < call.count(); at++) {
        if (call.is(at, "nx")) {
          nx = true;
        } else if (call.is(at, "xx")) {
          xx = true;
        } else if (call.is(at, "gt")) {
          gt = true;
        } else if (call.is(at, "lt")) {
          lt = true;
        } else {
          throw new CommandError("ERR Unsupported option " + Words.text(call.arg(at)));
        }
      }
      if (nx && (xx || gt || lt)) {
        throw new CommandError(
            "ERR NX and XX, GT or LT options at the same time are not compatible");
      }
      if (gt && lt) {
        throw new CommandError("ERR GT and LT options at the same time are not compatible");
      }
      return new Conditions(nx, xx, gt, lt);
    }

    /** No expiry counts as infinite. */
    boolean allow(long current, long next) {
      boolean has = current != Value.NEVER;
      return !((nx && has)
          || (xx && !has)
          || (gt && (!has || next <= current))
          || (lt && has && next >= current));
    }
  }

  private static void expire(Call call, Expiry.Unit unit) {
    byte[] key = call.arg(1);
    Conditions conditions = Conditions.parse(call);
    long atMillis = Expiry.any(call, 2, unit);
    @Nullable Value value = call.db().get(key);
    if (value == null || !conditions.allow(value.expireAtMillis(), atMillis)) {
      call.out().integer(0);
      return;
    }
    if (Expiry.isPast(call, atMillis)) {
      call.db().remove(key);
      call.changed(key);
      call.propagate(Words.DEL, key);
    } else {
      call.db().expireAt(key, atMillis);
      call.changed(key);
      call.propagate(Words.PEXPIREAT, key, Words.bytes(atMillis));
    }
    call.out().integer(1);
  }

  private static void persist(Call call) {
    byte[] key = call.arg(1);
    Value value = call.db().get(key);
    boolean had = value != null && value.expireAtMillis() != Value.NEVER;
    if (had) {
      call.db().expireAt(key, Value.NEVER);
      call.changed(key);
    }
    call.out().integer(had ? 1 : 0);
  }

  private static void ttl(Call call, boolean seconds, boolean absolute) {
    Value value = call.db().peek(call.arg(1));
    call.engine().stats().looked(value != null);
    if (value == null) {
      call.out().integer(-2);
      return;
    }
    long at = value.expireAtMillis();
    if (at == Value.NEVER) {
      call.out().integer(-1);
      return;
    }
    long millis = absolute ? at : Math.max(0, at - call.nowMillis());
    call.out().integer(seconds ? (millis + 500) / 1000 : millis);
  }
}
