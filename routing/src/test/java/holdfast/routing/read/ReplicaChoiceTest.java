package holdfast.routing.read;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ReplicaChoiceTest {
  private final ReplicaChoice choice = new ReplicaChoice();

  @Test
  void picksTheOneWithTheFewestInFlight() {
    assertEquals(1, choice.choose(new int[] {3, 1, 2}, 3));
  }

  @Test
  void takesTurnsAmongEquals() {
    int[] counts = new int[3];
    for (int i = 0; i < 30; i++) {
      counts[choice.choose(new int[] {0, 0, 0}, 3)]++;
    }
    assertEquals(10, counts[0]);
    assertEquals(10, counts[1]);
    assertEquals(10, counts[2]);
  }

  @Test
  void passesOverThoseThatAreNotFit() {
    for (int i = 0; i < 5; i++) {
      assertEquals(2, choice.choose(new int[] {-1, -1, 100}, 3));
    }
  }

  @Test
  void saysSoIfNoneIsFit() {
    assertEquals(ReplicaChoice.NONE, choice.choose(new int[] {-1, -1}, 2));
    assertEquals(ReplicaChoice.NONE, choice.choose(new int[0], 0));
  }
}
