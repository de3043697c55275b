package holdfast.routing.plan;

/**
 * How many replicas somebody asks for: {@code none}, a number, or {@code majority}.
 *
 * @param replicas the number; 0 for none, -1 for majority
 */
public record DurabilityRule(int replicas) {
  private static final int MAJORITY_MARK = -1;

  /** Acknowledged when the master has it. */
  public static final DurabilityRule NONE = new DurabilityRule(0);

  /** Half of the backends, rounded down: with the master they are a majority. */
  public static final DurabilityRule MAJORITY = new DurabilityRule(MAJORITY_MARK);

  /** Refuses numbers below none. */
  public DurabilityRule {
    if (replicas < MAJORITY_MARK) {
      throw new IllegalArgumentException("durability " + replicas + ", expected 0 or more");
    }
  }

  /** K where so many backends count (those of priority 0 do not). */
  public int replicasOf(int backends) {
    return replicas == MAJORITY_MARK ? backends / 2 : replicas;
  }

  /** K where the record requires {@code recorded}: more may be asked for, never less. */
  public int replicasOf(int backends, int recorded) {
    return Math.max(recorded, replicasOf(backends));
  }

  @Override
  public String toString() {
    return switch (replicas) {
      case 0 -> "none";
      case MAJORITY_MARK -> "majority";
      default -> Integer.toString(replicas);
    };
  }
}
