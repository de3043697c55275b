package holdfast.proxy.session;

import holdfast.proxy.session.Subscriptions.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who gets what of the messages that come over one connection to a server for many subscribers.
 *
 * <p>A subscriber <em>wants</em> a channel from the moment at which the server is asked for it, and
 * <em>has</em> it from the server's confirmation on: what comes before that is not for it. The
 * server is asked to leave a channel out only when nobody wants it, because it does what it is
 * asked in that order. Pure; one thread.
 *
 * @param <S> a subscriber
 */
public final class SharedChannels<S> {
  /** Hears how many more subscribers there are than the server sees, which sees one. */
  public interface Surplus {
    /** So many more (or less, if negative) of that channel. */
    void changed(Kind kind, ByteBuffer name, int by);
  }

  private static final class Channel<S> {
    final byte[] name;
    final Set<S> want = new LinkedHashSet<>();
    final Set<S> have = new LinkedHashSet<>();

    Channel(byte[] name) {
      this.name = name;
    }
  }

  private final int most;
  private final Surplus surplus;
  private final Map<Kind, Map<ByteBuffer, Channel<S>>> channels = new EnumMap<>(Kind.class);
  private int size;

  /**
   * Without any.
   *
   * @param most channels of all kinds and subscribers
   */
  public SharedChannels(int most, Surplus surplus) {
    this.most = most;
    this.surplus = surplus;
    for (Kind kind : Kind.values()) {
      channels.put(kind, new HashMap<>());
    }
  }

  private Map<ByteBuffer, Channel<S>> of(Kind kind) {
    return channels.getOrDefault(kind, Map.of());
  }

  /** How many channels there are. */
  public int size() {
    return size;
  }

  /** Whether so many more channels may be wanted. */
  public boolean hasRoomFor(int more) {
    return size + more <= most;
  }

  /** The server is asked for a channel for this subscriber. */
  public void want(Kind kind, byte[] name, S subscriber) {
    channel(kind, name).want.add(subscriber);
  }

  private Channel<S> channel(Kind kind, byte[] name) {
    return of(kind)
        .computeIfAbsent(
            ByteBuffer.wrap(name),
            _ -> {
              size++;
              return new Channel<>(name);
            });
  }

  /**
   * This subscriber wants a channel no more; it has it until that is confirmed.
   *
   * @return whether nobody wants it, so that the server is to be asked to leave it out
   */
  public boolean unwant(Kind kind, byte[] name, S subscriber) {
    Channel<S> channel = of(kind).get(ByteBuffer.wrap(name));
    if (channel == null) {
      return true;
    }
    channel.want.remove(subscriber);
    boolean nobody = channel.want.isEmpty();
    dropIfUnused(kind, ByteBuffer.wrap(name), channel);
    return nobody;
  }

  /** The server has confirmed a channel: this subscriber has it from here on. */
  public void confirm(Kind kind, byte[] name, S subscriber) {
    Channel<S> channel = channel(kind, name);
    if (channel.have.add(subscriber) && channel.have.size() > 1) {
      surplus.changed(kind, ByteBuffer.wrap(name), 1);
    }
  }

  /** The server has confirmed the end: this subscriber has the channel no more. */
  public void end(Kind kind, byte[] name, S subscriber) {
    Channel<S> channel = of(kind).get(ByteBuffer.wrap(name));
    if (channel != null) {
      forget(kind, ByteBuffer.wrap(name), channel, subscriber);
    }
  }

  private void forget(Kind kind, ByteBuffer name, Channel<S> channel, S subscriber) {
    if (channel.have.remove(subscriber) && !channel.have.isEmpty()) {
      surplus.changed(kind, name, -1);
    }
    dropIfUnused(kind, name, channel);
  }

  private void dropIfUnused(Kind kind, ByteBuffer name, Channel<S> channel) {
    if (channel.want.isEmpty() && channel.have.isEmpty() && of(kind).remove(name) != null) {
      size--;
    }
  }

  /**
   * The server has refused a channel: a subscriber that has it from before keeps it.
   *
   * @return whether nobody wants it now, so that the server is to be asked to leave it out
   */
  public boolean refuse(Kind kind, byte[] name, S subscriber) {
    Channel<S> channel = of(kind).get(ByteBuffer.wrap(name));
    if (channel == null || channel.have.contains(subscriber)) {
      return false;
    }
    return unwant(kind, name, subscriber);
  }

  /**
   * This subscriber is gone.
   *
   * @param names of that kind that it wanted or had
   * @return those that nobody wants now
   */
  public List<byte[]> remove(Kind kind, Collection<byte[]> names, S subscriber) {
    var unwanted = new ArrayList<byte[]>();
    for (byte[] name : names) {
      if (unwant(kind, name, subscriber)) {
        unwanted.add(name);
      }
      end(kind, name, subscriber);
    }
    return unwanted;
  }

  /** Whether somebody wants a channel. */
  public boolean isWanted(Kind kind, byte[] name) {
    Channel<S> channel = of(kind).get(ByteBuffer.wrap(name));
    return channel != null && !channel.want.isEmpty();
  }

  /** Those that have a channel; only looked at. */
  public Collection<S> having(Kind kind, byte[] name) {
    Channel<S> channel = of(kind).get(ByteBuffer.wrap(name));
    return channel == null ? List.of() : channel.have;
  }

  /** The channels of a kind that somebody has. */
  public List<byte[]> had(Kind kind) {
    var names = new ArrayList<byte[]>();
    for (Channel<S> channel : of(kind).values()) {
      if (!channel.have.isEmpty()) {
        names.add(channel.name);
      }
    }
    return names;
  }
}
