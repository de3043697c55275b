package holdfast.backend.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.EpochChain.Link;
import holdfast.backend.model.EpochChain.Position;
import java.util.List;
import org.junit.jupiter.api.Test;

class EpochChainTest {
  /** Epochs 1, 2 from 1 at 100, 3 from 1 at 150 (data of 2 could not be reached). */
  private final EpochChain chain =
      new EpochChain(
          List.of(
              new Link(1, 0, 0, List.of(Records.replid(1))),
              new Link(2, 1, 100, List.of(Records.replid(2))),
              new Link(3, 1, 150, List.of(Records.replid(3), Records.replid(33)))));

  @Test
  void judgesByTheStartThatTheDataHasReachedNotByTheIdItShows() {
    assertEquals(new Position(3, 151), chain.position(Records.replid(3), 151));
    assertEquals(new Position(3, 150), chain.position(Records.replid(33), 150));
    assertEquals(new Position(1, 149), chain.position(Records.replid(3), 149));
    assertEquals(new Position(2, 500), chain.position(Records.replid(2), 500));
  }

  @Test
  void followsTheBaseNotTheNumberOfTheEpoch() {
    // 120 is past the start of 2, but 3 was not promoted from data of 2.
    assertEquals(new Position(1, 120), chain.position(Records.replid(3), 120));
  }

  @Test
  void putsALaterEpochBeforeAnyOffsetOfAnEarlierOne() {
    Position later = chain.position(Records.replid(3), 150);
    Position earlier = chain.position(Records.replid(2), 9_999);
    assertTrue(later != null && earlier != null && later.compareTo(earlier) > 0);
  }

  @Test
  void knowsNothingOfOtherHistories() {
    assertNull(chain.position(Records.replid(4), 10));
  }

  @Test
  void countsTheSecondIdUpToWhereTheHistoriesPart() {
    assertEquals(
        new Position(2, 119),
        chain.positionOf(info(Role.MASTER, Records.replid(9), Records.replid(2), 120, 400, -1)));
    assertEquals(
        new Position(2, 110),
        chain.positionOf(info(Role.MASTER, Records.replid(9), Records.replid(2), 120, 110, -1)));
  }

  @Test
  void distrustsAReplicaWhoseOffsetsSayNothing() {
    assertNull(chain.positionOf(info(Role.REPLICA, Records.replid(3), null, -1, 300, 299)));
    assertNull(chain.positionOf(info(Role.REPLICA, Records.replid(3), null, -1, 1, 1)));
    assertEquals(
        new Position(3, 300),
        chain.positionOf(info(Role.REPLICA, Records.replid(3), null, -1, 300, 300)));
  }

  /** Epoch 4 was promoted from data of epoch 2, which is where 3 had begun too. */
  private static final EpochChain FORKED =
      new EpochChain(
          List.of(
              new Link(1, 0, 0, List.of(Records.replid(1))),
              new Link(2, 1, 100, List.of(Records.replid(2))),
              new Link(3, 2, 200, List.of(Records.replid(3))),
              new Link(4, 2, 150, List.of(Records.replid(4)))));

  @Test
  void dataOfTheBaseIsCommonUpToTheStartOfTheEpoch() {
    assertEquals(200, FORKED.commonOffset(new Position(2, 250), 3));
    assertEquals(200, FORKED.commonOffset(new Position(2, 120), 3));
    assertEquals(100, FORKED.commonOffset(new Position(1, 300), 3));
  }

  @Test
  void dataOfASkippedEpochIsCommonUpToWhereTheTwoParted() {
    assertEquals(150, FORKED.commonOffset(new Position(3, 260), 4));
    assertEquals(100, FORKED.commonOffset(new Position(1, 130), 4));
    // Epoch 3 began before the new one: what it has of its own is common with nobody.
    var early =
        new EpochChain(
            List.of(
                new Link(2, 0, 0, List.of(Records.replid(2))),
                new Link(3, 2, 120, List.of(Records.replid(3))),
                new Link(4, 2, 150, List.of(Records.replid(4)))));
    assertEquals(120, early.commonOffset(new Position(3, 260), 4));
  }

  @Test
  void dataOfTheEpochItselfIsAllCommonAndThatOfNoneUnknown() {
    assertEquals(EpochChain.ALL_COMMON, FORKED.commonOffset(new Position(4, 170), 4));
    assertEquals(-1, FORKED.commonOffset(new Position(9, 170), 4));
    assertEquals(-1, FORKED.commonOffset(new Position(2, 170), 9));
    var apart =
        new EpochChain(
            List.of(
                new Link(3, 0, 0, List.of(Records.replid(3))),
                new Link(4, 2, 150, List.of(Records.replid(4)))));
    assertEquals(-1, apart.commonOffset(new Position(3, 170), 4));
  }

  @Test
  void mergesInOrderAndKeepsTheLatest() {
    EpochChain merged = chain;
    for (int epoch = 4; epoch < 400; epoch++) {
      merged = merged.with(Records.of(epoch, 3));
    }
    assertEquals(EpochChain.LINKS_MAX, merged.links().size());
    assertEquals(399, merged.latestEpoch());
    assertEquals(chain, chain.merged(EpochChain.empty()));
    assertEquals(
        chain,
        new EpochChain(List.of(chain.links().get(1)))
            .merged(new EpochChain(List.of(chain.links().get(0), chain.links().get(2)))));
  }

  @Test
  void refusesTwoDecisionsOfOneEpoch() {
    var other = new EpochChain(List.of(new Link(2, 1, 101, List.of(Records.replid(2)))));
    assertThrows(IllegalStateException.class, () -> chain.merged(other));
  }

  private static NodeInfo info(
      Role role,
      ReplicationId id,
      @org.jspecify.annotations.Nullable ReplicationId second,
      long secondOffset,
      long masterOffset,
      long replicaOffset) {
    return new NodeInfo(
        Records.run(1),
        role,
        role == Role.MASTER ? null : Records.at(7001),
        true,
        false,
        false,
        id,
        second,
        secondOffset,
        masterOffset,
        replicaOffset,
        0,
        100,
        List.of());
  }
}
