package holdfast.backend.engine;

import holdfast.backend.resp.RespWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The commands of hashes. Source: Redis {@code t_hash.c}. */
final class HashCommands {
  private static final byte[] HSET = Words.bytes("HSET");

  private HashCommands() {}

  static void register(Engine engine) {
    engine.register("hset", HashCommands::hset);
    engine.register("hmset", HashCommands::hset);
    engine.register("hsetnx", HashCommands::hsetnx);
    engine.register("hget", HashCommands::hget);
    engine.register("hmget", HashCommands::hmget);
    engine.register("hgetall", call -> hgetall(call, true, true));
    engine.register("hkeys", call -> hgetall(call, true, false));
    engine.register("hvals", call -> hgetall(call, false, true));
    engine.register("hdel", call -> call.removeEach(HashValue.class, HashValue::remove));
    engine.register("hexists", HashCommands::hexists);
    engine.register("hlen", HashCommands::hlen);
    engine.register("hstrlen", HashCommands::hstrlen);
    engine.register("hincrby", HashCommands::hincrby);
    engine.register("hincrbyfloat", HashCommands::hincrbyfloat);
    engine.register("hrandfield", HashCommands::hrandfield);
    engine.register("hscan", HashCommands::hscan);
  }

  private static HashValue getOrCreate(Call call) {
    HashValue hash = call.get(call.arg(1), HashValue.class);
    if (hash == null) {
      hash = new HashValue();
      call.db().put(call.arg(1), hash);
    }
    return hash;
  }

  private static void hset(Call call) {
    if (call.count() % 2 == 1) {
      throw Errors.arity(call.facts().name());
    }
    HashValue hash = getOrCreate(call);
    for (int at = 2; at < call.count(); at++) {
      hash.convertIfTooLong(call.arg(at));
    }
    int created = 0;
    for (int at = 2; at < call.count(); at += 2) {
      if (hash.put(call.arg(at), call.arg(at + 1))) {
        created++;
      }
    }
    if (call.facts().name().equals("hmset")) {
      call.out().ok();
    } else {
      call.out().integer(created);
    }
    call.changed(call.arg(1));
  }

  private static void hsetnx(Call call) {
    HashValue hash = getOrCreate(call);
    if (hash.contains(call.arg(2))) {
      call.out().integer(0);
      return;
    }
    hash.put(call.arg(2), call.arg(3));
    call.out().integer(1);
    call.changed(call.arg(1));
  }

  private static void hget(Call call) {
    HashValue hash = call.read(call.arg(1), HashValue.class);
    value(call.out(), hash, call.arg(2));
  }

  private static void hmget(Call call) {
    HashValue hash = call.read(call.arg(1), HashValue.class);
    call.out().array(call.count() - 2);
    for (int at = 2; at < call.count(); at++) {
      value(call.out(), hash, call.arg(at));
    }
  }

  private static void value(RespWriter out, @Nullable HashValue hash, byte[] field) {
    byte[] value = hash == null ? null : hash.get(field);
    if (value == null) {
      out.nil();
    } else {
      out.bulk(value);
    }
  }

  private static void hgetall(Call call, boolean fields, boolean values) {
    HashValue hash = call.read(call.arg(1), HashValue.class);
    RespWriter out = call.out();
    int size = hash == null ? 0 : hash.size();
    if (fields && values) {
      out.map(size);
    } else {
      out.array(size);
    }
    if (hash != null) {
      hash.forEach(
          (field, value) -> {
            if (fields) {
              out.bulk(field);
            }
            if (values) {
              out.bulk(value);
            }
          });
    }
  }

  private static void hexists(Call call) {
    HashValue hash = call.read(call.arg(1), HashValue.class);
    call.out().integer(hash != null && hash.contains(call.arg(2)) ? 1 : 0);
  }

  private static void hlen(Call call) {
    HashValue hash = call.read(call.arg(1), HashValue.class);
    call.out().integer(hash == null ? 0 : hash.size());
  }

  private static void hstrlen(Call call) {
    HashValue hash = call.read(call.arg(1), HashValue.class);
    byte[] value = hash == null ? null : hash.get(call.arg(2));
    call.out().integer(value == null ? 0 : value.length);
  }

