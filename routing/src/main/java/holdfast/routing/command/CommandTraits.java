package holdfast.routing.command;

import holdfast.routing.read.ReadPolicy;
import org.jspecify.annotations.Nullable;

/**
 * What the path of a command needs to know of it. Made once per command table; immutable.
 *
 * @param name in lower case, a subcommand as "client|id"
 * @param route where it goes
 * @param special what the proxy treats by name
 * @param repetition whether it may run twice
 * @param recording whether its reply can be kept by the server that executes it
 * @param askedFor what one of its words may ask for, whatever the route
 * @param container whether its first argument names a subcommand
 * @param reads who serves it if it is a read, whatever is said for reads in general; null for that
 * @param refusal the error's text (with its code word) where the route is REFUSED
 */
public record CommandTraits(
    String name,
    Route route,
    Special special,
    Repetition repetition,
    Recording recording,
    AskedFor askedFor,
    boolean container,
    @Nullable ReadPolicy reads,
    @Nullable String refusal) {

  /** Whether it goes to a server as it is, in the course of nothing else. */
  public boolean isPassedOn() {
    return route == Route.MASTER || route == Route.ANY_NODE || route == Route.OWN_LINK;
  }

  /** Whether it changes nothing, so that it may be sent again at any time. */
  public boolean changesNothing() {
    return repetition == Repetition.ALWAYS;
  }

  /** Whether this request may be repeated under {@code policy} when its fate is unknown. */
  public boolean mayRepeat(InDoubtPolicy policy, Arguments arguments) {
    if (changesNothing()) {
      return true;
    }
    return policy == InDoubtPolicy.IDEMPOTENT && repetition.allowed(arguments);
  }
}
