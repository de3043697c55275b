package holdfast.backend.server;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.server.PersistenceSettings.SaveRule;
import java.util.List;
import org.junit.jupiter.api.Test;

class SnapshotSavesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final List<SaveRule> RULES = List.of(new SaveRule(60, 1000), new SaveRule(900, 1));

  @Test
  void isDueByAnyRuleButNotWithoutChanges() {
    assertTrue(SnapshotSaves.isDue(RULES, 60, 1000, false, 0));
    assertFalse(SnapshotSaves.isDue(RULES, 59, 1000, false, 0));
    assertFalse(SnapshotSaves.isDue(RULES, 60, 999, false, 0));
    assertTrue(SnapshotSaves.isDue(RULES, 900, 1, false, 0));
    assertFalse(SnapshotSaves.isDue(RULES, 10_000, 0, false, 0));
    assertFalse(SnapshotSaves.isDue(List.of(new SaveRule(1, 0)), 10, 0, false, 0));
  }

  @Test
  void afterAFailureOneIsDueInAnyCaseButNotAtOnce() {
    assertFalse(SnapshotSaves.isDue(RULES, 10_000, 10_000, true, 5 * SECOND - 1));
    assertTrue(SnapshotSaves.isDue(RULES, 0, 0, true, 5 * SECOND));
    assertFalse(SnapshotSaves.isDue(List.of(), 0, 0, true, 100 * SECOND), "nobody asked for any");
  }
}
