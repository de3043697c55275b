package holdfast.health.sim;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.Records;
import holdfast.health.vote.Durable;
import holdfast.health.vote.Maintenance;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Until when a write that was acknowledged at K = 1 must be in the data of each later master. */
class CheckerTest {
  private static final int WRITE = 1;

  private final Simulation sim = new Simulation(1, SimOptions.ALL_GUARDS, new Tally(), false);
  private final Checker checker = sim.checker;
  private final SimBackend having = sim.backends.get(0);
  private final SimBackend lagging = sim.backends.get(1);

  /** Acknowledged in epoch 1 at K = 1; one backend has it, and another has not. */
  private void acknowledge() {
    checker.persisted(holding(record(1, 1)));
    having.promote();
    having.write(WRITE);
    checker.acknowledged("h0", record(1, 1), WRITE, List.of(), checker.moment(), 0);
  }

  private static AcceptedRecord record(long epoch, int k) {
    return Records.requiring(Records.of(epoch, 3), k);
  }

  private static Durable holding(AcceptedRecord record) {
    AcceptedRecord.VoterEntry voter = record.voters().getFirst();
    return new Durable(
        voter.id(),
        voter.incarnation(),
        record.voters(),
        record.epoch(),
        new NodeId("v2"),
        record,
        record.fingerprint(),
        EpochChain.empty(),
        0,
        Maintenance.NONE);
  }

  @Test
  void asLongAsKIsNotLoweredTo0() {
    acknowledge();
    checker.promoted(2, having, false);
    checker.persisted(holding(record(2, 1)));

    assertThrows(Violation.class, () -> checker.promoted(3, lagging, false));
  }

  @Test
  void andByTheLeaderWhoLowersIt() {
    acknowledge();

    assertThrows(Violation.class, () -> checker.promoted(2, lagging, false));
  }

  @Test
  void noMoreOnceItIsLowered() {
    acknowledge();
    checker.promoted(2, having, false);
    checker.persisted(holding(record(2, 0)));

    assertDoesNotThrow(() -> checker.promoted(3, lagging, false));
  }

  @Test
  void againWhatIsAcknowledgedOnceItIsRaised() {
    acknowledge();
    checker.promoted(2, having, false);
    checker.persisted(holding(record(2, 0)));
    checker.persisted(holding(record(3, 1)));
    checker.acknowledged("h0", record(3, 1), WRITE, List.of(), checker.moment(), 0);

    assertThrows(Violation.class, () -> checker.promoted(4, lagging, false));
  }
}
