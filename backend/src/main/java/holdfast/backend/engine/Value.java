package holdfast.backend.engine;

/**
 * What stands under a key. A value belongs to one key only: it carries the time at which it expires
 * and when it was last used, so that moving it to another name moves these with it.
 */
public abstract sealed class Value
    permits StringValue, HashValue, ListValue, SetValue, SortedSetValue {
  /** No expiry. */
  public static final long NEVER = -1;

  private long expireAtMillis = NEVER;
  private long usedAtMillis;

  /** Of the last {@link SnapshotCut} that has it, or that began before it came. */
  private int mark;

  /** Which kind it is. */
  public abstract ValueType type();

  /** What OBJECT ENCODING of Redis 7 with default limits would answer. */
  public abstract String encoding();

  /** A deep copy without expiry. */
  public abstract Value copy();

  /** Whether a collection has lost its last member: then its key goes too. */
  public abstract boolean isEmpty();

  /** Wall-clock time in milliseconds since 1970 at which it expires, or {@link #NEVER}. */
  public final long expireAtMillis() {
    return expireAtMillis;
  }

  /** Only {@link Database} sets it, because it keeps an index of what expires. */
  final void expireAtMillis(long millis) {
    expireAtMillis = millis;
  }

  /** When a command last looked at it, wall-clock milliseconds. */
  public final long usedAtMillis() {
    return usedAtMillis;
  }

  final int mark() {
    return mark;
  }

  final void mark(int value) {
    mark = value;
  }

  /** Notes that it is being used. */
  public final void usedAtMillis(long millis) {
    usedAtMillis = millis;
  }
}
