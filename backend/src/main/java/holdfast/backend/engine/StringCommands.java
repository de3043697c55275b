package holdfast.backend.engine;

import java.util.ArrayList;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** GET, SET and what stands around them. Source: Redis {@code t_string.c}. */
final class StringCommands {
  /** proto-max-bulk-len: no string becomes longer. */
  static final int LENGTH_MAX = 512 * 1024 * 1024;

  private StringCommands() {}

  static void register(Engine engine) {
    engine.register("get", StringCommands::get);
    engine.register("getdel", StringCommands::getDel);
    engine.register("getset", StringCommands::getSet);
    engine.register("setnx", StringCommands::setNx);
    engine.register("mget", StringCommands::mget);
    engine.register("mset", call -> mset(call, false));
    engine.register("msetnx", call -> mset(call, true));
    engine.register("append", StringCommands::append);
    engine.register("strlen", StringCommands::strlen);
    engine.register("getrange", StringCommands::getRange);
    engine.register("substr", StringCommands::getRange);
    engine.register("setrange", StringCommands::setRange);
  }

  private static void get(Call call) {
    Replies.string(call.out(), call.read(call.arg(1), StringValue.class));
  }

  private static void getDel(Call call) {
    byte[] key = call.arg(1);
    StringValue value = call.get(key, StringValue.class);
    Replies.string(call.out(), value);
    if (value != null) {
      call.db().remove(key);
      call.changed(key);
      call.propagate(Words.DEL, key);
    }
  }

  private static void getSet(Call call) {
    byte[] key = call.arg(1);
    Replies.string(call.out(), call.get(key, StringValue.class));
    set(call, key, call.arg(2));
    call.propagate(Words.SET, key, call.arg(2));
  }

  private static void setNx(Call call) {
    byte[] key = call.arg(1);
    boolean free = call.db().get(key) == null;
    if (free) {
      set(call, key, call.arg(2));
    }
    call.out().integer(free ? 1 : 0);
  }

  private static void set(Call call, byte[] key, byte[] value) {
    call.db().put(key, StringValue.of(value));
    call.changed(key);
  }

  private static void mget(Call call) {
    call.out().array(call.count() - 1);
    for (int i = 1; i < call.count(); i++) {
      Value value = call.read(call.arg(i));
      Replies.string(call.out(), value instanceof StringValue string ? string : null);
    }
  }

  private static void mset(Call call, boolean onlyNew) {
    if (call.count() % 2 == 0) {
      throw Errors.arity(call.facts().name());
    }
    if (onlyNew) {
      for (int i = 1; i < call.count(); i += 2) {
        if (call.db().get(call.arg(i)) != null) {
          call.out().integer(0);
          return;
        }
      }
    }
    for (int i = 1; i < call.count(); i += 2) {
      set(call, call.arg(i), call.arg(i + 1));
    }
    if (onlyNew) {
      call.out().integer(1);
    } else {
      call.out().ok();
    }
  }

  private static void append(Call call) {
    byte[] key = call.arg(1);
    byte[] more = call.arg(2);
    StringValue value = call.get(key, StringValue.class);
    if (value == null) {
      value = StringValue.of(more);
      call.db().put(key, value);
    } else {
      checkLength(value.length(), more.length);
      value.append(more);
    }
    call.changed(key);
    call.out().integer(value.length());
  }

  private static void strlen(Call call) {
    StringValue value = call.read(call.arg(1), StringValue.class);
    call.out().integer(value == null ? 0 : value.length());
  }

  private static void getRange(Call call) {
    long start = call.integer(2);
    long end = call.integer(3);
    StringValue value = call.read(call.arg(1), StringValue.class);
    long length = value == null ? 0 : value.length();
    if (value == null || (start < 0 && end < 0 && start > end)) {
      call.out().bulk(Words.EMPTY);
      return;
    }
    start = Math.max(0, start < 0 ? start + length : start);
    end = Math.min(length - 1, Math.max(0, end < 0 ? end + length : end));
    if (start > end || length == 0) {
      call.out().bulk(Words.EMPTY);
    } else {
      call.out().bulk(value.bytes(), (int) start, (int) (end - start + 1));
    }
  }

  private static void setRange(Call call) {
    byte[] key = call.arg(1);
    byte[] part = call.arg(3);
    long offset = call.integer(2);
    if (offset < 0) {
      throw new CommandError("ERR offset is out of range");
    }
    StringValue value = call.get(key, StringValue.class);
    if (part.length == 0) {
      call.out().integer(value == null ? 0 : value.length());
      return;
    }
    checkLength(offset, part.length);
    if (value == null) {
      value = StringValue.raw(Words.EMPTY);
      call.db().put(key, value);
    }
    int end = (int) offset + part.length;
    System.arraycopy(part, 0, value.grown(end), (int) offset, part.length);
    call.changed(key);
    call.out().integer(value.length());
  }

  /**
   * A string must not become longer than Redis allows.
   *
   * @throws CommandError if it would
   */
  static void checkLength(long length, long more) {
    if (length > LENGTH_MAX - more) {
      throw Errors.STRING_TOO_LONG;
    }
  }

  /** The arguments without those that are this word: SET goes to the replicas without GET. */
  static byte[][] without(byte[][] args, int from, String word) {
    var rest = new ArrayList<byte[]>(Arrays.asList(args).subList(0, from));
    for (int i = from; i < args.length; i++) {
      byte @Nullable [] arg = args[i];
      if (!Words.same(arg, word)) {
        rest.add(args[i]);
      }
    }
    return rest.toArray(byte[][]::new);
  }
}
