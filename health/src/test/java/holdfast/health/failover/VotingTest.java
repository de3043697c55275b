package holdfast.health.failover;

import static org.junit.jupiter.api.Assertions.assertEquals;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.Records;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How long a candidate waits for votes. */
class VotingTest {
  private final AcceptedRecord record = Records.of(2, 3);
  private final FailoverConfig config = TestConfigs.of(record.backends());

  private long waitsAfter(int failures) {
    var attempt =
        new Attempt(
            3,
            record.voters(),
            record,
            EpochChain.empty(),
            List.of(new Attempt.Vote(new NodeId("v1"), 0, 2)),
            List.of(),
            null,
            null,
            null,
            0,
            "test",
            null);
    return Failover.stand(config, attempt, 0, failures).stage().deadlineNanos();
  }

  @Test
  void waitsLongerAfterEachFailureAndNotForEver() {
    assertEquals(config.votingNanos(), waitsAfter(0));
    assertEquals(2 * config.votingNanos(), waitsAfter(1));
    assertEquals(8 * config.votingNanos(), waitsAfter(3));
    assertEquals(8 * config.votingNanos(), waitsAfter(1_000));
  }
}
