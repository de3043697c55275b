package holdfast.backend.engine;

import java.util.ArrayList;

/** Commands on keys whatever their values. Source: Redis {@code db.c}. */
final class KeyCommands {
  private KeyCommands() {}

  static void register(Engine engine) {
    engine.register("del", KeyCommands::del);
    engine.register("unlink", KeyCommands::del);
    engine.register("exists", KeyCommands::exists);
    engine.register("touch", KeyCommands::exists);
    engine.register("type", KeyCommands::type);
    engine.register("keys", KeyCommands::keys);
    engine.register("scan", KeyCommands::scan);
    engine.register("randomkey", KeyCommands::randomKey);
    engine.register("rename", call -> rename(call, false));
    engine.register("renamenx", call -> rename(call, true));
    engine.register("copy", KeyCommands::copy);
    engine.register("move", KeyCommands::move);
    engine.register("dbsize", call -> call.out().integer(call.db().size()));
  }

  private static void del(Call call) {
    int count = 0;
    for (int i = 1; i < call.count(); i++) {
      if (call.db().remove(call.arg(i))) {
        call.changed(call.arg(i));
        count++;
      }
    }
    call.out().integer(count);
  }

  private static void exists(Call call) {
    int count = 0;
    for (int i = 1; i < call.count(); i++) {
      if (call.read(call.arg(i)) != null) {
        count++;
      }
    }
    call.out().integer(count);
  }

  private static void type(Call call) {
    Value value = call.db().peek(call.arg(1));
    call.out().simple(value == null ? "none" : value.type().wireName());
  }

  private static void keys(Call call) {
    byte[] pattern = call.arg(1);
    boolean all = pattern.length == 1 && pattern[0] == '*';
    Database db = call.db();
    var found = new ArrayList<byte[]>();
    for (ByteTable.Entry<Value> entry : db.entries()) {
      if (all || Glob.matches(pattern, entry.key())) {
        found.add(entry.key());
      }
    }
    found.removeIf(key -> !db.contains(key)); // deletes what has expired
    Replies.bulks(call.out(), found);
  }

  private static void scan(Call call) {
    long cursor = ScanOptions.cursor(call.arg(1));
    ScanOptions options = ScanOptions.parse(call, 2, true);
    Database db = call.db();
    var met = new ArrayList<ByteTable.Entry<Value>>();
    long count = options.count();
    long stepsLeft = count > Long.MAX_VALUE / 10 ? Long.MAX_VALUE : count * 10;
    do {
      cursor = db.scan(cursor, met::add);
    } while (cursor != 0 && --stepsLeft > 0 && met.size() < count);
    var found = new ArrayList<byte[]>();
    for (ByteTable.Entry<Value> entry : met) {
      if (options.matches(entry.key())
          && options.matches(entry.value().type())
          && db.contains(entry.key())) {
        found.add(entry.key());
      }
    }
    call.out().array(2).bulk(Long.toUnsignedString(cursor));
    Replies.bulks(call.out(), found);
  }

  private static void randomKey(Call call) {
    byte[] key = call.db().randomKey(call.engine().random());
    if (key == null) {
      call.out().nil();
    } else {
      call.out().bulk(key);
    }
  }

  private static void rename(Call call, boolean onlyNew) {
    Database db = call.db();
    byte[] from = call.arg(1);
    byte[] to = call.arg(2);
    if (db.get(from) == null) {
      throw Errors.NO_SUCH_KEY;
    }
    if (java.util.Arrays.equals(from, to)) {
      reply(call, onlyNew, false);
      return;
    }
    if (onlyNew && db.get(to) != null) {
      call.out().integer(0);
      return;
    }
    move(db, from, db, to);
    call.changed(from);
    call.changed(to);
    reply(call, onlyNew, true);
  }

  private static void reply(Call call, boolean asNumber, boolean done) {
    if (asNumber) {
      call.out().integer(done ? 1 : 0);
    } else {
      call.out().ok();
    }
  }

  /** Takes a value with its expiry from one key to another. */
  private static void move(Database from, byte[] fromKey, Database to, byte[] toKey) {
    Value value = from.take(fromKey);
    if (value == null) {
      throw new IllegalStateException("the key was there a moment ago");
    }
    long expireAtMillis = value.expireAtMillis();
    value.expireAtMillis(Value.NEVER);
    to.put(toKey, value);
    if (expireAtMillis != Value.NEVER) {
      to.expireAt(toKey, expireAtMillis);
    }
  }

  private static void move(Call call) {
    byte[] key = call.arg(1);
    Database from = call.db();
    Database to = database(call, call.integer(2));
    if (from == to) {
      throw Errors.SAME_OBJECT;
    }
    if (from.get(key) == null || to.get(key) != null) {
      call.out().integer(0);
      return;
    }
    move(from, key, to, key);
    call.changed(from, key);
    call.changed(to, key);
    call.out().integer(1);
  }

  private static Database database(Call call, long index) {
    if (index < 0 || index >= call.engine().keyspace().size()) {
      throw Errors.DB_INDEX;
    }
    return call.engine().keyspace().database((int) index);
  }

  private static void copy(Call call) {
    Database from = call.db();
    Database to = from;
    boolean replace = false;
    for (int at = 3; at < call.count(); at++) {
      if (call.is(at, "REPLACE")) {
        replace = true;
      } else if (call.is(at, "DB") && at + 1 < call.count()) {
        to = database(call, call.integer(++at));
      } else {
        throw Errors.SYNTAX;
      }
    }
    byte[] fromKey = call.arg(1);
    byte[] toKey = call.arg(2);
    if (from == to && java.util.Arrays.equals(fromKey, toKey)) {
      throw Errors.SAME_OBJECT;
    }
    Value value = call.read(fromKey);
    if (value == null || (to.get(toKey) != null && !replace)) {
      call.out().integer(0);
      return;
    }
    to.put(toKey, value.copy());
    if (value.expireAtMillis() != Value.NEVER) {
      to.expireAt(toKey, value.expireAtMillis());
    }
    call.changed(to, toKey);
    call.out().integer(1);
  }
}
