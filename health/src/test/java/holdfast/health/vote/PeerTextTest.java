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
          new PeerMessage.PreVoteAnswer(1, true, 3),
          new PeerMessage.VoteAsk(4, true, Records.of(1, 5).voters()),
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

  @Test
  void refusesEveryShorterOrLongerMessage() {
    for (PeerMessage message : MESSAGES) {
      List<String> words = PeerText.write(V1, message);
      for (int n = 0; n < words.size(); n++) {
        List<String> cut = words.subList(0, n);
        assertThrows(IllegalArgumentException.class, () -> PeerText.read(cut));
      }
      var longer = new ArrayList<>(words);
      longer.add("1");
      assertThrows(IllegalArgumentException.class, () -> PeerText.read(longer));
    }
  }

  @Test
  void refusesAnotherVersionAndBrokenFields() {
    List<String> words = new ArrayList<>(PeerText.write(V1, new PeerMessage.ConfirmAsk(4, 2)));
    words.set(2, "2");
    assertThrows(IllegalArgumentException.class, () -> PeerText.read(words));
    words.set(2, "1");
    words.set(5, "four");
    assertThrows(IllegalArgumentException.class, () -> PeerText.read(words));
  }
}
