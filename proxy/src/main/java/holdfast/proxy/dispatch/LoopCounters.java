package holdfast.proxy.dispatch;

/** What one loop has counted. Written by its thread alone; others read a little late. */
public final class LoopCounters {
  private volatile int held;
  private volatile int logins;
  private long commands;
  private long bufferBytes;
  private volatile long repeated;
  private volatile long inDoubt;
  private volatile long refusedAfterHold;
  private volatile long refusedForReplicas;
  private volatile long refusedReads;
  private long readsInstead;
  private volatile long unconfirmed;
  private volatile long confirmationRounds;
  private volatile long confirmationRepeats;
  private volatile long unconfirmedBytes;
  private final WaitTimes confirmationWaits = new WaitTimes();

  void held(int now) {
    if (now != held) {
      held = now;
    }
  }

  void logins(int now) {
    logins = now;
  }

  void bufferBytes(long now) {
    bufferBytes = now;
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

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  void refusedForReplicas() {
    refusedForReplicas++;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  void refusedRead() {
    refusedReads++;
  }

  void readInstead() {
    readsInstead++;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  void unconfirmed() {
    unconfirmed++;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  void confirmationRound() {
    confirmationRounds++;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  void confirmationAgain() {
    confirmationRepeats++;
  }

  void unconfirmedBytes(long now) {
    unconfirmedBytes = now;
  }

  void confirmed(long waitedNanos) {
    confirmationWaits.add(waitedNanos);
  }

  /** Clients that wait for a master. */
  public int heldNow() {
    return held;
  }

  /** Users of the backends that are logged in. */
  public long loginsCount() {
    return logins;
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

  /** Writes answered with an error because too few replicas were online to confirm them. */
  public long refusedForReplicasCount() {
    return refusedForReplicas;
  }

  /** Reads answered with an error because no replica was fit for them. */
  public long refusedReadsCount() {
    return refusedReads;
  }

  /** Reads that went to the master because no replica was fit for them. */
  public long readsInsteadCount() {
    return readsInstead;
  }

  /** Commands that were executed and answered with an error because nobody confirmed them. */
  public long unconfirmedCount() {
    return unconfirmed;
  }

  /** Rounds of confirmation that were begun. */
  public long confirmationRoundsCount() {
    return confirmationRounds;
  }

  /** Times that a round had to ask again. */
  public long confirmationRepeatsCount() {
    return confirmationRepeats;
  }

  /** Bytes of replies that wait to be confirmed. */
  public long unconfirmedBytesNow() {
    return unconfirmedBytes;
  }

  /** What lay in buffers at the end of the last pass, as far as it is counted. */
  public long bufferBytesNow() {
    return bufferBytes;
  }

  /** From the first reply of a link that a round covers to its release. */
  public WaitTimes confirmationWaits() {
    return confirmationWaits;
  }
}
