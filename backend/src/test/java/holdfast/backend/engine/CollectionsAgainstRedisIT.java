package holdfast.backend.engine;

import holdfast.backend.testing.RedisServer;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Hashes, lists, sets, sorted sets: the same replies as redis-server gives. */
class CollectionsAgainstRedisIT {
  private static RedisServer server;
  private Differential differential;

  @BeforeAll
  static void startRedis() {
    server = RedisServer.start();
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
  void hashesAreTheSame() throws IOException {
    differential.compare(
        11,
        6,
        800,
        "HSET $k { $m $v }",
        "HSET $k $m",
        "HMSET $k { $m $v }",
        "HSETNX $k $m $v",
        "HGET $k $m",
        "HMGET $k { $m }",
        "~HGETALL $k",
        "~HKEYS $k",
        "~HVALS $k",
        "HDEL $k { $m }",
        "HDEL $k { $m }",
        "HEXISTS $k $m",
        "HLEN $k",
        "HSTRLEN $k $m",
        "HINCRBY $k $m $i",
        "HINCRBYFLOAT $k $m $f",
        "!HRANDFIELD $k [$s [WITHVALUES]]",
        "=~HRANDFIELD $k 100 [WITHVALUES|x]",
        "=~HSCAN $k 0 COUNT 100 [MATCH $p]",
        "~HSCAN $k (0|x) (MATCH|COUNT x|COUNT 0|TYPE hash)",
        "SET $k $v",
        "DEL $k");
  }

  @Test
  void smallHashesKeepTheOrderOfInsertion() throws IOException {
    differential.compare(
        12,
        6,
        600,
        "HSET $k { $m $m }",
        "HDEL $k { $m }",
        "HINCRBY $k $m $s",
        "HGETALL $k",
        "HKEYS $k",
        "HVALS $k",
        "HSCAN $k 0 [MATCH $p]");
  }

  @Test
  void listsAreTheSame() throws IOException {
    differential.compare(
        13,
        6,
        800,
        "LPUSH $k { $v }",
        "RPUSH $k { $m }",
        "RPUSH $k { $m }",
        "LPUSHX $k { $v }",
        "RPUSHX $k { $v }",
        "LPOP $k [$i]",
        "RPOP $k [$i]",
        "LLEN $k",
        "LRANGE $k $i $i",
        "LRANGE $k 0 -1",
        "LINDEX $k $i",
        "LSET $k $i $v",
        "LINSERT $k (BEFORE|AFTER|x) $m $v",
        "LREM $k $s $m",
        "LREM $k $i $m",
        "LTRIM $k $s $s",
        "LTRIM $k (0|1|-10) -1",
        "LPOS $k $m [RANK $s] [COUNT $s] [MAXLEN $s]",
        "LPOS $k $m [COUNT $i] [RANK $i] [MAXLEN $i] [x]",
        "LMOVE $k $k (LEFT|RIGHT) (LEFT|RIGHT|x)",
        "RPOPLPUSH $k $k",
        "LMPOP 1 $k (LEFT|RIGHT|x) [COUNT $i]",
        "LMPOP 2 $k $k (LEFT|RIGHT) [COUNT $s]",
        "LMPOP $i $k $k (LEFT|RIGHT) [COUNT $s] [COUNT 1]",
        "SET $k $v",
        "DEL $k");
  }

  @Test
  void setsAreTheSame() throws IOException {
    differential.compare(
        14,
        6,
        800,
        "SADD $k { $m }",
        "SADD $k { $s }",
        "SADD $k { $v }",
        "SREM $k { $m }",
        "SREM $k { $s }",
        "~SMEMBERS $k",
        "SISMEMBER $k $m",
        "SMISMEMBER $k { $s }",
        "SCARD $k",
        "SMOVE $k $k $m",
        "SMOVE $k $k $s",
        "=~SPOP $k (0|100|-1|x)",
        "=~SRANDMEMBER $k (0|100|x)",
        "!SRANDMEMBER $k [$s]",
        "~SINTER { $k }",
        "SINTERSTORE $k { $k }",
        "SINTERCARD 1 $k [LIMIT $i]",
        "SINTERCARD 2 $k $k [LIMIT $s] [LIMIT 1]",
        "SINTERCARD $i $k $k",
        "~SUNION { $k }",
        "SUNIONSTORE $k { $k }",
        "~SDIFF { $k }",
        "SDIFFSTORE $k { $k }",
        "=~SSCAN $k 0 COUNT 100 [MATCH $p]",
        "~SSCAN $k (0|x) (MATCH|COUNT x|COUNT 0|TYPE set)",
        "SET $k $v",
        "DEL $k");
  }

  @Test
  void setsOfIntegersAreInTheSameOrder() throws IOException {
    differential.compare(
        15,
        6,
        600,
        "=SADD $k { $s }",
        "=SADD $k { $s }",
        "=SREM $k $s",
        "=SMEMBERS $k",
        "=SINTER $k $k",
        "=SUNION { $k }",
        "=SDIFF { $k }",
        "=SRANDMEMBER $k 100",
        "=SSCAN $k 0",
        "=SPOP $k 100");
  }

  @Test
  void sortedSetsAreTheSame() throws IOException {
    differential.compare(
        16,
        6,
        800,
        "ZADD $k { $f $m }",
        "ZADD $k { $s $m }",
        "ZADD $k { $s $m }",
        "ZADD $k { $s $v }",
        "ZADD $k [NX|XX] [GT|LT] [CH] [INCR] { $s $m }",
        "ZADD $k [NX|XX|GT|LT] [CH] [INCR] $f $m",
        "ZINCRBY $k $f $m",
        "ZINCRBY $k $s $m",
        "ZREM $k { $m }",
        "ZSCORE $k $m",
        "ZMSCORE $k { $m }",
        "ZCARD $k",
        "ZCOUNT $k ($f|<$f|$s) ($f|<$f|$s)",
        "ZRANK $k $m",
        "ZREVRANK $k $m",
        "!ZRANDMEMBER $k [$s [WITHSCORES]]",
        "=ZRANDMEMBER $k 100 [WITHSCORES|x]",
        "=~ZSCAN $k 0 COUNT 100 [MATCH $p]",
        "~ZSCAN $k (0|x) (MATCH|COUNT x|COUNT 0|TYPE zset)",
        "ZPOPMIN $k [$s]",
        "ZPOPMAX $k [$i]",
        "ZMPOP 1 $k (MIN|MAX|x) [COUNT $i]",
        "ZMPOP $i $k $k (MIN|MAX) [COUNT $s]",
        "SET $k $v",
        "DEL $k");
  }

  @Test
  void rangesOfSortedSetsAreTheSame() throws IOException {
    differential.compare(
        17,
        6,
        800,
        "ZADD $k { $s $m }",
        "ZADD $k { $f $m }",
        "ZRANGE $k $i $i [WITHSCORES|REV|x]",
        "ZRANGE $k $s $s [REV] [WITHSCORES]",
        "ZRANGE $k ($s|-inf|<$s) ($s|+inf|<$s) BYSCORE [REV] [LIMIT $s $s] [WITHSCORES]",
        "ZRANGE $k (+inf|$s) (-inf|<$s) BYSCORE REV [LIMIT $s $i] [WITHSCORES]",
        "ZRANGE $k $f $f [BYSCORE|BYLEX|REV] [BYLEX|REV] [LIMIT $i $i]",
        "ZREVRANGE $k $s $s [WITHSCORES]",
        "ZRANGEBYSCORE $k ($s|-inf|<$s) ($s|+inf|<$s) [WITHSCORES] [LIMIT $s $s]",
        "ZREVRANGEBYSCORE $k ($s|+inf|<$s) ($s|-inf|<$s) [WITHSCORES] [LIMIT $s $s]",
        "ZRANGESTORE $k $k $s $s [REV]",
        "ZRANGESTORE $k $k (-inf|$s) (+inf|<$s) BYSCORE [LIMIT $s $s] [REV]",
        "ZRANGESTORE $k $k $i $i [WITHSCORES|LIMIT 0 -1|LIMIT 0 1]",
        "ZCOUNT $k ($s|-inf|<$s) ($s|+inf|<$s)",
        "ZREMRANGEBYRANK $k $s $s",
        "ZREMRANGEBYSCORE $k ($s|<$s) ($s|<$s)",
        "ZREMRANGEBYRANK $k $i $i");
  }

  @Test
  void rangesByMemberAreTheSame() throws IOException {
    differential.compare(
        18,
        6,
        800,
        "ZADD $k { 0 $m }",
        "ZADD $k { 0 $m }",
        "ZRANGE $k (-|>m2|<m2|>|<) (+|>m4|<m4|<|-) BYLEX [REV] [LIMIT $s $s]",
        "ZRANGE $k (+|>m4|<m4|<) (-|>m2|<m2|>|<) BYLEX REV [LIMIT $s $s] [WITHSCORES]",
        "ZRANGE $k >$m (+|>m4|x|+a) BYLEX",
        "ZRANGEBYLEX $k (-|>m2|<m2|>|<|m2) (+|>m4|<m4|<|-) [LIMIT $s $s]",
        "ZREVRANGEBYLEX $k (+|>m4|<m4|<|-) (-|>m2|<m2|>|<) [LIMIT $s $s] [WITHSCORES]",
        "ZRANGESTORE $k $k (-|>m2|<m2) (+|>m4|<m4) BYLEX [REV] [LIMIT $s $s]",
        "ZLEXCOUNT $k (-|>m2|<m2|>|x) (+|>m4|<m4|<|-)",
        "ZREMRANGEBYLEX $k (>m2|<m2|>|x) (>m2|<m3|<|-)",
        "ZREM $k $m");
  }

  @Test
  void combinationsOfSortedSetsAreTheSame() throws IOException {
    differential.compare(
        19,
        6,
        800,
        "ZADD $k { $s $m }",
        "ZADD $k { $f $m }",
        "SADD $k { $m }",
        "ZUNION 2 $k $k [WEIGHTS $s $f] [AGGREGATE (SUM|MIN|MAX|x)] [WITHSCORES]",
        "ZUNION $i $k $k [WITHSCORES]",
        "ZUNIONSTORE $k 2 $k $k [WEIGHTS $f $s] [AGGREGATE (SUM|MIN|MAX)] [WITHSCORES]",
        "ZUNIONSTORE $k 3 $k $k $k [AGGREGATE (SUM|MIN|MAX)] [WEIGHTS 1 2 3]",
        "ZINTER 2 $k $k [WEIGHTS $s $f] [AGGREGATE (SUM|MIN|MAX)] [WITHSCORES]",
        "ZINTERSTORE $k 2 $k $k [WEIGHTS $s $s] [AGGREGATE (SUM|MIN|MAX)]",
        "ZINTERSTORE $k $i $k $k",
        "ZINTERCARD 2 $k $k [LIMIT $i] [WITHSCORES]",
        "ZDIFF 2 $k $k [WITHSCORES]",
        "ZDIFF (0|1|3|x) $k $k [WITHSCORES|WEIGHTS 1 1]",
        "ZDIFFSTORE $k 2 $k $k [x]",
        "ZREM $k { $m }",
        "SREM $k { $m }",
        "DEL $k");
  }

  @Test
  void sortedListsAndSetsAreTheSame() throws IOException {
    differential.compare(
        20,
        8,
        1000,
        "RPUSH $k { $s }",
        "RPUSH $k { $m }",
        "SADD $k { $s }",
        "SADD $k { $m }",
        "ZADD $k { $s $m }",
        "ZADD $k { $s $i }",
        "SET w$s $s",
        "SET w$m $m",
        "HSET h$s (f|g) $s",
        "SORT $k [LIMIT $s $s] [ASC|DESC]",
        "SORT $k ALPHA [LIMIT $i $i] [ASC|DESC]",
        "SORT $k ALPHA [GET #] [GET w*] [GET h*->f] [GET h*->] [GET x]",
        "SORT $k BY w* [LIMIT $s $s] [DESC] [GET #]",
        "SORT $k BY h*->f [DESC] [GET h*->g]",
        "=~SORT $k BY w* ALPHA GET # GET w*",
        "~SORT_RO $k [BY w*] [STORE $k] [ALPHA]",
        "SORT $k [STORE $k]",
        "SORT $k ALPHA [GET w*] STORE $k",
        "~SORT $k [BY] [GET] [LIMIT 1] [LIMIT x 1] [x]",
        "=~SORT $k BY nosort [GET #]",
        "LREM $k 0 $v",
        "SREM $k { $m }",
        "DEL $k");
  }

  @Test
  void listsAndSortedSetsKeepTheirOrderUnsorted() throws IOException {
    differential.compare(
        21,
        4,
        500,
        "RPUSH l$s { $v }",
        "ZADD z$s { $s $m }",
        "SORT l$s BY nosort [LIMIT $s $s] [DESC] [GET #]",
        "SORT z$s BY nosort [LIMIT $s $s] [DESC] [GET #]",
        "SORT l$s BY nosort [DESC] STORE l$s",
        "SORT z$s BY nosort [DESC] STORE l$s");
  }

  @Test
  void largeCollectionsAreTheSame() throws IOException {
    differential.compare(
        22,
        4,
        800,
        "+HSET (h1|h2) { $n $n }",
        "+HDEL (h1|h2) { $n }",
        "HGET (h1|h2) $n",
        "HLEN (h1|h2)",
        "HINCRBY (h1|h2) $n $n",
        "+SADD (s1|s2|s3) { $n }",
        "+SREM (s1|s2) { $n }",
        "SISMEMBER (s1|s2|s3) $n",
        "SADD s2 word",
        "SCARD (s1|s2)",
        "~SINTER (s1|s2) s3",
        "~SDIFF (s1|s2) s3",
        "SUNIONSTORE s4 s1 (s2|s3)",
        "=OBJECT ENCODING (s1|s2|s3|s4|h1|h2|z1|z2|z3|z4)",
        "+RPUSH (l1|l2) { $n }",
        "+LPUSH (l1|l2) { $n }",
        "LINSERT (l1|l2) (BEFORE|AFTER) $n $n",
        "LREM (l1|l2) $s $n",
        "LREM l1 0 $n",
        "LRANGE (l1|l2) $n $n",
        "LINDEX (l1|l2) $n",
        "LSET (l1|l2) $n $n",
        "LTRIM (l1|l2) $s -2",
        "LTRIM (l1|l2) 0 $n",
        "LPOP (l1|l2) $s",
        "RPOP (l1|l2) $n",
        "LPOS (l1|l2) $n [RANK $s] [COUNT 0]",
        "+ZADD (z1|z2|z3) { $n $n }",
        "+ZADD z4 { $s $n }",
        "+ZREM (z1|z2) { $n }",
        "ZRANK (z1|z2|z3|z4) $n",
        "ZREVRANK (z1|z2|z3|z4) $n",
        "ZRANGE (z1|z2|z3|z4) $n $n [REV] [WITHSCORES]",
        "ZRANGE (z1|z4) $s $n BYSCORE [LIMIT $s 20] [WITHSCORES]",
        "ZRANGE (z2|z4) <$n <$s BYSCORE REV [LIMIT $s 20]",
        "ZCOUNT (z1|z2|z3) $n $n",
        "ZREMRANGEBYRANK (z1|z4) $n $n",
        "ZREMRANGEBYSCORE (z1|z2|z4) 500 (510|<520|600)",
        "ZPOPMIN (z1|z2|z4) $s",
        "ZINCRBY (z1|z2|z3|z4) $s $n",
        "ZUNIONSTORE z3 2 z1 z2 [WEIGHTS $s $s] [AGGREGATE (MIN|MAX)]",
        "ZINTERSTORE z2 2 z3 s3",
        "ZDIFF 2 z1 z3 WITHSCORES",
        "ZRANGESTORE z2 z1 0 $n");
  }

  @Test
  void largeSortedSetsOfOneScoreAreTheSame() throws IOException {
    differential.compare(
        23,
        2,
        500,
        "+ZADD (z1|z2) { 0 $n }",
        "+ZREM z1 { $n }",
        "ZRANGEBYLEX (z1|z2) >$n (+|<$n|>$n) [LIMIT $s 10]",
        "ZREVRANGEBYLEX (z1|z2) (+|<$n|>$n) <$n [LIMIT $s 10]",
        "ZLEXCOUNT (z1|z2) (-|>$n|<$n) (+|>$n|<$n)",
        "ZREMRANGEBYLEX z2 >$n <20",
        "ZRANK (z1|z2) $n");
  }
}
