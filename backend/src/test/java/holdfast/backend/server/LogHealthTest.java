package holdfast.backend.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.server.LogHealth.Effect;
import holdfast.backend.server.LogHealth.Event;
import holdfast.backend.server.LogHealth.Sizes;
import holdfast.backend.server.LogHealth.State;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LogHealthTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Sizes SMALL = new Sizes(100, 10, 1);
  private static final Effect REWRITE = new Effect.Rewrite();

  private final PersistenceSettings settings =
      PersistenceSettings.in(Path.of("data")).withRewrite(100, 1000);
  private long now = 7 * SECOND;
  private State state = State.healthy(now);

  private List<Effect> on(Event event) {
    var step = LogHealth.step(settings, state, now, event);
    state = step.state();
    return step.effects();
  }

  private List<Effect> tick() {
    return on(new Event.Tick(SMALL));
  }

  private static long said(List<Effect> effects) {
    return effects.stream().filter(effect -> effect instanceof Effect.Say).count();
  }

  @Test
  void aFailedWriteRefusesWritesUntilItSucceedsAndIsSaidOnce() {
    var effects = on(new Event.WriteFailed("full", false));
    assertEquals(1, said(effects));
    assertTrue(effects.contains(new Effect.Refuse()), effects::toString);
    assertTrue(effects.stream().anyMatch(e -> e instanceof Effect.Stall), effects::toString);
    assertEquals("full", state.problem());
    assertEquals(0, said(on(new Event.WriteFailed("full", false))));
    on(new Event.RetryFailed("still full"));
    assertEquals("still full", state.problem());
    assertEquals(List.of(), tick(), "what is kept needs no base");
    assertTrue(on(new Event.RetrySucceeded()).contains(new Effect.Refuse()));
    assertNull(state.problem());
  }

  @Test
  void aFailedForceNeedsABaseBegunAfterIt() {
    assertTrue(on(new Event.ForceFailed("broken")).contains(REWRITE));
    on(new Event.RetrySucceeded());
    assertEquals("broken", state.problem(), "a second sync that succeeds proves nothing");
    long holesBefore = state.holes();
    // It happens again while the base is written.
    assertFalse(on(new Event.ForceFailed("again")).contains(REWRITE), "one is under way");
    on(new Event.BaseWritten(holesBefore, true, true));
    assertEquals("again", state.problem());
    assertEquals(List.of(REWRITE), tick());
    on(new Event.BaseWritten(state.holes(), true, true));
    assertNull(state.problem());
    assertEquals(List.of(), tick());
  }

  @Test
  void bytesGivenUpNeedABase() {
    on(new Event.WriteFailed("full", true));
    assertEquals(List.of(REWRITE), tick());
    on(new Event.BaseWritten(state.holes(), false, false));
    assertTrue(state.needsBase(), "given up again meanwhile");
    assertEquals(List.of(REWRITE), tick());
    on(new Event.BaseWritten(state.holes(), true, false));
    assertEquals("full", state.problem(), "what came behind it is not written yet");
    on(new Event.RetrySucceeded());
    assertNull(state.problem());
  }

  @Test
  void aRewriteThatFailedIsTriedAgainLater() {
    on(new Event.ForceFailed("broken"));
    assertEquals(1, said(on(new Event.RewriteFailed("full"))));
    assertTrue(state.rewriteFailed());
    now += 5 * SECOND - 1;
    assertEquals(List.of(), tick());
    now += 1;
    assertEquals(List.of(REWRITE), tick());
    assertEquals(List.of(), on(new Event.RewriteAsked()), "one is under way");
  }

  @Test
  void aMastersSnapshotMakesItWhole() {
    on(new Event.ForceFailed("broken"));
    on(new Event.RewriteFailed("given up"));
    on(new Event.Replaced());
    assertNull(state.problem());
    assertFalse(state.needsBase());
    now += 10 * SECOND;
    assertEquals(List.of(), tick());
  }

  @Test
  void itIsRewrittenWhenItHasDoubledOrIsScattered() {
    assertEquals(List.of(), on(new Event.Tick(new Sizes(400, 1000, 8))), "below the least size");
    assertEquals(List.of(REWRITE), on(new Event.Tick(new Sizes(400, 1001, 1))));
    on(new Event.BaseWritten(0, true, true));
    assertEquals(List.of(), on(new Event.Tick(new Sizes(2000, 4000, 1))));
    assertEquals(List.of(REWRITE), on(new Event.Tick(new Sizes(2000, 4001, 1))));
    on(new Event.BaseWritten(0, true, true));
    assertEquals(List.of(REWRITE), on(new Event.Tick(new Sizes(100, 10, 9))));
  }

  @Test
  void whateverHappensAHoleIsNeverForgottenWithoutABaseBegunAfterIt() {
    var random = new Random(11);
    boolean hole = false;
    for (int round = 0; round < 100_000; round++) {
      now += random.nextLong(SECOND);
      long holesBefore = state.holes() - random.nextInt(2);
      Event event =
          switch (random.nextInt(8)) {
            case 0 -> new Event.WriteFailed("w", random.nextBoolean());
            case 1 -> new Event.ForceFailed("f");
            case 2 -> new Event.RetryFailed("r");
            case 3, 4 -> new Event.RetrySucceeded();
            case 5 -> new Event.BaseWritten(holesBefore, random.nextBoolean(), true);
            case 6 -> new Event.RewriteFailed("x");
            default -> new Event.Tick(SMALL);
          };
      on(event);
      hole =
          switch (event) {
            case Event.WriteFailed(_, boolean lacking) -> hole || lacking;
            case Event.ForceFailed _ -> true;
            case Event.BaseWritten(long before, boolean whole, _) ->
                hole && !(whole && before == state.holes());
            default -> hole;
          };
      assertEquals(hole, state.needsBase());
      assertTrue(!hole || state.problem() != null, "acknowledges over a hole");
    }
  }
}
