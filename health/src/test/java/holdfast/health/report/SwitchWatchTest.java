package holdfast.health.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.health.report.SwitchRecord.Loss;
import holdfast.health.report.SwitchRecord.Standing;
import holdfast.health.vote.VoterEvent;
import java.util.List;
import org.junit.jupiter.api.Test;

class SwitchWatchTest {
  private final Story story = new Story().started();

  @Test
  void recordsTheFirstStart() {
    SwitchRecord first = story.switches.records().getFirst();
    assertEquals(1, first.epoch());
    assertTrue(first.isInForce());
    assertEquals(Story.A, first.newMaster());
    assertEquals(Loss.Kind.NONE, first.loss().kind());
    assertTrue(first.reason().contains("first start"), first.reason());
  }

  @Test
  void recordsWhyWhenWhereAndHowLong() {
    story.masterDies();
    story.promoteB();
    SwitchRecord second = story.switches.records().getFirst();
    assertEquals(2, second.epoch());
    assertEquals(Story.A, second.oldMaster());
    assertEquals(Story.B, second.newMaster());
    assertEquals(120, second.startOffset());
    assertTrue(second.reason().contains("REFUSED"), second.reason());
    assertEquals(
        List.of("voting", "fencing", "consulting", "promoting"),
        second.stages().stream().map(SwitchRecord.Took::stage).toList());
    assertEquals(90_000_000, second.nanos());
    assertEquals("no answer of 127.0.0.1:7001", second.stages().get(2).waitedFor());
    assertEquals(
        List.of(new Standing(Story.A, "refused", 0, -1), new Standing(Story.B, "known", 1, 120)),
        second.backends());
    assertEquals(1_700_000_000_000L + 1_110, second.atMillis());
  }

  @Test
  void findsTheLossExactlyWhenTheOldMasterComesBackAsItWas() {
    story.masterDies();
    story.promoteB();
    assertEquals(Loss.Kind.UNKNOWN, story.switches.records().getFirst().loss().kind());
    story.inform(Story.A, Story.master(11, 1, 150, 0));
    Loss loss = story.switches.records().getFirst().loss();
    assertEquals(Loss.Kind.EXACT, loss.kind());
    assertEquals(30, loss.bytes());
  }

  @Test
  void keepsWhatIsCertainOfALossWhateverOthersSay() {
    story.masterDies();
    story.promoteB();
    SwitchRecord unknown = story.switches.records().getFirst();
    var exact = new Loss(Loss.Kind.EXACT, 30, "came back at 150");
    var late = new Loss(Loss.Kind.UNKNOWN, 0, "was made a replica before it was asked");
    SwitchLog known = story.switches.with(unknown.epoch(), exact);
    assertEquals(exact, known.records().getFirst().loss());
    assertSame(known, known.with(unknown.epoch(), late));
    // The leader's own record comes after the finding, too.
    assertEquals(exact, known.with(unknown).records().getFirst().loss());
    assertEquals(exact, story.switches.with(unknown.withLoss(exact)).records().getFirst().loss());
  }

  @Test
  void saysThatTheLossStaysUnknownWhenTheOldMasterHasRestarted() {
    story.masterDies();
    story.promoteB();
    story.inform(Story.A, Story.master(12, 9, 0, 0));
    Loss loss = story.switches.records().getFirst().loss();
    assertEquals(Loss.Kind.UNKNOWN, loss.kind());
    assertTrue(loss.why().contains("has restarted"), loss.why());
  }

  @Test
  void knowsALeastLossWhenItHadSeenTheMasterFartherOn() {
    story.inform(Story.A, Story.master(11, 1, 170, 0, Story.B));
    story.masterDies();
    story.promoteB();
    Loss loss = story.switches.records().getFirst().loss();
    assertEquals(Loss.Kind.AT_LEAST, loss.kind());
    assertEquals(50, loss.bytes());
  }

  @Test
  void recordsAnAttemptThatIsGivenUpWithItsReason() {
    story.masterDies();
    story.on(new VoterEvent.LinkFailed(2, Story.A, true));
    story.pass(700);
    SwitchRecord given = story.switches.records().getFirst();
    assertFalse(given.isInForce());
    assertTrue(given.outcome().contains("needs all 2 backends"), given.outcome());
    assertEquals(null, given.newMaster());
  }

  @Test
  void isTheSameAfterItWentOverTheWire() {
    story.masterDies();
    story.promoteB();
    for (SwitchRecord record : story.switches.records()) {
      assertEquals(record, SwitchText.read(SwitchText.write(record)));
    }
  }

  @Test
  void readsTheRecordOfALaterVersionAndRefusesWhatIsNone() {
    story.masterDies();
    story.promoteB();
    SwitchRecord record = story.switches.records().getFirst();
    String later =
        SwitchText.write(record).replace("silent 0 -1", "silent 0 -1 more") + "weather fine\n";
    assertEquals(record, SwitchText.read(later));
    assertThrows(IllegalArgumentException.class, () -> SwitchText.read("epoch 1\n"));
    assertThrows(IllegalArgumentException.class, () -> SwitchText.read("epoch x\nleader v1\n"));
    assertThrows(IllegalArgumentException.class, () -> SwitchText.read("vote v1\n".repeat(9_000)));
    String many = "epoch 1\nleader v1\n" + "vote v1 1 1 1\n".repeat(65);
    assertThrows(IllegalArgumentException.class, () -> SwitchText.read(many));
  }

  @Test
  void keepsTheLatest64() {
    SwitchRecord record = story.switches.records().getFirst();
    SwitchLog log = SwitchLog.EMPTY;
    for (int epoch = 1; epoch <= 70; epoch++) {
      log =
          log.with(
              SwitchText.read(
                  SwitchText.write(record).replace("epoch 1\n", "epoch " + epoch + "\n")));
    }
    assertEquals(64, log.records().size());
    assertEquals(70, log.records().getFirst().epoch());
    assertEquals(2, log.latest(2).size());
    assertEquals(64, log.with(log.records().getLast()).records().size());
  }
}
