package holdfast.proxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.NodeAddress;
import holdfast.routing.plan.DurabilityRule;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DemoBoardTest {
  private static final NodeAddress NODE = new NodeAddress("127.0.0.1", 7001);

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  @Test
  void drawsTheTableOverItselfOnATerminal() {
    DemoBoard board = board(true);
    show(board, 0, 100);
    show(board, 1_000_000_000L, 700);

    String text = text();
    assertTrue(text.contains("\u001b[2A\u001b[J"), text);
    assertTrue(text.contains("600 writes/s"), text);
    assertTrue(text.contains("127.0.0.1:7001    master"), text);
  }

  @Test
  void printsPlainLinesNowAndThenElsewhere() {
    DemoBoard board = board(false);
    show(board, 0, 100);

    assertFalse(board.isDue(4_999_999_999L));
    assertTrue(board.isDue(5_000_000_000L));
    assertEquals(1, text().lines().count());
    assertFalse(text().contains("\u001b"));
  }

  @Test
  void sumsThePausesUp() {
    DemoBoard board = board(false);
    var one = new SwitchReport(1, 4, "a:1", "b:2", 2, 300_000_000L, 310_000_000L, 9, 2, 0);
    var two = new SwitchReport(2, 12, "b:2", "c:3", 3, 500_000_000L, 510_000_000L, 9, 1, 0);
    board.switched(one);
    board.switched(two);
    board.summary(
        List.of(one, two),
        Map.of("writes", "10", "reads", "5", "errors", "0", "stale", "0"),
        "p50",
        "all there",
        "");

    String text = text();
    assertTrue(
        text.contains("2 kills; pause in writes: shortest 300 ms, mean 400 ms, longest 500 ms"),
        text);
    assertTrue(text.contains("missing after a switch: 3"), text);
  }

  private DemoBoard board(boolean terminal) {
    return new DemoBoard(
        new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal, DurabilityRule.NONE);
  }

  private static void show(DemoBoard board, long nowNanos, long writes) {
    board.show(
        nowNanos,
        1,
        new MasterView.Master(NODE, 4),
        Map.of("writes", Long.toString(writes), "reads", "0", "errors", "0", "stale", "0"),
        0,
        List.of(NODE),
        Map.of(NODE, Map.of("role", "master", "total_commands_processed", "5")));
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
