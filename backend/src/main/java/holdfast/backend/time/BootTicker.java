package holdfast.backend.time;

import org.jspecify.annotations.Nullable;

/**
 * CLOCK_BOOTTIME: monotonic, and it goes on while the machine is suspended, which {@link
 * System#nanoTime} does not. A lease that slept through its end must be seen to have ended.
 *
 * <p>Where the call is missing (not Linux), {@link System#nanoTime} stands in and {@link
 * #countsSuspension()} says so. Any thread; one downcall of some 30 ns, no allocation.
 */
public final class BootTicker {
  private BootTicker() {}

  /** The boot-time clock, or {@link System#nanoTime} where there is none. */
  public static Ticker system() {
    Ticker clock = PosixClock.open(PosixClock.BOOT);
    return clock == null ? System::nanoTime : clock;
  }

  /** Whether {@link #system()} counts the time the machine was suspended. */
  public static boolean countsSuspension() {
    return PosixClock.open(PosixClock.BOOT) != null;
  }

  /**
   * CPU time of this process, user mode and kernel; null where the call is missing. One call, while
   * {@link ProcessHandle#info} reads files of /proc and the list of users to tell the same.
   */
  public static @Nullable Ticker processCpu() {
    return PosixClock.open(PosixClock.PROCESS_CPU);
  }
}
