package holdfast.health.failover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.Adopted;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Records;
import holdfast.backend.model.Role;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who becomes master: at first start, after a failure, at a cold start. */
class ChoiceTest {
  private static final NodeAddress A = Records.at(7001);
  private static final NodeAddress B = Records.at(7002);
  private static final NodeAddress C = Records.at(7003);
  private static final List<NodeAddress> ALL = List.of(A, B, C);
  private static final Answer C_KNOWN = replica(C, 30, 2, 300);

  /** Epoch 2 from offset 200; A is master, B and C were seen caught up. */
  private final AcceptedRecord record =
      Records.of(2, 3)
          .withAdopted(new Adopted(B, Records.run(20), 2))
          .withAdopted(new Adopted(C, Records.run(30), 2));

  private final EpochChain chain = EpochChain.empty().with(Records.of(1, 3)).with(record);

  @Test
  void firstStartNeedsEveryBackend() {
    assertInstanceOf(Choice.Wait.class, FirstStart.choose(ALL, List.of(master(A, 1, 9, 5, 1))));
  }

  @Test
  void firstStartKeepsTheOneMasterWithData() {
    var choice =
        FirstStart.choose(
            ALL, List.of(master(A, 1, 9, 5, 0), master(B, 2, 8, 70, 3), replica(C, 3, 8, 70)));
    var promote = assertInstanceOf(Choice.Promote.class, choice);
    assertEquals(B, promote.backend());
    assertTrue(promote.asItIs());
  }

  @Test
  void firstStartOfEmptyBackendsTakesTheOneMasterElseTheFirst() {
    var fenced = List.of(replica(A, 1, 9, 0), replica(B, 2, 8, 0), replica(C, 3, 7, 0));
    assertEquals(
        A, assertInstanceOf(Choice.Promote.class, FirstStart.choose(ALL, fenced)).backend());
    var one = List.of(replica(A, 1, 9, 0), master(B, 2, 8, 0, 0), replica(C, 3, 7, 0));
    assertEquals(B, assertInstanceOf(Choice.Promote.class, FirstStart.choose(ALL, one)).backend());
  }

  @Test
  void firstStartRefusesWhatCouldThrowDataAway() {
    var two = List.of(master(A, 1, 9, 5, 1), master(B, 2, 8, 7, 3), replica(C, 3, 7, 0));
    var none = List.of(replica(A, 1, 9, 50), replica(B, 2, 8, 0), replica(C, 3, 7, 0));
    var foreign = List.of(master(A, 1, 9, 5, 1), replica(B, 2, 8, 50), replica(C, 3, 9, 5));
    for (var answers : List.of(two, none, foreign)) {
      var refuse = assertInstanceOf(Choice.Refuse.class, FirstStart.choose(ALL, answers));
      assertTrue(refuse.facts().contains("HOLDFAST DECIDE"), refuse.facts());
    }
  }

  @Test
  void takesTheMostAdvancedOfThoseThatHaveNotRestarted() {
    var answers = List.of(replica(B, 20, 2, 300), replica(C, 30, 2, 301));
    assertEquals(C, promoted(answers, true).backend());
    assertInstanceOf(Choice.Wait.class, choose(answers, false));
  }

  @Test
  void putsLineageBeforeOffset() {
    var answers = List.of(replica(B, 20, 2, 250), replica(C, 30, 1, 9_000));
    assertEquals(B, promoted(answers, true).backend());
  }

  @Test
  void judgesDataThatHasNotReachedTheStartByItsBase() {
    // B shows the id of epoch 2 without one byte of it; C has more of epoch 1.
    var answers = List.of(replica(B, 20, 2, 150), replica(C, 30, 1, 160));
    assertEquals(C, promoted(answers, true).backend());
    assertEquals(1, promoted(answers, true).baseEpoch());
  }

  @Test
  void doesNotCountARestartedBackendWhateverItLoaded() {
    var answers = List.of(replica(B, 21, 2, 900), replica(C, 30, 2, 300));
    assertEquals(C, promoted(answers, true).backend());
    assertInstanceOf(Choice.Wait.class, choose(List.of(replica(B, 21, 2, 900)), true));
  }

  @Test
  void dataOfUnknownHistoryStopsAPromotionThatWaitsForNobodyElse() {
    // B's master had begun a history that nobody recorded; what B has of it, C may lack.
    Answer unknown = replica(B, 20, 8, 301);
    var wait = assertInstanceOf(Choice.Wait.class, choose(List.of(unknown, C_KNOWN), true));
    assertTrue(wait.missing().contains("unknown history"), wait.missing());
    assertTrue(wait.missing().contains("HOLDFAST DECIDE"), wait.missing());
    // Restarted, or with nothing in it, it has nothing that could be missed.
    assertEquals(C, promoted(List.of(replica(B, 21, 8, 301), C_KNOWN), true).backend());
    assertEquals(C, promoted(List.of(replica(B, 20, 8, 0), C_KNOWN), true).backend());
  }

