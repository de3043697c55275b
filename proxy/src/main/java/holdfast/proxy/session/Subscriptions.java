package holdfast.proxy.session;

import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one client has subscribed to, so that it can be subscribed to again at another server.
 * Bounded; pure; one thread.
 */
public final class Subscriptions {
  /** Channels, patterns, shard channels. */
  public enum Kind {
    CHANNEL("subscribe", "unsubscribe"),
    PATTERN("psubscribe", "punsubscribe"),
    SHARD("ssubscribe", "sunsubscribe");

    private final String command;
    private final String ending;

    Kind(String command, String ending) {
      this.command = command;
      this.ending = ending;
    }

    /** The command that ends it. */
    public String ending() {
      return ending;
    }

    /** The command that subscribes. */
    public String command() {
      return command;
    }
  }

  private final int most;
  private final Map<Kind, Set<ByteBuffer>> names = new EnumMap<>(Kind.class);

  /**
   * None yet.
   *
   * @param most how many there may be of all kinds together
   */
  public Subscriptions(int most) {
    this.most = most;
  }

  private Set<ByteBuffer> named(Kind kind) {
    return names.computeIfAbsent(kind, _ -> new LinkedHashSet<>());
  }

  /** Adds one; false if there are too many. */
  public boolean add(Kind kind, byte[] name) {
    Set<ByteBuffer> of = named(kind);
    ByteBuffer key = ByteBuffer.wrap(name);
    if (of.contains(key)) {
      return true;
    }
    if (size() >= most) {
      return false;
    }
    return of.add(key);
  }

  /** Whether one is there. */
  public boolean contains(Kind kind, byte[] name) {
    return named(kind).contains(ByteBuffer.wrap(name));
  }

  /**
   * What a confirmation of that kind counts: channels and patterns together, shard channels alone.
   */
  public int counted(Kind kind) {
    return kind == Kind.SHARD ? size(Kind.SHARD) : size(Kind.CHANNEL) + size(Kind.PATTERN);
  }

  /** Takes one out. */
  public void remove(Kind kind, byte[] name) {
    named(kind).remove(ByteBuffer.wrap(name));
  }

  /** Takes all of a kind out; how many there were. */
  public int removeAll(Kind kind) {
    Set<ByteBuffer> of = named(kind);
    int count = of.size();
    of.clear();
    return count;
  }

  /** Those of one kind, in the order they came. */
  public List<byte[]> of(Kind kind) {
    return named(kind).stream().map(ByteBuffer::array).toList();
  }

  /** How many there are of one kind. */
  public int size(Kind kind) {
    return named(kind).size();
  }

  /** How many there are of all kinds. */
  public int size() {
    int sum = 0;
    for (Set<ByteBuffer> of : names.values()) {
      sum += of.size();
    }
    return sum;
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return size() == 0;
  }
}
