package holdfast.backend.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Commands that change data: every type, sizes on both sides of each change of encoding, expiries
 * short and long, several databases, transactions. The same seed gives the same commands. Some of
 * them fail (a wrong type, say), which is as it should be.
 */
public final class RandomCommands {
  private static final int DATABASES = 3;

  private final Random random;

  /** Starts a sequence. */
  public RandomCommands(long seed) {
    random = new Random(seed);
  }

  /** How many databases are used, from 0. */
  public static int databases() {
    return DATABASES;
  }

  /** The next command, or all commands of a transaction. */
  public List<String[]> next() {
    if (random.nextInt(20) > 0) {
      return List.<String[]>of(one());
    }
    var transaction = new ArrayList<String[]>();
    transaction.add(new String[] {"MULTI"});
    for (int i = random.nextInt(5); i >= 0; i--) {
      transaction.add(one());
    }
    transaction.add(new String[] {"EXEC"});
    return transaction;
  }

  private String[] one() {
    return switch (random.nextInt(12)) {
      case 0, 1, 2 -> string();
      case 3, 4 -> list();
      case 5, 6 -> set();
      case 7, 8 -> hash();
      case 9, 10 -> sortedSet();
      default -> key();
    };
  }

  private String pick(String... from) {
    return from[random.nextInt(from.length)];
  }

  private String number(int bound) {
    return Integer.toString(random.nextInt(bound));
  }

  /** Mostly a key of this type, now and then of another. */
  private String name(String type) {
    String of = random.nextInt(40) == 0 ? pick("s", "l", "t", "h", "z") : type;
    return of + random.nextInt(12);
  }

  private String value() {
    return switch (random.nextInt(10)) {
      case 0 -> "";
      case 1 -> number(20_000);
      case 2 -> Long.toString(random.nextLong());
      case 3 -> "x".repeat(random.nextInt(100));
      case 4 -> "y".repeat(random.nextInt(6000));
      case 5 -> "\r\n\0\u00ff" + number(5);
      case 6 -> number(1000) + "." + number(1000);
      default -> "v" + number(50);
    };
  }

  private String[] with(List<String> head, int count, boolean pairs) {
    var words = new ArrayList<>(head);
    for (int i = 0; i < count; i++) {
      if (pairs) {
        words.add("f" + number(count * 2));
      }
      words.add(pairs ? value() : random.nextBoolean() ? number(count * 4) : value());
    }
    return words.toArray(String[]::new);
  }

  /** Mostly few, now and then enough to change the encoding. */
  private int count() {
    return random.nextInt(15) == 0 ? 100 + random.nextInt(600) : 1 + random.nextInt(4);
  }

  private String[] string() {
    String key = name("s");
    return switch (random.nextInt(24)) {
      case 0, 1, 2, 3 -> new String[] {"SET", key, value()};
      case 4 ->
          new String[] {"SET", key, value(), "PX", Integer.toString(20 + random.nextInt(150))};
      case 5 -> new String[] {"SET", key, value(), "EX", "1000"};
      case 6 -> new String[] {"SET", key, value(), "KEEPTTL"};
      case 7 -> new String[] {"SET", key, value(), pick("NX", "XX"), "GET"};
      case 8 -> new String[] {"APPEND", key, value()};
      case 9 -> new String[] {"SETRANGE", key, number(200), value()};
      case 10 -> new String[] {pick("INCR", "DECR"), key};
      case 11 -> new String[] {"INCRBY", key, number(100_000)};
      case 12 -> new String[] {"INCRBYFLOAT", key, number(10) + "." + number(1000)};
      case 13 -> new String[] {"GETSET", key, value()};
      case 14 -> new String[] {"GETDEL", key};
      case 15 -> new String[] {"GETEX", key, pick("PERSIST", "EXAT"), "9999999999"};
      case 16 -> new String[] {"MSET", key, value(), name("s"), value()};
      case 17 -> new String[] {"SETBIT", key, number(500), number(2)};
      case 18 -> new String[] {"BITOP", pick("AND", "OR", "XOR"), key, name("s"), name("s")};
      case 19, 20 -> with(List.of("PFADD", name("p")), count(), false);
      case 21 -> new String[] {"PFMERGE", name("p"), name("p"), name("p")};
      case 22 -> new String[] {"PFCOUNT", name("p")};
      default -> new String[] {"SETEX", key, "500", value()};
    };
  }

  private String[] list() {
    String key = name("l");
    return switch (random.nextInt(10)) {
      case 0, 1, 2 -> with(List.of(pick("RPUSH", "LPUSH"), key), count(), false);
      case 3 -> new String[] {pick("LPOP", "RPOP"), key, number(4)};
      case 4 -> new String[] {"LREM", key, number(3), "v" + number(50)};
      case 5 -> new String[] {"LTRIM", key, number(5), Integer.toString(-1 - random.nextInt(4))};
      case 6 -> new String[] {"LINSERT", key, pick("BEFORE", "AFTER"), "v" + number(50), value()};
      case 7 -> new String[] {"LSET", key, number(10), value()};
      case 8 ->
          new String[] {"LMOVE", key, name("l"), pick("LEFT", "RIGHT"), pick("LEFT", "RIGHT")};
      default -> new String[] {"RPOPLPUSH", key, name("l")};
    };
  }

