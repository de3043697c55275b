package holdfast.backend.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
          new LeaseRequest.Watch(HOLDER, 3, 0x1234, 5_000));
  private static final List<LeaseReply> REPLIES =
      List.of(
          new LeaseReply.Granted(7, 2, 500, 2, Records.of(2, 3)),
          new LeaseReply.Granted(7, 2, 500, 2, null),
          new LeaseReply.Refused(7, "voted in epoch 3", 3, null),
          new LeaseReply.Changed(4, Records.of(4, 5)));

  @Test
  void readsWhatItWrote() {
    REQUESTS.forEach(request -> assertEquals(request, LeaseRequest.read(request.arguments())));
    REPLIES.forEach(reply -> assertEquals(reply, LeaseReply.read(reply.arguments())));
  }

  @Test
  void refusesEveryShorterOrLongerMessage() {
    for (LeaseRequest request : REQUESTS) {
      int needed = request instanceof LeaseRequest.Lease ? 7 : request.arguments().size();
      for (int n = 0; n < needed; n++) {
        List<String> cut = request.arguments().subList(0, n);
        assertThrows(IllegalArgumentException.class, () -> LeaseRequest.read(cut));
      }
      if (!(request instanceof LeaseRequest.Lease)) {
        assertThrows(
            IllegalArgumentException.class,
            () -> LeaseRequest.read(with(request.arguments(), "x")));
      }
    }
    for (LeaseReply reply : REPLIES) {
      for (int n = 0; n < reply.arguments().size(); n++) {
        List<String> cut = reply.arguments().subList(0, n);
        assertThrows(IllegalArgumentException.class, () -> LeaseReply.read(cut));
      }
      assertThrows(
          IllegalArgumentException.class, () -> LeaseReply.read(with(reply.arguments(), "x")));
    }
  }

  @Test
  void ignoresWhatALaterReleaseAddsToALeaseRequest() {
    var plain = new LeaseRequest.Lease(HOLDER, 7, -1, 3);
    var engine = new LeaseRequest.Lease(HOLDER, 7, -1, 3, true);
    assertEquals(plain, LeaseRequest.read(with(plain.arguments(), "later")));
    assertEquals(engine, LeaseRequest.read(with(engine.arguments(), "later")));
  }

  @Test
  void namesTheVersionThatItDoesNotSpeak() {
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> LeaseRequest.read(List.of("HOLDFAST", "GAVEUP", "99", "p1", "3")));
    assertTrue(refused.getMessage().contains("99"));
  }

  @Test
  void boundsTheWait() {
    var watch =
        (LeaseRequest.Watch)
            LeaseRequest.read(new LeaseRequest.Watch(HOLDER, 1, 0, 1L << 40).arguments());
    assertEquals(LeaseRequest.Watch.WAIT_MILLIS_MAX, watch.waitMillis());
  }

  private static List<String> with(List<String> list, String more) {
    var longer = new ArrayList<String>(list);
    longer.add(more);
    return longer;
  }
}
