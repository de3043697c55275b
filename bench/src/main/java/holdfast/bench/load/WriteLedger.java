package holdfast.bench.load;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What the writers were told: per key the number last sent and the number last acknowledged.
 *
 * <p>Each key has one writer, which writes 1, 2, 3, ... and waits for each answer; so whoever reads
 * the key must see at least the number that was acknowledged before the read began, and nothing
 * above the number last sent. Any thread may read; per key one thread writes.
 */
final class WriteLedger {
  private final String prefix;
  private final int keysPerWriter;
  private final AtomicLongArray sent;
  private final AtomicLongArray acknowledged;

  /**
   * @param prefix begins every key, so that runs do not meet
   * @param writers how many write, each to keys of its own
   */
  WriteLedger(String prefix, int writers, int keysPerWriter) {
    this.prefix = prefix;
    this.keysPerWriter = keysPerWriter;
    this.sent = new AtomicLongArray(writers * keysPerWriter);
    this.acknowledged = new AtomicLongArray(writers * keysPerWriter);
  }

  int keys() {
    return sent.length();
  }

  /** The index of a writer's key, its {@code turn}s going round. */
  int key(int writer, long turn) {
    return writer * keysPerWriter + (int) Math.floorMod(turn, (long) keysPerWriter);
  }

  String name(int key) {
    return prefix + key;
  }

  /** The next number for this key, noted as sent. */
  long send(int key) {
    return sent.incrementAndGet(key);
  }

  /** {@code number} was answered with OK. */
  void acknowledge(int key, long number) {
    acknowledged.set(key, number);
  }

  long acknowledged(int key) {
    return acknowledged.get(key);
  }

  /**
   * Whether {@code value}, read after {@code acknowledgedBefore} was acknowledged, shows that write
   * or a later one; null is no value.
   */
  Verdict judge(int key, long acknowledgedBefore, @org.jspecify.annotations.Nullable String value) {
    long number = 0;
    if (value != null) {
      try {
        number = Long.parseLong(value);
      } catch (NumberFormatException e) {
        return Verdict.FOREIGN;
      }
    }
    if (number < acknowledgedBefore) {
      return Verdict.OLDER;
    }
    return number > sent.get(key) ? Verdict.FOREIGN : Verdict.CURRENT;
  }

  /** What a read shows. */
  enum Verdict {
    /** The acknowledged write or a later one. */
    CURRENT,
    /** Something before the acknowledged write: lost there, or not yet arrived. */
    OLDER,
    /** A value that this run never wrote. */
    FOREIGN
  }
}