  @Test
  void theRecordedMasterLacksNothingHoweverFewOthersThereAre() {
    // Replicas that have nothing yet: their first copy was cut short by a further epoch.
    var answers = List.of(masterOfRecord(300), replica(B, 20, 8, 0), replica(C, 30, 9, 0));
    assertInstanceOf(Choice.Wait.class, durable(record).choose(answers, false));
    assertEquals(A, promoted(durable(record).choose(answers, true)).backend());
    // Restarted, or with the data of an earlier epoch, it may lack some.
    var restarted = List.of(replica(A, 11, 2, 300), replica(B, 20, 8, 0), replica(C, 30, 9, 0));
    assertInstanceOf(Choice.Wait.class, durable(record).choose(restarted, true));
    AcceptedRecord known = record.withAdopted(new Adopted(A, Records.run(11), 2));
    assertInstanceOf(Choice.Wait.class, durable(known).choose(restarted, true));
    var earlier = List.of(masterOfRecord(199), replica(B, 20, 8, 0), replica(C, 30, 9, 0));
    assertInstanceOf(Choice.Wait.class, durable(record).choose(earlier, true));
    // At K = 0 it makes data of unknown history harmless.
    var unknown = List.of(masterOfRecord(300), replica(B, 20, 8, 301));
    assertEquals(A, promoted(unknown, true).backend());
  }

  private Successor durable(AcceptedRecord of) {
    AcceptedRecord atK1 = Records.requiring(of, 1);
    return new Successor(atK1, atK1.backends(), chain, false);
  }

  @Test
  void keepsTheMasterWhereDataIsEqual() {
    var answers = List.of(replica(B, 20, 2, 300), masterOfRecord(300), replica(C, 30, 2, 300));
    assertEquals(A, promoted(answers, true).backend());
  }

  @Test
  void waitsForAllAtAColdStartAndTakesTheMostAdvanced() {
    var two = List.of(replica(A, 11, 2, 300), replica(B, 21, 2, 301));
    assertInstanceOf(Choice.Wait.class, choose(two, true));
    var all = List.of(replica(A, 11, 2, 300), replica(B, 21, 2, 301), replica(C, 31, 9, 0));
    assertEquals(B, promoted(all, true).backend());
  }

  @Test
  void leavesAColdStartToAnOperatorWhereItCannotCompareOrAllIsGone() {
    var unknown = List.of(replica(A, 11, 2, 300), replica(B, 21, 8, 301), replica(C, 31, 9, 0));
    assertInstanceOf(Choice.Refuse.class, choose(unknown, true));
    var empty = List.of(replica(A, 11, 7, 0), replica(B, 21, 8, 0), replica(C, 31, 9, 0));
    assertInstanceOf(Choice.Refuse.class, choose(empty, true));
    assertInstanceOf(
        Choice.Promote.class,
        new Successor(record, record.backends(), chain, true).choose(empty, true));
    assertEquals(
        B, assertInstanceOf(Choice.Promote.class, Successor.decided(B, unknown, chain)).backend());
  }

  private Choice choose(List<Answer> answers, boolean waited) {
    return new Successor(record, record.backends(), chain, false).choose(answers, waited);
  }

  private Choice.Promote promoted(List<Answer> answers, boolean waited) {
    return promoted(choose(answers, waited));
  }

  private static Choice.Promote promoted(Choice choice) {
    return assertInstanceOf(Choice.Promote.class, choice);
  }

  private Answer masterOfRecord(long offset) {
    return answer(A, info(record.masterRunId().value(), Role.MASTER, 2, offset, 1));
  }

  private static Answer master(NodeAddress at, long run, long replid, long offset, long keys) {
    return answer(at, info(Records.hex(run), Role.MASTER, replid, offset, keys));
  }

  private static Answer replica(NodeAddress at, long run, long replid, long offset) {
    return answer(at, info(Records.hex(run), Role.REPLICA, replid, offset, offset > 0 ? 1 : 0));
  }

  private static Answer answer(NodeAddress at, NodeInfo info) {
    return new Answer(at, info);
  }

  private static NodeInfo info(String run, Role role, long replid, long offset, long keys) {
    return new NodeInfo(
        new holdfast.backend.model.RunId(run),
        role,
        role == Role.MASTER ? null : Records.at(9),
        true,
        false,
        false,
        Records.replid(replid),
        null,
        -1,
        offset,
        role == Role.MASTER ? -1 : offset,
        keys,
        100,
        List.of());
  }
}
