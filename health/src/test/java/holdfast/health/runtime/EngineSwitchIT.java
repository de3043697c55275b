package holdfast.health.runtime;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.EngineProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Jedis;

/** Three voters before three engines of ours, each a process of its own. */
class EngineSwitchIT {
  private static final Logger LOG = LoggerFactory.getLogger(EngineSwitchIT.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final List<EngineProcess> engines = new ArrayList<>();

  @AfterEach
  void endEngines() {
    engines.forEach(EngineProcess::close);
  }

  @Test
  void replacesAKilledEngineAndComesBackWithItsDataAfterARestartOfEverything() {
    for (int i = 0; i < 3; i++) {
      engines.add(EngineProcess.start("--fenced"));
    }
    List<NodeAddress> addresses = engines.stream().map(EngineSwitchIT::address).toList();
    try (var voters = new VoterCluster(addresses)) {
      AcceptedRecord second;
      try (var holder = new TestHolder(voters.addresses())) {
        AcceptedRecord first = voters.awaitEpoch(1);
        awaitHeld(holder, first.epoch());
        write(first.master(), "a", "1");
        awaitReplicated(first, "a", "1");
        long killedAt = System.nanoTime();
        engine(first.master()).kill9();
        second = awaitHeld(holder, first.epoch() + 1);
        LOG.info(
            "kill -9 of an engine: lease of the next epoch after {} ms",
            (System.nanoTime() - killedAt) / 1_000_000);
        assertNotEquals(first.master(), second.master());
        assertEquals("1", read(second.master(), "a"));
        write(second.master(), "b", "2");
        engine(first.master()).restart();
        awaitReplicated(second, "b", "2");
      }
      for (int i = 0; i < 3; i++) {
        voters.stop(i);
      }
      engines.forEach(EngineProcess::kill9);
      engines.forEach(EngineProcess::restart);
      for (int i = 0; i < 3; i++) {
        voters.start(i);
      }
      AcceptedRecord third = voters.awaitEpoch(second.epoch() + 1);
      awaitReplicated(third, "a", "1");
      awaitReplicated(third, "b", "2");
      write(third.master(), "c", "3");
      awaitReplicated(third, "c", "3");
    }
  }

  private static NodeAddress address(EngineProcess engine) {
    return new NodeAddress("127.0.0.1", engine.port());
  }

  private EngineProcess engine(NodeAddress address) {
    return engines.stream()
        .filter(engine -> address(engine).equals(address))
        .findFirst()
        .orElseThrow();
  }

  private static AcceptedRecord awaitHeld(TestHolder holder, long epoch) {
    return await()
        .pollInterval(Duration.ofMillis(2))
        .atMost(PATIENCE)
        .until(holder::held, record -> record != null && record.epoch() >= epoch);
  }

  /** Every engine has this value, and all but the master follow it. */
  private void awaitReplicated(AcceptedRecord record, String key, String value) {
    for (EngineProcess engine : engines) {
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(20))
          .ignoreExceptions()
          .until(
              () ->
                  value.equals(read(address(engine), key))
                      && (address(engine).equals(record.master())
                          || info(address(engine))
                              .contains("master_port:" + record.master().port())));
    }
  }

  private static String info(NodeAddress at) {
    try (var jedis = new Jedis(at.host(), at.port())) {
      return jedis.info("replication");
    }
  }

  /** As soon as the engine has its own lease. */
  private static void write(NodeAddress at, String key, String value) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .ignoreExceptionsMatching(e -> String.valueOf(e.getMessage()).startsWith("READONLY"))
        .until(
            () -> {
              try (var jedis = new Jedis(at.host(), at.port())) {
                return jedis.set(key, value).equals("OK");
              }
            });
  }

  private static String read(NodeAddress at, String key) {
    try (var jedis = new Jedis(at.host(), at.port())) {
      return jedis.get(key);
    }
  }
}
