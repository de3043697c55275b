package holdfast.backend.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class PsyncReplyTest {
  private static final String A = "a".repeat(40);
  private static final String B = "b".repeat(40);

  /** 1000 bytes under A, then 500 under B; the backlog holds all but the first 200. */
  private final ReplicationHistory history = new ReplicationHistory(A);

  private final Backlog backlog = new Backlog(Backlog.SIZE_MIN, 201);

  PsyncReplyTest() {
    history.advance(1000);
    backlog.append(new byte[800], 0, 800);
    history.promote(B);
    history.advance(500);
    backlog.append(new byte[500], 0, 500);
  }

  private void continues(String id, long offset) {
    assertEquals(
        new PsyncReply.Continue(B, offset),
        PsyncReply.decide(history, backlog, new PsyncRequest(id, offset)));
  }

  private void needsEverything(String id, long offset) {
    assertInstanceOf(
        PsyncReply.FullResync.class,
        PsyncReply.decide(history, backlog, new PsyncRequest(id, offset)));
  }

  @Test
  void continuesWithinTheBacklogUnderTheCurrentId() {
    needsEverything(B, 200);
    continues(B, 201);
    continues(B, 1501);
    needsEverything(B, 1502);
  }

  @Test
  void continuesUnderTheIdBeforeOnlyUpToWhereItWasLeft() {
    needsEverything(A, 200);
    continues(A, 201);
    continues(A, 1001);
    needsEverything(A, 1002);
  }

  @Test
  void anotherHistoryNeedsEverything() {
    needsEverything("c".repeat(40), 300);
    needsEverything("?", -1);
    needsEverything(A, -1);
    needsEverything(A, 0);
  }

  @Test
  void theIdThatMeansNoneMatchesNothing() {
    var fresh = new ReplicationHistory(A);
    assertInstanceOf(
        PsyncReply.FullResync.class,
        PsyncReply.decide(
            fresh,
            new Backlog(Backlog.SIZE_MIN, 1),
            new PsyncRequest(ReplicationHistory.NO_ID, 1)));
  }

  @Test
  void readsIdsWhateverTheirLetterCase() {
    continues(B.toUpperCase(java.util.Locale.ROOT), 300);
  }

  @Test
  void aPromotedReplicaIsAskedForWhatFollowsItsData() {
    assertEquals(new PsyncRequest(B, 1501), history.request());
    assertEquals(1001, history.secondOffset());
  }

  @Test
  void continuingUnderTheSameIdChangesNothingAndUnderAnotherKeepsTheOld() {
    var replica = new ReplicationHistory(A, 700);
    replica.continueUnder(A);
    assertEquals(-1, replica.secondOffset());
    replica.continueUnder(B);
    assertEquals(A, replica.id2());
    assertEquals(701, replica.secondOffset());
    assertEquals(700, replica.offset());
  }

  @Test
  void aSnapshotForgetsBothIds() {
    history.replace("d".repeat(40), 9);
    assertEquals(ReplicationHistory.NO_ID, history.id2());
    assertEquals(-1, history.secondOffset());
    assertEquals(9, history.offset());
  }

  @Test
  void refusesWhatIsNoId() {
    assertThrows(IllegalArgumentException.class, () -> new ReplicationHistory("xyz"));
    assertThrows(IllegalArgumentException.class, () -> new ReplicationHistory("g".repeat(40)));
    assertThrows(IllegalArgumentException.class, () -> new ReplicationHistory(A, -1));
  }
}
