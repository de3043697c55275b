package holdfast.proxy.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EachAloneTest {
  private final List<String> done = new ArrayList<>();
  private final List<String> failed = new ArrayList<>();
  private final EachAlone<String> each =
      new EachAlone<>(this::step, (one, cause) -> failed.add(one + " " + cause.getMessage()));

  private void step(String one) {
    switch (one) {
      case "memory" -> throw new OutOfMemoryError("none");
      case "bug" -> throw new IllegalStateException("here");
      case "again" -> each.add("later");
      case "kills" -> each.remove("victim");
      default -> {}
    }
    done.add(one);
  }

  private void add(String... all) {
    for (String one : all) {
      each.add(one);
    }
  }

  @Test
  void whoFailsCostsTheOthersNothing() {
    add("a", "memory", "b", "bug", "c");
    each.run();
    assertEquals(List.of("a", "b", "c"), done);
    assertEquals(List.of("memory none", "bug here"), failed);
    assertTrue(each.isEmpty());
  }

  @Test
  void whoComesMeanwhileIsForTheNextTime() {
    add("again", "a");
    each.run();
    assertEquals(List.of("again", "a"), done);
    assertFalse(each.isEmpty());
    each.run();
    assertEquals(List.of("again", "a", "later"), done);
  }

  @Test
  void whoIsRemovedMeanwhileIsLeftOut() {
    add("kills", "victim", "a");
    each.run();
    assertEquals(List.of("kills", "a"), done);
  }

  @Test
  void nobodyIsLostIfEvenTheFailureFails() {
    var unlucky =
        new EachAlone<String>(
            this::step,
            (one, cause) -> {
              throw new OutOfMemoryError(one);
            });
    List.of("a", "memory", "b").forEach(unlucky::add);
    assertThrows(OutOfMemoryError.class, unlucky::run);
    assertFalse(unlucky.isEmpty());
    unlucky.run();
    assertEquals(List.of("a", "b"), done);
  }
}
