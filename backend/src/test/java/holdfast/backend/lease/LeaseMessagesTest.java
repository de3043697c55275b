package holdfast.backend.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.Records;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeaseMessagesTest {
  private static final NodeId HOLDER = new NodeId("p1");
  private static final List<LeaseRequest> REQUESTS =
      List.of(
          new LeaseRequest.Lease(HOLDER, 7, -1, 3),
          new LeaseRequest.Lease(HOLDER, 7, -1, 3, true),
          new LeaseRequest.GaveUp(HOLDER, 3),
          new LeaseRequest.GaveUp(HOLDER, 3, true),
          new LeaseRequest.Watch(HOLDER, 3, 0x1234, 5_000, 0x1235),
          new LeaseRequest.Hint(HOLDER, new NodeAddress("10.0.0.1", 6379)));
  private static final List<LeaseReply> REPLIES =
      List.of(
          new LeaseReply.Granted(7, 2, 500, 2, Records.of(2, 3)),
          new LeaseReply.Granted(7, 2, 500, 2, null),
          new LeaseReply.Refused(7, "voted in epoch 3", 3, null, true),
          new LeaseReply.Changed(4, Records.of(4, 5), true),
          new LeaseReply.Changed(4, null));

  /** Fields at the end that an older side does not write: defaults stand in for them. */
  private static final int APPENDED_TO_REFUSED_AND_CHANGED = 1;

  @Test
  void readsWhatItWrote() {
    REQUESTS.forEach(request -> assertEquals(request, LeaseRequest.read(request.arguments())));
    REPLIES.forEach(reply -> assertEquals(reply, LeaseReply.read(reply.arguments())));
  }

  @Test
  void refusesEveryMessageThatLacksAFieldOfTheFirstVersion() {
    for (LeaseRequest request : REQUESTS) {
      int needed =
          switch (request) {
            case LeaseRequest.Lease _ -> 7;
            case LeaseRequest.GaveUp _ -> 5;
            case LeaseRequest.Watch _ -> 7;
            default -> request.arguments().size();
          };
      for (int n = 0; n < needed; n++) {
        List<String> cut = request.arguments().subList(0, n);
        assertThrows(IllegalArgumentException.class, () -> LeaseRequest.read(cut));
      }
    }
    for (LeaseReply reply : REPLIES) {
      int appended = reply instanceof LeaseReply.Granted ? 0 : APPENDED_TO_REFUSED_AND_CHANGED;
      for (int n = 0; n < reply.arguments().size() - appended; n++) {
        List<String> cut = reply.arguments().subList(0, n);
        assertThrows(IllegalArgumentException.class, () -> LeaseReply.read(cut));
      }
    }
  }

  @Test
  void takesTheDefaultForWhatAnOlderSideDoesNotSay() {
    List<String> words = new LeaseReply.Changed(4, null, true).arguments();
    assertEquals(
        new LeaseReply.Changed(4, null, false),
        LeaseReply.read(words.subList(0, words.size() - 1)));
  }

  @Test
  void ignoresWhatALaterVersionHasAppended() {
    for (LeaseRequest request : REQUESTS) {
      assertEquals(request, LeaseRequest.read(with(request.arguments(), "later", "7")));
    }
    for (LeaseReply reply : REPLIES) {
      List<String> words = reply.arguments();
      List<String> later = reply instanceof LeaseReply.Granted ? with(words, "later") : words;
      assertEquals(reply, LeaseReply.read(with(later, "later", "7")));
    }
  }

  @Test
  void refusesAMessageThatOnlyALaterVersionReadsAndNamesBoth() {
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> LeaseRequest.read(List.of("HOLDFAST", "GAVEUP", "99", "p1", "3")));
    assertEquals(
        "message for version 99 and later, this side reads version "
            + MessageVersion.OWN
            + ": upgrade it",
        refused.getMessage());
    var reply = new ArrayList<>(REPLIES.getFirst().arguments());
    reply.set(1, "99");
    assertThrows(IllegalArgumentException.class, () -> LeaseReply.read(reply));
  }

  @Test
  void boundsTheWait() {
    var watch =
        (LeaseRequest.Watch)
            LeaseRequest.read(new LeaseRequest.Watch(HOLDER, 1, 0, 1L << 40, 0).arguments());
    assertEquals(LeaseRequest.Watch.WAIT_MILLIS_MAX, watch.waitMillis());
  }

  private static List<String> with(List<String> list, String... more) {
    var longer = new ArrayList<String>(list);
    longer.addAll(List.of(more));
    return longer;
  }
}
