package holdfast.proxy.dispatch;

/** What one loop has counted. Written by its thread alone; others read a little late. */
public final class LoopCounters {
  private volatile int held;
  private long commands;
  private volatile long repeated;
  private volatile long inDoubt;
  private volatile long refusedAfterHold;

  void held(int now) {
    if (now != held) {
      held = now;
    }
  }

  void command() {
    commands++;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  void repeated() {
    repeated++;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  void inDoubt() {
    inDoubt++;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  void refusedAfterHold() {
    refusedAfterHold++;
  }

  /** Clients that wait for a master. */
  public int heldNow() {
    return held;
  }

  /** Commands that clients sent. */
  public long commands() {
    return commands;
  }

  /** Commands sent a second time because the first got no answer or was refused. */
  public long repeatedCount() {
    return repeated;
  }

  /** Commands answered with an error because nobody knows their fate. */
  public long inDoubtCount() {
    return inDoubt;
  }

  /** Commands answered with an error because the hold window ended. */
  public long refusedAfterHoldCount() {
    return refusedAfterHold;
  }
}
