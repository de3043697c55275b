package holdfast.proxy.dispatch;

import holdfast.routing.command.CommandTraits;
import holdfast.routing.command.Special;

/**
 * CLIENT PAUSE: until its end the commands of this proxy's clients wait where they lie. Immutable.
 *
 * @param writesOnly whether what only reads goes on
 */
record ClientPause(long endNanos, boolean writesOnly) {
  /** Whether a command waits for its end. */
  boolean holds(CommandTraits traits, long nowNanos) {
    return nowNanos - endNanos < 0 && (!writesOnly || mayWrite(traits));
  }

  /** Said of EXEC too: what was queued may have been sent before the pause. */
  private static boolean mayWrite(CommandTraits traits) {
    return switch (traits.route()) {
      case MASTER, OWN_LINK -> !traits.changesNothing();
      case TRANSACTION -> traits.special() == Special.EXEC;
      case ANY_NODE, SUBSCRIPTION, LOCAL, REFUSED -> false;
    };
  }

  /** Two at a time: the later end holds, and the stricter kind (Redis networking.c). */
  ClientPause with(ClientPause other) {
    boolean later = other.endNanos - endNanos > 0;
    return new ClientPause(later ? other.endNanos : endNanos, writesOnly && other.writesOnly);
  }
}
