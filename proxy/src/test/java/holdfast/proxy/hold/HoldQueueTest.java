package holdfast.proxy.hold;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class HoldQueueTest {
  private static final long MS = 1_000_000;

  private final HoldQueue<String> queue =
      new HoldQueue<>(new HoldLimits(Duration.ofMillis(1000), 1024, 4096, 16));

  @Test
  void firstComeFirstServed() {
    queue.enter("a", 1, 0, 0, true);
    queue.enter("b", 1, 1, 1, true);
    queue.enter("a", 5, 2, 2, true);
    assertEquals(List.of("a", "b"), queue.waiting());
    assertEquals(6, queue.bytes());
    queue.leave("a");
    assertEquals(1, queue.bytes());
    assertEquals(1, queue.size());
  }

  @Test
  void patienceEndsAfterTheWindowAndNotBefore() {
    queue.enter("a", 1, 0, 0, true);
    queue.enter("b", 1, 10 * MS, 10 * MS, true);
    assertEquals(990 * MS, queue.nextExpiryNanos(10 * MS));
    assertEquals(List.of(), queue.takeExpired(1000 * MS - 1));
    assertEquals(List.of("a"), queue.takeExpired(1000 * MS));
    assertEquals(List.of("b"), queue.takeExpired(1010 * MS));
    assertNull(queue.nextExpiryNanos(1010 * MS));
    assertEquals(0, queue.bytes());
  }

  @Test
  void oneThatWasLetGoInVainKeepsItsTime() {
    queue.enter("a", 1, 0, 0, true);
    queue.leave("a");
    queue.enter("a", 1, 0, 900 * MS, true);
    assertEquals(List.of("a"), queue.takeExpired(1000 * MS));
  }

  @Test
  void bytesInAllAreBounded() {
    assertTrue(queue.enter("a", 4000, 0, 0, true));
    assertTrue(queue.enter("b", 96, 0, 0, true));
    assertFalse(queue.enter("c", 1, 0, 0, true));
    assertFalse(queue.enter("b", 97, 0, 0, true), "growing counts too");
    assertEquals(List.of("a"), queue.waiting());
    assertTrue(queue.enter("c", 96, 0, 0, true));
  }

  @Test
  void whenTheOutageLastsLongerThanTheWindowNewcomersWaitOnlyATenth() {
    queue.enter("a", 1, 0, 0, true);
    queue.takeExpired(1000 * MS);
    queue.enter("b", 1, 1001 * MS, 1001 * MS, true);
    assertEquals(List.of("b"), queue.takeExpired(1101 * MS));
    queue.outageEnded();
    queue.enter("c", 1, 2000 * MS, 2000 * MS, true);
    assertEquals(List.of(), queue.takeExpired(2999 * MS));
  }

  @Test
  void limitsMustFitEachOther() {
    assertThrows(
        IllegalArgumentException.class, () -> new HoldLimits(Duration.ofSeconds(1), 2048, 2047, 1));
    assertThrows(
        IllegalArgumentException.class, () -> new HoldLimits(Duration.ofHours(2), 2048, 4096, 1));
    assertThrows(
        IllegalArgumentException.class, () -> new HoldLimits(Duration.ofSeconds(1), 10, 4096, 1));
  }

  /** The outage of the master is none of theirs, and theirs is none of his. */
  @Test
  void whoWaitsForAReplicaWaitsTheWholeWindowAndMakesNoOutage() {
    queue.enter("a", 1, 0, 0, false);
    queue.enter("b", 1, 1500 * MS, 1500 * MS, true);
    assertEquals(List.of("a"), queue.takeExpired(2000 * MS));
    assertEquals(List.of("b"), queue.takeExpired(2500 * MS));
    queue.enter("c", 1, 4000 * MS, 4000 * MS, false);
    assertEquals(List.of(), queue.takeExpired(4999 * MS));
    assertEquals(List.of("c"), queue.takeExpired(5000 * MS));
  }
}
