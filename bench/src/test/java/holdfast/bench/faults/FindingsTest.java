package holdfast.bench.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.bench.history.Operation;
import holdfast.bench.history.Operation.Action;
import holdfast.bench.history.Operation.Append;
import holdfast.bench.history.Operation.Outcome;
import holdfast.bench.history.Operation.Read;
import holdfast.bench.history.Operation.ReadAll;
import holdfast.bench.history.Operation.Write;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class FindingsTest {
  private static final String LIST = "r:list:h1c0";
  private static final String REGISTER = "r:register:h1c0";

  private final List<Seen> seen = new ArrayList<>();
  private final FinalData data = new FinalData(new TreeMap<>(), new TreeMap<>());

  private void saw(Action action, Outcome outcome, long from, long to, String master) {
    String error = outcome == Outcome.OK ? "" : "an error";
    seen.add(new Seen(1, new Operation("h1c0", action, outcome, from, to), master, error));
  }

  private void pushed(String element, long from, long to, String master) {
    saw(new Append(LIST, element, -1), Outcome.OK, from, to, master);
  }

  private Findings findings() {
    return Findings.of(seen, data);
  }

  @Test
  void countsAcknowledgedElementsThatAreGone() {
    pushed("a", 0, 1, "");
    pushed("b", 2, 3, "");
    pushed("c", 4, 5, "");
    saw(new Append(LIST, "d", -1), Outcome.UNKNOWN, 6, 7, "");
    data.lists().put(LIST, List.of("a"));
    assertEquals(List.of(3L, 5L), findings().lost().stream().map(o -> o.completedNanos()).toList());
    assertEquals(2, findings().lostSpanNanos());
    assertEquals(3, findings().acknowledged());
    assertEquals(Map.of("an error", 1), findings().errors());
    assertFalse(findings().violations().isEmpty());
  }

  @Test
  void countsAcknowledgedValuesOfARegisterAfterTheOneThatIsThere() {
    for (int i = 0; i < 4; i++) {
      saw(new Write(REGISTER, "v" + i), Outcome.OK, 2 * i, 2 * i + 1, "");
    }
    data.registers().put(REGISTER, "v1");
    assertEquals(2, findings().lost().size());
    data.registers().put(REGISTER, "v3");
    assertEquals(0, findings().lost().size());
    assertTrue(findings().violations().isEmpty());
  }

  @Test
  void seesTwoMastersWhenTheEarlierOneAcknowledgesWhatWasSentAfterTheLaterOnesAnswer() {
    pushed("a", 0, 10, "one/x");
    pushed("b", 20, 30, "two/y");
    pushed("c", 25, 45, "one/x"); // sent before: it may have been acknowledged before, too
    data.lists().put(LIST, List.of("a", "b", "c"));
    assertEquals(0, findings().overlapNanos());
    pushed("d", 50, 60, "one/x");
    assertEquals(20, findings().overlapNanos());
  }

  @Test
  void aProcessThatIsMasterAgainOrChangesItsReplicationIdIsNoSecondMaster() {
    pushed("a", 0, 10, "one/x");
    pushed("b", 20, 30, "one/y");
    pushed("c", 40, 50, "two/z");
    pushed("d", 60, 70, "one/w");
    data.lists().put(LIST, List.of("a", "b", "c", "d"));
    assertEquals(0, findings().overlapNanos());
  }

  @Test
  void seesTwoMastersInWhatWasLostAfterTheLastReignBegan() {
    pushed("a", 0, 10, "one/x");
    pushed("b", 20, 30, "two/y");
    pushed("gone", 100, 110, "");
    data.lists().put(LIST, List.of("a", "b"));
    assertEquals(70, findings().overlapNanos());
  }

  @Test
  void seesWhatWasExecutedThoughSaidNeverToBe() {
    saw(new Append(LIST, "a", -1), Outcome.NEVER, 0, 1, "");
    data.lists().put(LIST, List.of("a"));
    assertEquals(List.of("a"), findings().neverExecuted());
  }

  @Test
  void seesWhatTookEffectTwiceOrLate() {
    saw(new Append(LIST, "a", -1), Outcome.UNKNOWN, 0, 1, "");
    pushed("b", 5, 6, "");
    data.lists().put(LIST, List.of("a", "b"));
    assertEquals(List.of(), findings().late());
    data.lists().put(LIST, List.of("b", "a", "b"));
    assertEquals(List.of("a"), findings().late());
    assertEquals(List.of("b"), findings().twice());
  }

  @Test
  void measuresTheLongestTimeWithoutAnAcknowledgedWriteAlsoAtTheEnd() {
    pushed("a", 0, 1, "");
    pushed("b", 2, 11, "");
    saw(new Read(REGISTER, null), Outcome.OK, 40, 50, "");
    data.lists().put(LIST, List.of("a", "b"));
    assertEquals(39, findings().gapMaxNanos());
  }

  @Test
  void handsOverWhatWasSeenAsText() {
    saw(new Append(LIST, "a", 3), Outcome.OK, 0, 1, "run/id");
    saw(new Write(REGISTER, "v"), Outcome.NEVER, 2, 3, "");
    saw(new Read(REGISTER, null), Outcome.OK, 4, 5, "");
    saw(new Read(REGISTER, "v"), Outcome.UNKNOWN, 6, 7, "");
    saw(new ReadAll(LIST, List.of()), Outcome.OK, 8, 9, "");
    saw(new ReadAll(LIST, List.of("a", "b")), Outcome.OK, 8, 9, "");
    for (Seen each : seen) {
      assertEquals(each, Seen.parse(each.line(), new HashMap<>()));
    }
  }

  @Test
  void tellsTheFateThatAnErrorStates() {
    assertEquals(Outcome.NEVER, Seen.fateOf("TRYAGAIN no master within 1 ms: was never sent"));
    assertEquals(Outcome.NEVER, Seen.fateOf("NOREPLICAS too few"));
    assertEquals(
        Outcome.UNKNOWN, Seen.fateOf("MASTERDOWN lost: whether it was executed is unknown"));
    assertEquals(Outcome.UNKNOWN, Seen.fateOf("ERR anything else"));
  }
}
