package holdfast.routing.read;

import holdfast.backend.model.RunId;

/**
 * Cursors of SCAN and its kin as clients get them: each names the process that gave it, because it
 * means something to that process alone. So an iteration can go on at any connection and any proxy,
 * and where another process is master it begins again at 0, instead of missing what lies elsewhere
 * in that one's tables.
 *
 * <p>A cursor of a server is less than the number of its buckets. Below 2<sup>32</sup> it becomes
 * 2<sup>52</sup> + 2<sup>32</sup> x (20 bits of the run id) + cursor, which every client can keep,
 * those that have only doubles for numbers too; 0, which begins and ends an iteration, stays. A
 * larger one (a table of more than 4 billion buckets) is passed on as it is, and so is what a
 * client sends that has not got it from here. Pure.
 */
public final class ScanCursor {
  private static final long OWN_MAX = 1L << 32;
  private static final long MARK = 1L << 52;
  private static final int PROCESS_DIGITS = 5;
  private static final int PROCESS_MASK = (1 << (4 * PROCESS_DIGITS)) - 1;

  private ScanCursor() {}

  /** What the client gets for a cursor of this process. */
  public static long given(long cursor, RunId process) {
    return cursor <= 0 || cursor >= OWN_MAX ? cursor : MARK | ((long) bits(process) << 32) | cursor;
  }

  /** What this process gets for a cursor of a client: 0 if another process gave it. */
  public static long taken(long cursor, RunId process) {
    if ((cursor & -MARK) != MARK) {
      return cursor;
    }
    return (int) ((cursor >>> 32) & PROCESS_MASK) == bits(process) ? cursor & (OWN_MAX - 1) : 0;
  }

  private static int bits(RunId process) {
    return Integer.parseInt(process.value(), 0, PROCESS_DIGITS, 16);
  }
}