  private static void hincrby(Call call) {
    long increment = call.integer(3);
    HashValue hash = call.get(call.arg(1), HashValue.class);
    byte[] text = hash == null ? null : hash.get(call.arg(2));
    long value = 0;
    if (text != null) {
      if (!Numbers.isLong(text)) {
        throw CollectionErrors.HASH_VALUE_NOT_AN_INTEGER;
      }
      value = Numbers.parseLong(text);
    }
    long sum = value + increment;
    if (((value ^ sum) & (increment ^ sum)) < 0) {
      throw Errors.OVERFLOW;
    }
    getOrCreate(call).put(call.arg(2), Words.bytes(sum));
    call.out().integer(sum);
    call.changed(call.arg(1));
  }

  private static void hincrbyfloat(Call call) {
    byte[] key = call.arg(1);
    byte[] field = call.arg(2);
    if (LongDouble.isInfinite(call.arg(3))) {
      throw CollectionErrors.INCREMENT_INFINITE;
    }
    LongDouble sum = LongDouble.parse(call.arg(3));
    if (sum == null) {
      throw Errors.NOT_A_FLOAT;
    }
    HashValue hash = call.get(key, HashValue.class);
    byte[] text = hash == null ? null : hash.get(field);
    if (text != null) {
      LongDouble value = LongDouble.parse(text);
      if (value == null && !LongDouble.isInfinite(text)) {
        throw CollectionErrors.HASH_VALUE_NOT_A_FLOAT;
      }
      sum = value == null ? null : value.plus(sum);
      if (sum == null) {
        throw Errors.NAN_OR_INFINITY;
      }
    }
    byte[] result = Words.bytes(sum.toString());
    getOrCreate(call).put(field, result);
    call.out().bulk(result);
    call.changed(key);
    // A replica might add in another precision.
    call.propagate(HSET, key, field, result);
  }

  private static void hrandfield(Call call) {
    if (call.count() == 2) {
      HashValue hash = call.read(call.arg(1), HashValue.class);
      if (hash == null) {
        call.out().nil();
      } else {
        call.out().bulk(hash.random(call.engine().random())[0]);
      }
      return;
    }
    long count = RandomChoice.countOfPairs(call, 2, "withvalues");
    boolean withValues = call.count() == 4;
    HashValue hash = call.read(call.arg(1), HashValue.class);
    List<byte[][]> chosen = hash == null ? List.of() : choose(call, hash, count);
    RespWriter out = call.out();
    boolean nested = withValues && out.protocol() == 3;
    out.array(withValues && !nested ? 2 * chosen.size() : chosen.size());
    for (byte[][] pair : chosen) {
      if (nested) {
        out.array(2);
      }
      out.bulk(pair[0]);
      if (withValues) {
        out.bulk(pair[1]);
      }
    }
  }

  private static List<byte[][]> choose(Call call, HashValue hash, long count) {
    var random = call.engine().random();
    List<byte[][]> chosen = new ArrayList<>();
    if (count < 0) {
      for (int left = RandomChoice.repeated(count); left > 0; left--) {
        chosen.add(hash.random(random));
      }
      return chosen;
    }
    if (count >= hash.size()) {
      hash.forEach((field, value) -> chosen.add(new byte[][] {field, value}));
      return chosen;
    }
    return RandomChoice.distinct(
        (int) count,
        hash.size(),
        () -> {
          hash.forEach((field, value) -> chosen.add(new byte[][] {field, value}));
          return chosen.toArray(new byte[0][][]);
        },
        () -> hash.random(random),
        pair -> pair[0],
        random);
  }

  private static void hscan(Call call) {
    long cursor = ScanOptions.cursor(call.arg(2));
    HashValue hash = call.read(call.arg(1), HashValue.class);
    CollectionScan.run(
        call,
        cursor,
        hash == null
            ? null
            : (from, options, found) ->
                hash.scan(
                    from,
                    (field, value) -> {
                      if (options.matches(field)) {
                        found.add(field);
                        found.add(value);
                      }
                    }));
  }
}
