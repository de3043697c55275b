package holdfast.proxy.hold;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoomLineTest {
  private final RoomLine<String> line = new RoomLine<>();
  private final List<String> gone = new ArrayList<>();

  private void wait(String... clients) {
    for (String client : clients) {
      line.add(client);
    }
  }

  @Test
  void servesInOrderAsLongAsThereIsRoom() {
    wait("a", "b", "c", "d");
    line.freed();
    line.give(_ -> gone.size() < 2, gone::add);
    assertEquals(List.of("a", "b"), gone);
    line.freed();
    line.give(_ -> true, gone::add);
    assertEquals(List.of("a", "b", "c", "d"), gone);
  }

  @Test
  void whoWantsMoreIsBehindAllWhoWait() {
    wait("a", "b", "c");
    for (int i = 0; i < 5; i++) {
      line.freed();
      int round = i;
      line.give(
          _ -> gone.size() <= round,
          client -> {
            gone.add(client);
            line.add(client);
          });
    }
    assertEquals(List.of("a", "b", "c", "a", "b"), gone);
  }

  @Test
  void whoWaitsForAnotherLinkHoldsNobodyUpAndKeepsItsPlace() {
    wait("x1", "a", "x2", "b");
    line.freed();
    line.give(client -> !client.startsWith("x"), gone::add);
    assertEquals(List.of("a", "b"), gone);
    line.add("y");
    line.freed();
    line.give(_ -> true, gone::add);
    assertEquals(List.of("a", "b", "x1", "x2", "y"), gone);
  }

  @Test
  void nobodyIsAskedAboutBeforeRoomIsFreed() {
    wait("a");
    line.give(_ -> true, gone::add);
    assertTrue(gone.isEmpty());
    line.freed();
    line.give(_ -> false, gone::add);
    line.give(_ -> true, gone::add);
    assertTrue(gone.isEmpty(), "it has been asked about");
  }

  @Test
  void roomThatIsFreedMeanwhileCountsForTheNextTime() {
    wait("a", "b");
    line.freed();
    line.give(
        client -> client.equals("a"),
        client -> {
          gone.add(client);
          line.freed();
        });
    line.give(_ -> true, gone::add);
    assertEquals(List.of("a", "b"), gone);
  }

  @Test
  void whoIsGoneMeanwhileIsNotServed() {
    wait("a", "b", "c");
    line.freed();
    line.give(
        _ -> true,
        client -> {
          gone.add(client);
          line.remove("b");
        });
    assertEquals(List.of("a", "c"), gone);
    assertFalse(line.holds(_ -> true));
  }
}
