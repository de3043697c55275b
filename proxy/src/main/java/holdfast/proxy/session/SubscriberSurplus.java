package holdfast.proxy.session;

import holdfast.backend.engine.Glob;
import holdfast.proxy.session.Subscriptions.Kind;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many more subscribers each channel has at this proxy than its server sees, because one
 * connection serves many. Only those are kept that have some. Any thread.
 */
public final class SubscriberSurplus implements SharedChannels.Surplus {
  private record Channel(Kind kind, ByteBuffer name) {
    byte[] bytes() {
      var bytes = new byte[name.remaining()];
      name.duplicate().get(bytes);
      return bytes;
    }
  }

  private final Map<Channel, Integer> more = new ConcurrentHashMap<>();

  /** Looked at with each command. */
  private volatile boolean any;

  @Override
  public synchronized void changed(Kind kind, ByteBuffer name, int by) {
    more.merge(
        new Channel(kind, name),
        by,
        (before, added) -> before + added == 0 ? null : before + added);
    any = !more.isEmpty();
  }

  /** Whether the server sees all there are. */
  public boolean isEmpty() {
    return !any;
  }

  /** How many more there are of one channel. */
  public int of(Kind kind, byte[] name) {
    return more.getOrDefault(new Channel(kind, ByteBuffer.wrap(name)), 0);
  }

  /** How many more get what is published on a channel: its own, and those of patterns. */
  public int receivers(byte[] name) {
    int sum = of(Kind.CHANNEL, name);
    for (Map.Entry<Channel, Integer> each : more.entrySet()) {
      Channel channel = each.getKey();
      if (channel.kind == Kind.PATTERN && Glob.matches(channel.bytes(), name)) {
        sum += each.getValue();
      }
    }
    return sum;
  }
}