  private String[] set() {
    String key = name("t");
    return switch (random.nextInt(10)) {
      case 0, 1, 2 -> {
        int count = count();
        var words = new ArrayList<>(List.of("SADD", key));
        boolean numbers = random.nextInt(3) > 0;
        for (int i = 0; i < count; i++) {
          words.add(numbers ? Long.toString(random.nextLong() >> random.nextInt(60)) : value());
        }
        yield words.toArray(String[]::new);
      }
      case 3 -> new String[] {"SREM", key, number(20), value()};
      case 4 -> new String[] {"SPOP", key};
      case 5 -> new String[] {"SPOP", key, number(5)};
      case 6 -> new String[] {"SMOVE", key, name("t"), number(20)};
      case 7 ->
          new String[] {
            pick("SUNIONSTORE", "SINTERSTORE", "SDIFFSTORE"), key, name("t"), name("t")
          };
      default -> new String[] {"SADD", key, number(20), number(20)};
    };
  }

  private String[] hash() {
    String key = name("h");
    return switch (random.nextInt(8)) {
      case 0, 1, 2 -> with(List.of("HSET", key), count(), true);
      case 3 -> new String[] {"HDEL", key, "f" + number(8), "f" + number(8)};
      case 4 -> new String[] {"HINCRBY", key, "n" + number(5), number(1000)};
      case 5 -> new String[] {"HINCRBYFLOAT", key, "n" + number(5), "0." + number(1000)};
      case 6 -> new String[] {"HSETNX", key, "f" + number(8), value()};
      default -> new String[] {"HSET", key, "f" + number(8), value()};
    };
  }

  private String[] sortedSet() {
    String key = name("z");
    return switch (random.nextInt(10)) {
      case 0, 1, 2 -> {
        int count = count();
        var words = new ArrayList<>(List.of("ZADD", key));
        for (int i = 0; i < count; i++) {
          words.add(score());
          words.add(random.nextInt(30) == 0 ? "m".repeat(70) + number(9) : "m" + number(800));
        }
        yield words.toArray(String[]::new);
      }
      case 3 -> new String[] {"ZREM", key, "m" + number(800), "m" + number(800)};
      case 4 -> new String[] {"ZINCRBY", key, number(10) + ".25", "m" + number(800)};
      case 5 -> new String[] {pick("ZPOPMIN", "ZPOPMAX"), key, number(3)};
      case 6 -> new String[] {"ZREMRANGEBYRANK", key, number(3), number(5)};
      case 7 ->
          new String[] {
            pick("ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE"), key, "2", name("z"), name("z")
          };
      case 8 -> new String[] {"ZRANGESTORE", key, name("z"), "0", "50"};
      default -> new String[] {"ZADD", key, "XX", pick("GT", "LT"), score(), "m" + number(800)};
    };
  }

  private String score() {
    return switch (random.nextInt(8)) {
      case 0 -> "inf";
      case 1 -> "-inf";
      case 2 -> Double.toString(random.nextGaussian());
      case 3 -> Double.toString(random.nextDouble() * 1e20);
      default -> Integer.toString(random.nextInt(2000) - 1000);
    };
  }

  private String[] key() {
    String key = name(pick("s", "l", "t", "h", "z"));
    String other = name(key.substring(0, 1));
    return switch (random.nextInt(14)) {
      case 0, 1 -> new String[] {pick("DEL", "UNLINK"), key, other};
      case 2 -> new String[] {"PEXPIRE", key, Integer.toString(10 + random.nextInt(200))};
      case 3 -> new String[] {"EXPIRE", key, "1000"};
      case 4 -> new String[] {"PERSIST", key};
      case 5 -> new String[] {"RENAME", key, other};
      case 6 -> new String[] {"COPY", key, other, "REPLACE"};
      case 7 -> new String[] {"MOVE", key, number(DATABASES)};
      case 8, 9, 10 -> new String[] {"SELECT", number(DATABASES)};
      case 11 ->
          random.nextInt(10) == 0
              ? new String[] {"SWAPDB", number(DATABASES), number(DATABASES)}
              : new String[] {"EXPIREAT", key, "9999999999"};
      case 12 ->
          random.nextInt(40) == 0
              ? new String[] {pick("FLUSHDB", "FLUSHALL")}
              : new String[] {"RENAMENX", key, other};
      default -> new String[] {"SORT", name("t"), "ALPHA", "STORE", name("l")};
    };
  }
}
