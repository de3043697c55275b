package holdfast.proxy.dispatch;

/**
 * Whether more commands may be sent on a link: until so much is under way that it is full, then not
 * before half of that is answered. Who comes in between does not overtake those who wait. Pure; one
 * thread.
 */
final class LinkRoom {
  static final int COMMANDS_MAX = 64 * 1024;
  static final long BYTES_MAX = 16L * 1024 * 1024;

  private boolean full;
  private int fullAt;

  /** Whether somebody was told that there is none, and waits to be told that there is. */
  boolean isFull() {
    return full;
  }

  /**
   * Whether there is room; if not {@link #freed} is true in the end.
   *
   * @param commands under way
   * @param bytes of those
   * @param open false if there is none for another reason
   * @param commandsMax no more than so many commands
   */
  boolean has(int commands, long bytes, boolean open, int commandsMax) {
    int most = Math.min(commandsMax, COMMANDS_MAX);
    boolean waitedFor = full && fullAt == most;
    if (!waitedFor && open && commands < most && bytes < BYTES_MAX) {
      return true;
    }
    fullAt = full ? Math.min(fullAt, most) : most;
    full = true;
    return false;
  }

  /** Whether there is room again; true once each time. */
  boolean freed(int commands, long bytes, boolean open) {
    if (full && open && commands <= fullAt / 2 && bytes <= BYTES_MAX / 2) {
      full = false;
      return true;
    }
    return false;
  }
}
