package holdfast.routing.command;

import java.util.Set;

/**
 * What an operator says of repetition beyond what {@link CommandClasses} knows. Names in lower
 * case, a subcommand as "config|set". Commands that change nothing are repeated in any case.
 *
 * @param also writes that may be repeated, whatever their arguments are
 * @param never writes that may not
 */
public record RepeatRules(Set<String> also, Set<String> never) {
  /** As the classes say. */
  public static final RepeatRules NONE = new RepeatRules(Set.of(), Set.of());

  /** Copies; a name in both is refused. */
  public RepeatRules {
    also = Set.copyOf(also);
    never = Set.copyOf(never);
    for (String name : also) {
      if (never.contains(name)) {
        throw new IllegalArgumentException(name + " is to be repeated, and never to be");
      }
    }
  }

  Repetition of(String name, Repetition known) {
    if (known == Repetition.ALWAYS) {
      return known;
    }
    if (never.contains(name)) {
      return Repetition.NEVER;
    }
    return also.contains(name) ? Repetition.SAME : known;
  }
}
