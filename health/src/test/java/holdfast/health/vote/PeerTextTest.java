package holdfast.health.vote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.Records;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeerTextTest {
  private static final NodeId V1 = new NodeId("v1");
  private static final EpochChain CHAIN =
      EpochChain.empty().with(Records.of(1, 3)).with(Records.of(2, 3));
  private static final List<PeerMessage> MESSAGES =
      List.of(
          new PeerMessage.Hello(Records.hex(1), true, 3, 2, -7),
          new PeerMessage.PreVoteAsk(1, 2, 3, true, false),
          new PeerMessage.PreVoteAsk(1, 2, 3, false, true),
          new PeerMessage.Hello(Records.hex(1), true, 3, 2, -7, new Maintenance(5, true)),
          new PeerMessage.PreVoteAnswer(1, true, 3),
          new PeerMessage.VoteAsk(4, true, Records.of(1, 5).voters(), 1_000_000_000),
          new PeerMessage.VoteAnswer(4, true, 4, 123, Records.of(2, 3), CHAIN),
          new PeerMessage.VoteAnswer(4, false, 5, 0, null, EpochChain.empty()),
          new PeerMessage.ConfirmAsk(4, 2),
          new PeerMessage.Confirmed(4, 2),
          new PeerMessage.Activate(Records.of(2, 3), CHAIN),
          new PeerMessage.Accepted(4));

  @Test
  void readsWhatItWrote() {
    for (PeerMessage message : MESSAGES) {
      assertEquals(new PeerText.Said(V1, message), PeerText.read(PeerText.write(V1, message)));
    }
  }

  /** Fields that were appended since the first version, which need not be there. */
  private static int appended(PeerMessage message) {
    return switch (message) {
      case PeerMessage.Hello _ -> 2;
      case PeerMessage.PreVoteAsk _, PeerMessage.VoteAsk _ -> 1;
      default -> 0;
    };
  }

  @Test
  void refusesEveryMessageThatLacksAFieldOfTheFirstVersion() {
    for (PeerMessage message : MESSAGES) {
      List<String> words = PeerText.write(V1, message);
      for (int n = 0; n < words.size() - appended(message); n++) {
        List<String> cut = words.subList(0, n);
        assertThrows(IllegalArgumentException.class, () -> PeerText.read(cut));
      }
    }
  }

  @Test
  void takesDefaultsForWhatAnOlderVoterDoesNotSay() {
    List<String> vote = PeerText.write(V1, new PeerMessage.VoteAsk(4, true, List.of(), 9));
    assertEquals(
        new PeerMessage.VoteAsk(4, true, List.of()),
        PeerText.read(vote.subList(0, vote.size() - 1)).message());
    var said = new PeerMessage.Hello(Records.hex(1), true, 3, 2, -7, new Maintenance(5, true));
    List<String> hello = PeerText.write(V1, said);
    assertEquals(
        new PeerMessage.Hello(Records.hex(1), true, 3, 2, -7),
        PeerText.read(hello.subList(0, hello.size() - 2)).message());
  }

  @Test
  void ignoresWhatALaterVersionHasAppended() {
    for (PeerMessage message : MESSAGES) {
      var later = new ArrayList<>(PeerText.write(V1, message));
      later.add("later");
      later.add("7");
      assertEquals(message, PeerText.read(later).message());
    }
  }

  @Test
  void refusesWhatOnlyALaterVersionReadsAndBrokenFields() {
    List<String> words = new ArrayList<>(PeerText.write(V1, new PeerMessage.ConfirmAsk(4, 2)));
    words.set(2, "2");
    var refused = assertThrows(IllegalArgumentException.class, () -> PeerText.read(words));
    assertEquals(
        "message for version 2 and later, this side reads version 1: upgrade it",
        refused.getMessage());
    words.set(2, "1");
    words.set(5, "four");
    assertThrows(IllegalArgumentException.class, () -> PeerText.read(words));
  }
}
