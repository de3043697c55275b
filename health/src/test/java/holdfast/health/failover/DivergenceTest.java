package holdfast.health.failover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Records;
import holdfast.backend.model.Role;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Epochs 1 to 3, each from data of the one before, begin at offsets 100, 200 and 300. */
class DivergenceTest {
  private static final NodeAddress OLD = Records.at(7002);

  private final AcceptedRecord record = Records.of(3, 3);
  private final EpochChain chain =
      EpochChain.empty().with(Records.of(1, 3)).with(Records.of(2, 3)).with(record);

  private Divergence of(long replid, long offset, long keys) {
    var info =
        new NodeInfo(
            Records.run(5),
            Role.MASTER,
            null,
            false,
            false,
            false,
            Records.replid(replid),
            null,
            -1,
            offset,
            -1,
            keys,
            100,
            List.of());
    return Divergence.of(chain, record, OLD, info);
  }

  @Test
  void isWhatADeposedMasterWroteBehindTheStartOfTheNewEpoch() {
    assertEquals(new Divergence(3, OLD, 25, true, 300), of(2, 325, 9));
    assertEquals(new Divergence(3, OLD, 125, true, 200), of(1, 325, 9));
  }

  @Test
  void isNothingWhereAllOfItIsPartOfTheNewEpoch() {
    assertNull(of(2, 300, 9));
    assertNull(of(3, 400, 9));
  }

  @Test
  void isAnUpperBoundWhereTheHistoryIsNotKnown() {
    assertEquals(new Divergence(3, OLD, 325, false, -1), of(9, 325, 9));
    assertNull(of(9, 325, 0));
  }
}
