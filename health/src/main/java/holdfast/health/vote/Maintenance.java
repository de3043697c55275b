package holdfast.health.vote;

/**
 * Whether an operator wants no automatic switch. Spread by hello messages: the higher count wins,
 * and of two words under one count the one that switches less. Not a matter of safety: planned
 * switchovers and unfinished epochs go on.
 *
 * @param count grows with each word of an operator
 */
public record Maintenance(long count, boolean on) {
  /** Nobody has ever asked for it. */
  public static final Maintenance NONE = new Maintenance(0, false);

  /** The next word. */
  Maintenance next(boolean wanted) {
    return new Maintenance(count + 1, wanted);
  }

  boolean isOverruledBy(Maintenance told) {
    return told.count > count || (told.count == count && told.on && !on);
  }

  /**
   * What has been said aloud of it.
   *
   * @param saidNanos when it was last said
   * @param wouldHave whether it was said that there would have been a switch
   */
  public record Said(long saidNanos, boolean wouldHave) {}
}
