package holdfast.proxy.runtime;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import holdfast.backend.time.BootTicker;
import holdfast.backend.transport.EventLoops;
import holdfast.routing.command.CommandRules;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a master is asked for its commands. */
@Timeout(60)
class CommandLearnerIT {
  private static final Duration HOUR = Duration.ofHours(1);

  private static CommandLearner learner(EventLoops loops, Duration calm) {
    return new CommandLearner(
        loops,
        ProxySettings.Credentials.NONE,
        CommandRules.NONE,
        BootTicker.system(),
        List.of(),
        calm);
  }

  private static NodeAddress at(RedisServer redis) {
    return new NodeAddress("127.0.0.1", redis.port());
  }

  private static boolean wasAsked(RedisServer redis) {
    return redis.cli("INFO", "commandstats").contains("cmdstat_command:");
  }

  private static void awaitLearned(CommandLearner learner, RedisServer from) {
    await().until(() -> learner.status().startsWith("live " + at(from)));
  }

  @Test
  void leavesTheNextMasterAloneWhileClientsWaitForIt() {
    try (RedisServer first = RedisServer.start();
        RedisServer next = RedisServer.start();
        EventLoops loops = EventLoops.start("learner", 1);
        CommandLearner learner = learner(loops, HOUR)) {
      learner.ask(at(first));
      awaitLearned(learner, first);
      learner.ask(at(next));
      // What was begun on the loop at once would have been sent by the time this is through.
      loops.loop(0).submit(() -> {}).awaitUninterruptibly();
      assertFalse(wasAsked(next));
      assertTrue(wasAsked(first));
    }
  }

  @Test
  void asksTheNextMasterOnceThatIsOver() {
    try (RedisServer first = RedisServer.start();
        RedisServer next = RedisServer.start();
        EventLoops loops = EventLoops.start("learner", 1);
        CommandLearner learner = learner(loops, Duration.ofMillis(1))) {
      learner.ask(at(first));
      awaitLearned(learner, first);
      learner.ask(at(next));
      awaitLearned(learner, next);
    }
  }
}
