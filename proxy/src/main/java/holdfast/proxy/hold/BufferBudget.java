package holdfast.proxy.hold;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How much one loop may have in buffers, and who is read from when that is used up.
 *
 * <p>Whatever lies in a buffer came from a client, or was asked for by one: so the one tap is to
 * read from no client. From the moment {@link #bytesMax} are there until a quarter is free again
 * nobody is read from; who would have been stands in line, and is let go on first come first
 * served, no more at a time than there is room for what each may bring.
 *
 * <p>Nobody may wait for ever. What was sent is answered, what waits for room gets it, what waits
 * for a master is refused when its time is over: while any of that is there the line just waits.
 * What does not go by itself is the beginning of a command whose rest is not read (and replies that
 * a client does not fetch, which the limit of its output ends). If only that is left, the first in
 * line has its <em>turn</em>: it alone is read from until its command is whole, or nothing more of
 * it comes, or its time is over; then the next one has its turn. What those leave behind whose turn
 * ends in vain is bounded: with half as much again as may be there, such a client is to be closed.
 *
 * <p>So there is never more than {@link #ceiling}, what one command may have, and for each client
 * that was not stopped in time one read of {@link #LEAST_READ_BYTES}; and what servers answer to
 * what had been sent before.
 *
 * <p>On the way of a command stands {@link #add} alone. Pure; one thread.
 *
 * @param <C> a client
 */
public final class BufferBudget<C> {
  /** How much is read at a time when nothing is left: by who could not be stopped before. */
  public static final int LEAST_READ_BYTES = 512;

  /** How much a client may bring that is read from. */
  private static final int READ_BYTES = 64 * 1024;

  /** Looks that a turn lasts if nothing comes. */
  static final int STALLED_LOOKS = 25;

  /** Looks that a turn lasts. */
  static final int TURN_LOOKS = 500;

  /** What comes of a look at who is stuck. */
  public enum Turn {
    /** All as before. */
    SAME,
    /** It is another client's turn: {@link BufferBudget#holder}. */
    GIVEN,
    /** It is nobody's turn any more, and the client is to be closed that had it. */
    WASTED
  }

  private final long bytesMax;
  private final Set<C> line = new LinkedHashSet<>();
  private long bytes;
  private boolean over;
  private @Nullable C holder;
  private int looksLeft;
  private int stalledLooksLeft;

  /**
   * @param bytesMax how much may be there
   */
  public BufferBudget(long bytesMax) {
    if (bytesMax < READ_BYTES) {
      throw new IllegalArgumentException(
          "buffers of " + bytesMax + " bytes, expected at least " + READ_BYTES);
    }
    this.bytesMax = bytesMax;
  }

  /** So many more are there; fewer if below 0. */
  public void add(long more) {
    bytes += more;
  }

  /** What is there. */
  public long bytes() {
    return bytes;
  }

  /** What may be there. */
  public long bytesMax() {
    return bytesMax;
  }

  /** Where a client whose turn ends in vain is closed. */
  public long ceiling() {
    return bytesMax + bytesMax / 2;
  }

  /** Whether clients wait to be read from. */
  public boolean isOver() {
    over = over ? bytes > bytesMax - bytesMax / 4 : bytes >= bytesMax;
    return over;
  }

  /** Whether so much is there that it is worth a copy to keep no more than is needed. */
  public boolean isTight() {
    return bytes >= bytesMax / 2;
  }

  /** How much to read at a time, if {@code wanted} is what one would like. */
  public int readBytes(int wanted) {
    return isOver() ? Math.min(wanted, LEAST_READ_BYTES) : wanted;
  }

  /** Whether a client may be read from that wants to be; if not it stands in line from now on. */
  public boolean mayRead(C client) {
    if (!isOver() || client.equals(holder)) {
      return true;
    }
    line.add(client);
    return false;
  }

  /** Whether somebody stands in line, or has its turn. */
  public boolean isWaitedFor() {
    return !line.isEmpty() || holder != null;
  }

  /** The client is gone. */
  public void leave(C client) {
    line.remove(client);
    read(client, true);
  }

  /** Takes those out of the line for whom there is room: they may be read from. */
  public List<C> admit() {
    if (line.isEmpty() || isOver()) {
      return List.of();
    }
    long most = Math.max(1, (bytesMax - bytes) / READ_BYTES);
    var admitted = new ArrayList<C>();
    for (Iterator<C> each = line.iterator(); each.hasNext() && admitted.size() < most; ) {
      admitted.add(each.next());
      each.remove();
    }
    return admitted;
  }

  /**
   * Looks, every now and then while somebody is waiting, whether anybody gets on.
   *
   * @param goesOn whether some of what is there goes by itself
   */
  public Turn look(boolean goesOn) {
    if (!isOver()) {
      holder = null; // as everybody else
      return Turn.SAME;
    }
    C had = holder;
    looksLeft--;
    stalledLooksLeft--;
    if (had != null && (looksLeft <= 0 || stalledLooksLeft <= 0)) {
      if (!goesOn && bytes >= ceiling()) {
        return Turn.WASTED;
      }
      holder = null;
      line.add(had);
    }
    if (holder != null || goesOn || line.isEmpty()) {
      return Turn.SAME;
    }
    Iterator<C> first = line.iterator();
    holder = first.next();
    first.remove();
    looksLeft = TURN_LOOKS;
    stalledLooksLeft = STALLED_LOOKS;
    return Turn.GIVEN;
  }

  /** Whose turn it is; null for nobody's. */
  public @Nullable C holder() {
    return holder;
  }

  /**
   * Something of the client was read.
   *
   * @param gotOn whether it needs no turn any more: nothing is left of it, or it waits for
   *     something else
   */
  public void read(C client, boolean gotOn) {
    if (client.equals(holder)) {
      stalledLooksLeft = STALLED_LOOKS;
      holder = gotOn ? null : holder;
    }
  }
}
