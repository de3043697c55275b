package holdfast.bench.failover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.RedisServer;
import org.junit.jupiter.api.Test;

/** The loads themselves, against one plain Redis: they must see what goes wrong. */
class ClientLoadIT {
  interface Start {
    ClientLoad at(String host, int port, int connections) throws Exception;
  }

  private static void check(Start start) throws Exception {
    try (var redis = RedisServer.start();
        var load = start.at("127.0.0.1", redis.port(), 3)) {
      load.awaitReady();
      ClientLoad.Result seen = load.finish();
      assertEquals(0, seen.errorCount(), () -> seen.toString());
      assertEquals(0, seen.behind(), () -> seen.toString());
      assertEquals(3, seen.acknowledged().size());
      seen.acknowledged()
          .forEach((key, number) -> assertEquals(Long.toString(number), redis.cli("GET", key)));
    }
    try (var redis = RedisServer.start();
        var load = start.at("127.0.0.1", redis.port(), 3)) {
      load.awaitReady();
      redis.kill9();
      redis.restart();
      Thread.sleep(300);
      ClientLoad.Result seen = load.finish();
      assertTrue(seen.errorCount() >= 3, () -> "a retry hid the death of the server: " + seen);
    }
  }

  @Test
  void jedisSeesADeadServer() throws Exception {
    check(ThreadLoad::jedis);
  }

  @Test
  void lettuceSeesADeadServer() throws Exception {
    check(ThreadLoad::lettuce);
  }

  @Test
  void redisPySeesADeadServer() throws Exception {
    check(ProcessLoad::redisPy);
  }

  @Test
  void ioredisSeesADeadServer() throws Exception {
    check(ProcessLoad::ioredis);
  }
}
