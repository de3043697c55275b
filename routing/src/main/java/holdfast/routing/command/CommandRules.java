package holdfast.routing.command;

import holdfast.routing.read.ReadSettings.ReadClass;
import java.util.List;

/**
 * What an operator says of commands by name, over what follows from their properties. Immutable.
 *
 * @param reads commands with a policy of their own, of which those that are no reads have none; the
 *     first that names a command counts
 * @param repeats what may run twice, or never
 */
public record CommandRules(List<ReadClass> reads, RepeatRules repeats) {
  /** Nothing. */
  public static final CommandRules NONE = new CommandRules(List.of(), RepeatRules.NONE);

  /** Copies the list. */
  public CommandRules {
    reads = List.copyOf(reads);
  }

  /** About reads alone. */
  public static CommandRules of(List<ReadClass> reads) {
    return new CommandRules(reads, RepeatRules.NONE);
  }

  /** About repetition alone. */
  public static CommandRules of(RepeatRules repeats) {
    return new CommandRules(List.of(), repeats);
  }
}
