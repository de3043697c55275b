package holdfast.health.failover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Records;
import holdfast.backend.model.Role;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** An operator's word reaches a leader that waits in vain for the other backends. */
class DecidedTest {
  private static final long MS = 1_000_000;
  private static final NodeAddress A = Records.at(7001);
  private static final NodeAddress B = Records.at(7002);

  private final AcceptedRecord record = Records.requiring(Records.of(2, 3), 1);
  private final FailoverConfig config = TestConfigs.of(record.backends());

  /** B alone has answered, restarted and of no recorded history. */
  private Stage.Consulting waiting(@Nullable Planned planned) {
    var attempt =
        new Attempt(
            3,
            record.voters(),
            record,
            EpochChain.empty().with(record),
            List.of(),
            List.of(),
            null,
            null,
            null,
            0,
            "test",
            planned);
    var info =
        new NodeInfo(
            Records.run(22),
            Role.REPLICA,
            Records.at(1),
            false,
            false,
            false,
            Records.replid(9),
            null,
            -1,
            500,
            500,
            1,
            100,
            List.of());
    return new Stage.Consulting(
        attempt, 600 * MS, 100 * MS, List.of(B), List.of(new Answer(B, info)));
  }

  private Failover.Step advance(Stage stage) {
    return Failover.advance(config, stage, 50 * MS, B::equals);
  }

  @Test
  void itIsPromotedInTheSameEpoch() {
    Stage.Consulting waiting = waiting(null);
    assertTrue(advance(waiting).effects().isEmpty());
    Failover.Step step = advance(Failover.decided(waiting, B));
    assertInstanceOf(Stage.Promoting.class, step.stage());
    assertEquals(new Failover.Effect.Promote(B, false), step.effects().getLast());
  }

  @Test
  void notWhereTheSwitchIsPlannedOrTheMasterIsMade() {
    Stage.Consulting planned = waiting(Planned.of(B, A, 500 * MS));
    assertSame(planned, Failover.decided(planned, B));
    Stage promoting = advance(Failover.decided(waiting(null), B)).stage();
    assertSame(promoting, Failover.decided(promoting, A));
  }
}
