package holdfast.health.detect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Records;
import holdfast.backend.model.Role;
import holdfast.backend.model.RunId;
import java.util.List;
import org.junit.jupiter.api.Test;

class NodeWatchTest {
  private static final DetectTimings TIMINGS = new DetectTimings(100, 1_000, 1_000, 100, 500);

  private final AcceptedRecord record = Records.of(1, 3);
  private final NodeWatch watch = NodeWatch.begin(record.master(), 0);

  @Test
  void isDownAfterSilenceAndNotBefore() {
    NodeWatch heard = watch.replied(50);
    assertEquals(DownReason.UP, heard.asMaster(TIMINGS, record, 1_049));
    assertEquals(DownReason.SILENT, heard.asMaster(TIMINGS, record, 1_050));
  }

  @Test
  void isDownWhenRefusedForLongEnoughInARow() {
    NodeWatch refused = watch.connectionRefused(10);
    assertEquals(DownReason.UP, refused.asMaster(TIMINGS, record, 500), "one refusal");
    NodeWatch again = refused.connectionRefused(60);
    assertEquals(DownReason.UP, again.asMaster(TIMINGS, record, 109));
    assertEquals(DownReason.REFUSED, again.asMaster(TIMINGS, record, 110));
    assertEquals(DownReason.UP, again.asMaster(TIMINGS, record, 160), "the next attempt hangs");
    NodeWatch answered = refused.replied(50).connectionRefused(70).connectionRefused(110);
    assertEquals(DownReason.UP, answered.asMaster(TIMINGS, record, 110), "not in a row");
  }

  @Test
  void refusalsCountFromTheLossOfTheConnectionBeforeThem() {
    NodeWatch lost = watch.replied(5).disconnected(10);
    assertEquals(DownReason.UP, lost.asMaster(TIMINGS, record, 500), "a loss is no refusal");
    NodeWatch once = lost.connectionRefused(105);
    assertEquals(DownReason.UP, once.asMaster(TIMINGS, record, 110), "a process that restarts");
    NodeWatch refused = lost.connectionRefused(40).connectionRefused(80);
    assertEquals(DownReason.UP, refused.asMaster(TIMINGS, record, 109));
    assertEquals(DownReason.REFUSED, refused.asMaster(TIMINGS, record, 110));
  }

  @Test
  void isDownAtOnceWhenAnotherProcessAnswers() {
    NodeWatch other = watch.informed(info(Records.run(77), Role.MASTER), false, 1);
    assertEquals(DownReason.RUN_ID_CHANGED, other.asMaster(TIMINGS, record, 1));
    assertEquals(DownReason.UP, other.disconnected(1).asMaster(TIMINGS, record, 1));
  }

  @Test
  void isDownWhenItSaysForLongThatItIsAReplica() {
    NodeWatch replica = watch.informed(info(record.masterRunId(), Role.REPLICA), false, 100);
    NodeWatch still = replica.informed(info(record.masterRunId(), Role.REPLICA), false, 1_100);
    assertEquals(DownReason.UP, replica.asMaster(TIMINGS, record, 101));
    assertEquals(DownReason.NOT_MASTER, still.asMaster(TIMINGS, record, 1_100));
    NodeWatch again = replica.informed(info(record.masterRunId(), Role.MASTER), false, 600);
    assertEquals(DownReason.UP, again.replied(1_100).asMaster(TIMINGS, record, 1_100));
  }

  @Test
  void watchesAfreshAfterAGap() {
    NodeWatch refused = watch.connectionRefused(1).connectionRefused(200);
    assertEquals(DownReason.REFUSED, refused.asMaster(TIMINGS, record, 200));
    assertEquals(DownReason.UP, refused.afresh(5_000).asMaster(TIMINGS, record, 5_999));
  }

  @Test
  void hasLostItsReplicasOnlyIfItWasSeenWithThem() {
    NodeInfo told = info(record.masterRunId(), Role.MASTER);
    NodeWatch never = watch.informed(told, true, 10).informed(told, true, 20);
    assertTrue(never.thin());
    assertEquals(10, never.thinSinceNanos());
    assertFalse(never.whole());
    NodeWatch had = never.informed(told, false, 30).informed(told, true, 40).replied(50);
    assertTrue(had.thin());
    assertEquals(40, had.thinSinceNanos());
    assertTrue(had.whole());
    assertFalse(had.afresh(60).whole());
  }

  private static NodeInfo info(RunId runId, Role role) {
    return new NodeInfo(
        runId,
        role,
        role == Role.MASTER ? null : Records.at(9),
        true,
        false,
        false,
        Records.replid(1),
        null,
        -1,
        100,
        100,
        1,
        100,
        List.of());
  }
}
