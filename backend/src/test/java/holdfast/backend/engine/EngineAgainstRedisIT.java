package holdfast.backend.engine;

import holdfast.backend.testing.RedisServer;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Strings, keys, expiry, transactions: the same replies as redis-server gives. */
class EngineAgainstRedisIT {
  private static RedisServer server;
  private Differential differential;

  @BeforeAll
  static void startRedis() {
    server = RedisServer.start("--enable-debug-command", "yes");
  }

  @AfterAll
  static void stopRedis() {
    server.close();
  }

  @BeforeEach
  void connect() throws IOException {
    differential = new Differential(server);
  }

  @AfterEach
  void disconnect() throws IOException {
    differential.close();
  }

  @Test
  void stringsAreTheSame() throws IOException {
    differential.compare(
        1,
        6,
        600,
        "SET $k $v",
        "SET $k $v [NX|XX] [GET] [EX $t|PX $t|EXAT $T|PXAT $P|KEEPTTL]",
        "SET $k $v [EX $i] [PX $t] [KEEPTTL] [NX] [XX]",
        "GET $k",
        "GETDEL $k",
        "GETEX $k [EX $t|PX $t|EXAT $T|PXAT $P|PERSIST] [EX $i]",
        "GETSET $k $v",
        "SETNX $k $v",
        "SETEX $k $t $v",
        "PSETEX $k $t $v",
        "MGET { $k }",
        "MSET { $k $v }",
        "MSETNX { $k $v }",
        "APPEND $k $v",
        "STRLEN $k",
        "INCR $k",
        "DECR $k",
        "INCRBY $k $i",
        "DECRBY $k $i",
        "INCRBYFLOAT $k $f",
        "GETRANGE $k $i $i",
        "SUBSTR $k $s $s",
        "SETRANGE $k $s $v",
        "LCS $k $k [LEN] [IDX] [MINMATCHLEN $s] [WITHMATCHLEN]",
        "OBJECT (ENCODING|REFCOUNT|FREQ) $k",
        "!OBJECT IDLETIME $k",
        "DEL $k",
        "%PTTL $k");
  }

  @Test
  void bitsAreTheSame() throws IOException {
    differential.compare(
        2,
        4,
        500,
        "SET $k $v",
        "SETBIT $k $b (0|1|2)",
        "GETBIT $k $b",
        "BITCOUNT $k [$i $i [BYTE|BIT|BITS]]",
        "BITCOUNT $k $s",
        "BITPOS $k (0|1) [$i] [$i] [BYTE|BIT]",
        "BITPOS $k (0|1) $s $s (BYTE|BIT)",
        "BITOP (AND|OR|XOR|NOT) $k { $k }",
        "BITFIELD $k { ( GET (u8|i8|u1|i64|u63|i5|u64|x1|i0|u) ( $b|#$b|#1|#0 ) ) }",
        "BITFIELD $k SET (u8|i8|u1|i64|u63|i5) ( $b|#2|#0 ) $i",
        "BITFIELD $k [OVERFLOW (WRAP|SAT|FAIL|x)] { INCRBY (u8|i8|u1|i64|u63|i5) ( $b|#1 ) $i }",
        "BITFIELD_RO $k GET (u8|i16) $b",
        "BITFIELD_RO $k SET (u8|i16) $b 1",
        "DEL $k",
        "STRLEN $k");
  }

  @Test
  void countsOfDifferentElementsAreTheSame() throws IOException {
    differential.compare(
        5,
        6,
        500,
        "PFADD $k { $m }",
        "=+PFADD (a|b|c) { $n }",
        "=+PFADD (a|b|c) { x$n }",
        "=+PFADD (a|b|c) { $f$n }",
        "=+PFADD a { $i$n$n }",
        "PFADD $k",
        "PFCOUNT $k",
        "PFCOUNT { $k }",
        "PFMERGE $k { $k }",
        "PFMERGE $k",
        "GET $k",
        "OBJECT ENCODING $k",
        "SET $k HYLL",
        "SETRANGE $k $n $v",
        "APPEND (d|e) x",
        "SADD (e|f) $m",
        "DEL (c|d|e|f|none)");
  }

