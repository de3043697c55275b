package holdfast.health.vote;

import holdfast.backend.model.NodeAddress;

/** How a planned switchover ended. */
public sealed interface SwitchAnswer {
  /** The replica is master, in force by a majority. */
  record Done(NodeAddress master, long epoch, long tookNanos) implements SwitchAnswer {}

  /**
   * It is not.
   *
   * @param code the word an error begins with, as Sentinel has it where it has one
   * @param reason with the facts
   */
  record Refused(String code, String reason) implements SwitchAnswer {
    /** Another switch is under way. */
    public static final String IN_PROGRESS = "INPROG";

    /** No replica can be promoted, or the wanted one cannot. */
    public static final String NO_GOOD_REPLICA = "NOGOODSLAVE";

    /** Anything else; nothing has changed. */
    public static final String NOT_NOW = "ERR";

    /** It was begun and did not end with the wanted master. */
    public static final String FAILED = "FAILED";
  }
}
