package holdfast.backend.engine;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Blocking commands and propagation: who waits, who is served, what replicas get. */
class BlockingAgainstRedisIT {
  private SideBySide both;

  @BeforeEach
  void start() throws IOException {
    both = new SideBySide();
  }

  @AfterEach
  void stop() throws IOException {
    both.close();
  }

  @Test
  void listsServeWhoWaits() throws IOException {
    both.run(
        """
        b BLPOP l 0
        a RPUSH l 1 2
        b BLPOP l 0
        a DEL l
        b BRPOP k1 l 0
        c BLPOP l 0
        a RPUSH l 1
        a RPUSH l 2
        b BRPOP k1 k2 k1 0
        a RPUSH k2 x y
        a DEL k2
        b BLMPOP 0 2 q1 q2 LEFT COUNT 5
        a RPUSH q2 1 2 3
        b BLMPOP 0 2 q1 q2 RIGHT COUNT 2
        a LPUSH q1 1 2 3
        a LMPOP 2 q2 q1 LEFT COUNT 5
        """);
  }

  @Test
  void movesAreServedInChains() throws IOException {
    both.run(
        """
        b BLMOVE src dst LEFT RIGHT 0
        c BLPOP dst 0
        a RPUSH src x
        b BRPOPLPUSH src dst 0
        a LPUSH src y
        a BLMOVE dst src RIGHT LEFT 0
        b BRPOPLPUSH src src 0
        a DEL src dst
        b BLMOVE src text LEFT LEFT 0
        a SET text x
        a RPUSH src 1
        a BLMOVE src text LEFT LEFT 0
        a BRPOPLPUSH none2 text 0.01x
        """);
  }

  @Test
  void sortedSetsServeWhoWaits() throws IOException {
    both.run(
        """
        b BZPOPMIN z 0
        a ZADD z 1 a 2 b
        b BZPOPMAX y z 0
        b BZMPOP 0 1 zz MAX COUNT 2
        a ZADD zz 1 a 2 b 3 c
        a ZMPOP 1 zz MIN COUNT 3
        b BZPOPMIN z 0
        c BZPOPMAX z 0
        a ZADD z 1 a 2 b 3 c
        a ZPOPMIN z 5
        b HELLO 3
        b BZPOPMIN z 0
        a ZADD z 1.5 a
        b BZMPOP 0 1 z MIN
        a ZADD z 1.5 a
        """);
  }

  @Test
  void keysThatComeInOtherWaysServeToo() throws IOException {
    both.run(
        """
        b BLPOP aa bb 0
        a RPUSH cc 1
        a RENAME cc bb
        b BLPOP ee 0
        a RPUSH ff 1
        a COPY ff ee
        b BLPOP gg 0
        a SADD hh 3 1 2
        a SORT hh STORE gg
        b BZPOPMIN ii 0
        a ZUNIONSTORE ii 1 hh
        b BZPOPMIN jj 0
        a ZRANGESTORE jj ii 0 -1
        b BLPOP kk 0
        a SET kk x
        a DEL kk
        a LPUSH ff 2
        a LMOVE ff kk LEFT LEFT
        """);
  }

  @Test
  void transactionsDoNotBlockAndServeAfterwards() throws IOException {
    both.run(
        """
        a MULTI
        a RPUSH m1 1
        a BLPOP m1 m2 0
        a BLPOP m1 m2 0
        a BLMOVE m1 m2 LEFT LEFT 0
        a BRPOPLPUSH m1 m2 0
        a BLMPOP 0 1 m1 LEFT
        a BZPOPMIN m1 0
        a BZMPOP 0 1 m1 MIN
        a EXEC
        b BRPOP n 0
        a MULTI
        a RPUSH n 1
        a LPOP n
        a EXEC
        a MULTI
        a RPUSH n 1 2
        a LPUSH n 3
        a EXEC
        """);
  }

  @Test
  void writesPropagateAsTheServersDo() throws IOException {
    both.run(
        """
        a SADD s only
        a SPOP s
        a SADD s only
        a SPOP s 1
        a SPOP s 1
        a SADD s 1 2 3
        a SADD s 1
        a SMOVE s t 1
        a SMOVE s s 2
        a SREM s 9
        a SINTERSTORE u s t
        a SUNIONSTORE u s t
        a SINTERSTORE u s nosuch
        a SDIFFSTORE u nosuch
        a HSET h f 1
        a HSET h f 1
        a HSETNX h f 2
        a HINCRBYFLOAT h f 0.1
        a HINCRBY h g 0
        a HDEL h nosuch
        a RPUSH o 1 2 3
        a RPUSHX nosuch 1
        a LTRIM o 0 -1
        a LTRIM o 5 1
        a LREM o 0 q
        a RPUSH o 1 2 3
        a LPOP o 0
        a LPOP o 2
        a LINSERT o BEFORE nosuch x
        a LSET o 0 x
        a LMOVE o o LEFT RIGHT
        a ZADD w INCR 1 a
        a ZINCRBY w 0 a
        a ZINCRBY w 1 a
        a ZADD w GT 1 a
        a ZADD w CH 1 a 3 b
        a ZADD w XX 9 nosuch
        a ZREM w nosuch
        a ZREMRANGEBYSCORE w 100 200
        a ZREMRANGEBYRANK w 0 0
        a ZRANGESTORE wd w 0 -1
        a ZRANGESTORE wd nosuch 0 -1
        a ZRANGESTORE wd nosuch 0 -1
        a ZUNIONSTORE wd 2 nosuch nosuch2
        a ZPOPMIN w 0
        a ZPOPMAX w
        a RPUSH sorted 3 1 2
        a SORT sorted STORE result
        a SORT nosuch STORE result
        a SORT nosuch STORE result
        """);
  }
}