  @Test
  void keysAreTheSame() throws IOException {
    differential.compare(
        3,
        6,
        600,
        "SET $k $v",
        "DEL { $k }",
        "UNLINK { $k }",
        "EXISTS { $k }",
        "TOUCH { $k }",
        "TYPE $k",
        "~KEYS $p",
        "!SCAN (0|1|x|-1) [MATCH $p] [COUNT $i] [TYPE (string|list|x)]",
        "!RANDOMKEY",
        "RENAME $k $k",
        "RENAMENX $k $k",
        "COPY $k $k [DB (0|1|99|x)] [REPLACE]",
        "MOVE $k (1|1|1|0|99|x)",
        "SELECT (0|0|0|1|99|x)",
        "EXPIRE $k $t [NX|XX|GT|LT|GT LT|NX XX|x]",
        "PEXPIRE $k $t [NX|XX|GT|LT|XX GT|XX LT]",
        "EXPIREAT $k $T [NX|XX|GT|LT]",
        "PEXPIREAT $k $P [NX|XX|GT|LT]",
        "PERSIST $k",
        "%TTL $k",
        "%PTTL $k",
        "%EXPIRETIME $k",
        "%PEXPIRETIME $k",
        "DBSIZE",
        "SWAPDB (0|1|99|x) (0|1|99|x)",
        "!MEMORY (USAGE $k [SAMPLES (0|1|x|-1)]|x|DOCTOR|DOCTOR x|PURGE|HELP|USAGE|USAGE $k x)",
        "SLOWLOG (LEN|RESET|GET x|GET -2|GET 1 2|x|LEN x|HELP)",
        "LATENCY (LATEST|HISTORY x|RESET|RESET x y|GRAPH x|x|HISTORY|HISTOGRAM nosuch|HELP)",
        "OBJECT (ENCODING|FREQ|x) $k");
  }

  @Test
  void commandFactsAreTheSame() throws IOException {
    differential.compareFacts();
  }

  @Test
  void transactionsAreTheSame() throws IOException {
    differential.compare(
        4,
        6,
        600,
        "MULTI",
        "MULTI",
        "EXEC",
        "EXEC",
        "DISCARD",
        "WATCH { $k }",
        "UNWATCH",
        "SET $k $v",
        "SET $k $v EX $t",
        "INCR $k",
        "GET $k",
        "NOSUCH $k",
        "GET",
        "SELECT (0|1)",
        "PING [$m]",
        "ECHO $m",
        "CLIENT GETNAME",
        "CLIENT SETNAME (a|b)",
        "CLIENT (x|NO-EVICT x|REPLY x|UNBLOCK x|KILL x|UNBLOCK 1 x|PAUSE x|KILL ID x|KILL ID 0)",
        "!CLIENT (KILL TYPE x|KILL x y|KILL ID 1 x|KILL USER x|LIST x|LIST TYPE x|LIST ID x)",
        "COMMAND (GETKEYS|GETKEYSANDFLAGS) (get|set|mset|del|blmpop|ping|x|zunionstore) [{ $m }]",
        "COMMAND (GETKEYS|GETKEYSANDFLAGS) (blmpop 0 2 a b LEFT|zunionstore d 2 a b|mset a b c)",
        "!COMMAND (LIST FILTERBY x y|LIST x|LIST FILTERBY PATTERN getr*|LIST FILTERBY MODULE x)",
        "!COMMAND HELP",
        "!OBJECT HELP",
        "!PUBSUB HELP",
        "ACL (CAT|CAT x|x|CAT a b)",
        "CONFIG (x|SET a b|SET databases|GET nosuchthing)",
        "OBJECT (x|ENCODING)",
        "PUBLISH $m $m",
        "SPUBLISH $m $m",
        "PUBSUB (CHANNELS|NUMSUB|NUMSUB $m|NUMPAT|SHARDCHANNELS|SHARDNUMSUB $m|x|CHANNELS a b)",
        "AUTH (x|default x|x y|x y z)",
        "!HELLO x",
        "!HELLO (1|4|99)",
        "!HELLO 3 (x|AUTH x|SETNAME|AUTH x y)",
        "FLUSHDB [x|SYNC|ASYNC]",
        "FLUSHALL [x|SYNC|ASYNC]",
        "ACL WHOAMI",
        "nosuch\r\ncommand with \0 bytes");
  }
}
