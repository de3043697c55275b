package holdfast.health.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.Records;
import holdfast.health.vote.VoterEvent;
import java.util.List;
import org.junit.jupiter.api.Test;

class SentinelEventsTest {
  private static final String OLD = "mymaster 127.0.0.1 7001";
  private static final String NEW = "mymaster 127.0.0.1 7002";
  private static final String SLAVE_A = "slave 127.0.0.1:7001 127.0.0.1 7001 @ ";
  private static final String SLAVE_B = "slave 127.0.0.1:7002 127.0.0.1 7002 @ ";

  private final Story story = new Story().started();

  @Test
  void tellsTheFirstMasterAndItsReplica() {
    assertTrue(
        story.events.containsAll(
            List.of("+monitor master " + OLD + " quorum 1", "+slave " + SLAVE_B + OLD)),
        story.events::toString);
  }

  @Test
  void tellsASwitchInSentinelsOrder() {
    story.events.clear();
    story.masterDies();
    story.promoteB();
    assertEquals(
        List.of(
            "+sdown master " + OLD,
            "+odown master " + OLD + " #quorum 1/1",
            "+new-epoch 2",
            "+try-failover master " + OLD,
            "+vote-for-leader " + Records.hex(1) + " 2",
            "+elected-leader master " + OLD,
            "+failover-state-select-slave master " + OLD,
            "+selected-slave " + SLAVE_B + OLD,
            "+failover-state-send-slaveof-noone " + SLAVE_B + OLD,
            "+failover-state-wait-promotion " + SLAVE_B + OLD,
            "+promoted-slave " + SLAVE_B + OLD,
            "+failover-state-reconf-slaves master " + OLD,
            "+failover-end master " + OLD,
            "+switch-master " + OLD + " 127.0.0.1 7002",
            "+slave " + SLAVE_A + NEW),
        story.events);
  }

  @Test
  void tellsTheOldMasterDownUntilItIsBackAndFollows() {
    story.masterDies();
    story.promoteB();
    story.events.clear();
    for (int i = 0; i < 12; i++) {
      story.on(new VoterEvent.BackendRefused(Story.A));
      story.inform(Story.B, Story.master(21, 2, 120, 1));
      story.pass(10);
    }
    assertEquals(List.of("+sdown " + SLAVE_A + NEW), story.events);
    story.events.clear();
    story.inform(Story.A, Story.master(11, 1, 150, 0));
    assertEquals(
        List.of(
            "-sdown " + SLAVE_A + NEW,
            "-role-change " + SLAVE_A + NEW + " new reported role is master"),
        story.events);
    story.events.clear();
    story.inform(Story.A, Story.replica(11, Story.B, 2, 120));
    assertTrue(
        story.events.contains("+slave-reconf-done " + SLAVE_A + NEW), story.events::toString);
  }

  @Test
  void tellsAMasterThatComesBackInTime() {
    story.events.clear();
    for (int i = 0; i < 98; i++) {
      story.on(new VoterEvent.BackendReplied(Story.B));
      story.pass(10);
    }
    assertEquals(List.of(), story.events);
    story.on(new VoterEvent.BackendReplied(Story.A));
    story.pass(990);
    story.on(new VoterEvent.BackendReplied(Story.B));
    assertTrue(story.events.stream().noneMatch(e -> e.contains("master mymaster")));
  }

  @Test
  void tellsWhatAnAttemptThatIsGivenUpFailedAt() {
    story.masterDies();
    story.on(new VoterEvent.LinkFailed(2, Story.A, true));
    story.pass(700); // nobody says where it stands
    assertTrue(
        story.events.contains("-failover-abort-no-good-slave master " + OLD),
        story.events::toString);
  }

  @Test
  void tellsAGapOfTheClockAndItsEnd() {
    story.events.clear();
    story.stop(600);
    assertEquals(List.of("+tilt #tilt mode entered"), story.events);
    for (int i = 0; i < 100; i++) {
      story.inform(Story.A, Story.master(11, 1, 100, 0, Story.B));
      story.inform(Story.B, Story.replica(21, Story.A, 1, 100));
      story.pass(10);
    }
    assertEquals("-tilt #tilt mode exited", story.events.getLast());
  }

  @Test
  void saysNothingWhereNothingHappens() {
    assertEquals(
        List.of(), SentinelEvents.between(story.config, "mymaster", story.state, story.state));
  }
}
