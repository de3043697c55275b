package holdfast.health.runtime;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
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
      engines.add(new EngineProcess());
    }
    engines.forEach(EngineProcess::awaitAnswering);
    List<NodeAddress> addresses = engines.stream().map(EngineProcess::address).toList();
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
        engine(first.master()).start();
        awaitReplicated(second, "b", "2");
      }
      for (int i = 0; i < 3; i++) {
        voters.stop(i);
      }
      engines.forEach(EngineProcess::kill9);
      engines.forEach(EngineProcess::start);
      engines.forEach(EngineProcess::awaitAnswering);
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

  private EngineProcess engine(NodeAddress address) {
    return engines.stream()
        .filter(engine -> engine.address().equals(address))
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
                  value.equals(read(engine.address(), key))
                      && (engine.address().equals(record.master())
                          || info(engine.address())
                              .contains("master_port:" + record.master().port())));
    }
  }

  private static String info(NodeAddress at) {
    try (var jedis = new Jedis(at.host(), at.port())) {
      return jedis.info("replication");
    }
  }

  private static void write(NodeAddress at, String key, String value) {
    try (var jedis = new Jedis(at.host(), at.port())) {
      jedis.set(key, value);
    }
  }

  private static String read(NodeAddress at, String key) {
    try (var jedis = new Jedis(at.host(), at.port())) {
      return jedis.get(key);
    }
  }
}
