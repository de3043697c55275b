package holdfast.proxy.hold;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The clients of one loop that wait until a link takes commands again. They go on first come first
 * served, for as long as there is room: not all at once, of whom most would come back in vain and
 * in another order.
 *
 * <p>They wait for different links, so each is asked about; who finds no room keeps its place. Who
 * has gone on and wants more is behind all who wait. That nobody is forgotten rests on this: to ask
 * a link that has no room makes it tell when it has.
 *
 * <p>Pure; one thread.
 *
 * @param <C> a client
 */
public final class RoomLine<C> {
  private final Set<C> line = new LinkedHashSet<>();
  private boolean freed;

  /** A client waits, at the end unless it does already. */
  public void add(C client) {
    line.add(client);
  }

  /** A client is gone. */
  public void remove(C client) {
    line.remove(client);
  }

  /** Whether somebody waits of whom this is true. */
  public boolean holds(Predicate<C> whom) {
    return line.stream().anyMatch(whom);
  }

  /** A link takes commands again, or is no more. */
  public void freed() {
    freed = true;
  }

  /**
   * Lets those go on for whom there is room, if there may be some since the last time.
   *
   * @param hasRoom whether a client would find room; its link tells if not
   * @param goOn may add the client again, and remove any; must not fail
   */
  public void give(Predicate<C> hasRoom, Consumer<C> goOn) {
    if (!freed) {
      return;
    }
    List<C> waiting = List.copyOf(line);
    freed = false;
    for (C client : waiting) {
      if (line.contains(client) && hasRoom.test(client)) {
        line.remove(client);
        goOn.accept(client);
      }
    }
  }
}
