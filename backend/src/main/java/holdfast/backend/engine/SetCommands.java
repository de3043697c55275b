package holdfast.backend.engine;

import holdfast.backend.resp.RespWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The commands of one set; those of several are in {@link SetAlgebra}. Source: {@code t_set.c}. */
final class SetCommands {
  private static final byte[] SREM = Words.bytes("SREM");

  /** Members in one SREM that stands for SPOP with a count. */
  private static final int SREM_MEMBERS_MAX = 1024;

  private SetCommands() {}

  static void register(Engine engine) {
    engine.register("sadd", SetCommands::sadd);
    engine.register("srem", call -> call.removeEach(SetValue.class, SetValue::remove));
    engine.register("smembers", SetCommands::smembers);
    engine.register("sismember", SetCommands::sismember);
    engine.register("smismember", SetCommands::smismember);
    engine.register("scard", SetCommands::scard);
    engine.register("smove", SetCommands::smove);
    engine.register("spop", SetCommands::spop);
    engine.register("srandmember", SetCommands::srandmember);
    engine.register("sscan", SetCommands::sscan);
  }

  private static void sadd(Call call) {
    SetValue set = call.get(call.arg(1), SetValue.class);
    if (set == null) {
      set = new SetValue();
      call.db().put(call.arg(1), set);
    }
    int added = 0;
    for (int at = 2; at < call.count(); at++) {
      if (set.add(call.arg(at))) {
        added++;
      }
    }
    if (added > 0) {
      call.changed(call.arg(1));
    }
    call.out().integer(added);
  }

  private static void smembers(Call call) {
    SetValue set = call.read(call.arg(1), SetValue.class);
    RespWriter out = call.out().set(set == null ? 0 : set.size());
    if (set != null) {
      set.forEach(out::bulk);
    }
  }

  private static void sismember(Call call) {
    SetValue set = call.read(call.arg(1), SetValue.class);
    call.out().integer(set != null && set.contains(call.arg(2)) ? 1 : 0);
  }

  private static void smismember(Call call) {
    SetValue set = call.read(call.arg(1), SetValue.class);
    call.out().array(call.count() - 2);
    for (int at = 2; at < call.count(); at++) {
      call.out().integer(set != null && set.contains(call.arg(at)) ? 1 : 0);
    }
  }

  private static void scard(Call call) {
    SetValue set = call.read(call.arg(1), SetValue.class);
    call.out().integer(set == null ? 0 : set.size());
  }

  private static void smove(Call call) {
    byte[] sourceKey = call.arg(1);
    byte[] targetKey = call.arg(2);
    byte[] member = call.arg(3);
    Value source = call.db().get(sourceKey);
    if (source == null) {
      call.out().integer(0); // whatever the target is
      return;
    }
    SetValue from = call.get(sourceKey, SetValue.class);
    SetValue to = call.get(targetKey, SetValue.class);
    if (from == to || from == null) {
      call.out().integer(from != null && from.contains(member) ? 1 : 0);
      return;
    }
    if (!from.remove(member)) {
      call.out().integer(0);
      return;
    }
    call.changedMaybeEmpty(sourceKey, from);
    if (to == null) {
      to = new SetValue();
      call.db().put(targetKey, to);
    }
    if (to.add(member)) {
      call.changed(targetKey);
    }
    call.out().integer(1);
  }

  private static void spop(Call call) {
    if (call.count() > 3) {
      throw Errors.SYNTAX;
    }
    if (call.count() == 3) {
      spopMany(call, call.integer(2, 0, Long.MAX_VALUE, Errors.NOT_POSITIVE));
      return;
    }
    byte[] key = call.arg(1);
    SetValue set = call.get(key, SetValue.class);
    if (set == null) {
      call.out().nil();
      return;
    }
    byte[] member = set.random(call.engine().random());
    set.remove(member);
    call.changedMaybeEmpty(key, set);
    call.propagate(SREM, key, member);
    call.out().bulk(member);
  }

  private static void spopMany(Call call, long count) {
    byte[] key = call.arg(1);
    SetValue set = call.get(key, SetValue.class);
    if (set == null || count == 0) {
      call.out().set(0);
      return;
    }
    List<byte[]> popped;
    if (count >= set.size()) {
      popped = Arrays.asList(set.toArray());
      call.db().remove(key);
      call.changed(key);
      call.propagate(Words.DEL, key);
    } else {
      popped = choose(call, set, (int) count);
      popped.forEach(set::remove);
      call.changed(key);
      propagateRemoval(call, key, popped);
    }
    call.out().set(popped.size());
    popped.forEach(call.out()::bulk);
  }

  private static void propagateRemoval(Call call, byte[] key, List<byte[]> members) {
    for (int from = 0; from < members.size(); from += SREM_MEMBERS_MAX) {
      int to = Math.min(members.size(), from + SREM_MEMBERS_MAX);
      byte[][] command = new byte[2 + to - from][];
      command[0] = SREM;
      command[1] = key;
      for (int i = from; i < to; i++) {
        command[2 + i - from] = members.get(i);
      }
      call.propagate(command);
    }
  }

  private static void srandmember(Call call) {
    if (call.count() > 3) {
      throw Errors.SYNTAX;
    }
    if (call.count() == 2) {
      SetValue set = call.read(call.arg(1), SetValue.class);
      if (set == null) {
        call.out().nil();
      } else {
        call.out().bulk(set.random(call.engine().random()));
      }
      return;
    }
    long count = RandomChoice.count(call, 2);
    SetValue set = call.read(call.arg(1), SetValue.class);
    List<byte[]> chosen = set == null ? List.of() : sample(call, set, count);
    call.out().array(chosen.size());
    chosen.forEach(call.out()::bulk);
  }

  private static List<byte[]> sample(Call call, SetValue set, long count) {
    if (count >= set.size()) {
      return Arrays.asList(set.toArray());
    }
    if (count >= 0) {
      return choose(call, set, (int) count);
    }
    List<byte[]> chosen = new ArrayList<>();
    for (int left = RandomChoice.repeated(count); left > 0; left--) {
      chosen.add(set.random(call.engine().random()));
    }
    return chosen;
  }

  private static List<byte[]> choose(Call call, SetValue set, int count) {
    var random = call.engine().random();
    return RandomChoice.distinct(
        count, set.size(), set::toArray, () -> set.random(random), member -> member, random);
  }

  private static void sscan(Call call) {
    long cursor = ScanOptions.cursor(call.arg(2));
    SetValue set = call.read(call.arg(1), SetValue.class);
    CollectionScan.run(call, cursor, set == null ? null : step(set));
  }

  private static CollectionScan.@Nullable Step step(SetValue set) {
    return (from, options, found) ->
        set.scan(
            from,
            member -> {
              if (options.matches(member)) {
                found.add(member);
              }
            });
  }
}
