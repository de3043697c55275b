package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespWriter;
import holdfast.proxy.session.SharedChannels;
import holdfast.proxy.session.Subscriptions.Kind;
import io.netty.buffer.ByteBuf;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The link over which the subscriptions of all clients of one user and protocol go, and who gets
 * what comes there.
 *
 * <p>Each SUBSCRIBE of a client is sent on as it is, be the channel subscribed to already or not:
 * so the server says whether the user may have it, and its confirmation is the point in the stream
 * of messages from which on they are the client's too. An UNSUBSCRIBE is sent on likewise, but in
 * the place of a channel that others still want the server gets the name of one that nobody can
 * have: it confirms the end of that too, in its turn.
 *
 * <p>When the link is lost, all channels are subscribed to again on the next, then what was under
 * way is sent again. Who has a channel that the server refuses then is closed, because silence
 * would look like a channel on which nothing is published. One loop's thread.
 */
final class SharedSubscriptions implements Upstream.Stream {
  /** Channels of all kinds on one link. */
  static final int CHANNELS_MAX = 1_000_000;

  private static final int NAMES_PER_COMMAND = 500;

  /** What no client can know to subscribe to. */
  private static final byte[] NOBODYS = nobodys();

  private static byte[] nobodys() {
    var name = new byte[24];
    new SecureRandom().nextBytes(name);
    return name;
  }

  /**
   * Something that was sent, or is to be sent again.
   *
   * @param client null for what the proxy does of itself
   * @param kind null for PING
   * @param names of the channels in question; the one null for none
   * @param restores whether it is a part of bringing a new link to where the old one was
   */
  private record Sent(
      @Nullable SubscriptionUse client,
      @Nullable Kind kind,
      boolean subscribes,
      Deque<byte[]> names,
      boolean restores) {}

  private final ProxyLoop loop;
  private final MasterSlot slot;
  private final SharedChannels<SubscriptionUse> channels;
  private final Deque<Sent> sent = new ArrayDeque<>();
  private final Set<SubscriptionUse> users = new LinkedHashSet<>();

  private @Nullable Upstream link;

  /** Commands of restoring that are not answered. */
  private int restoring;

  private SubscriptionUse[] receivers = new SubscriptionUse[16];

  SharedSubscriptions(ProxyLoop loop, int protocol, @Nullable Login login, int channelsMax) {
    this.loop = loop;
    this.channels = new SharedChannels<>(channelsMax, loop.clients().surplus());
    int index = ProxyLoop.linkIndex(0, protocol);
    this.slot =
        new MasterSlot(
            loop,
            "link of subscriptions to master",
            (master, tenure, listener) ->
                loop.connect(master, tenure, index, new Listener(listener), login));
  }

  MasterSlot slot() {
    return slot;
  }

  /** Whether it takes commands, and has all that was subscribed to before. */
  boolean isUp() {
    return slot.ready() != null && link != null && restoring == 0;
  }

  // ---- clients

  void joined(SubscriptionUse client) {
    users.add(client);
  }

  /** A client that is gone, or gives up all it has. */
  void left(SubscriptionUse client, Kind kind, Collection<byte[]> names) {
    users.remove(client);
    List<byte[]> unwanted = channels.remove(kind, names, client);
    for (int i = 0; i < unwanted.size() && link != null; i += NAMES_PER_COMMAND) {
      int end = Math.min(unwanted.size(), i + NAMES_PER_COMMAND);
      send(new Sent(null, kind, false, new ArrayDeque<>(unwanted.subList(i, end)), false));
    }
  }

  boolean hasRoomFor(int more) {
    return channels.hasRoomFor(more);
  }

  void subscribe(SubscriptionUse client, Kind kind, Deque<byte[]> names) {
    names.forEach(name -> channels.want(kind, name, client));
    send(new Sent(client, kind, true, names, false));
  }

  void unsubscribe(SubscriptionUse client, Kind kind, Deque<byte[]> names) {
    names.forEach(name -> channels.unwant(kind, name, client));
    send(new Sent(client, kind, false, names, false));
  }

  /** UNSUBSCRIBE of a client that has nothing of the kind: confirmed without a name. */
  void unsubscribeNothing(SubscriptionUse client, Kind kind) {
    send(new Sent(client, kind, false, new ArrayDeque<>(), false));
  }

  /** PING, where that comes with the messages. */
  void ping(SubscriptionUse client, ByteBuf frame, int start, int length) {
    sent.add(new Sent(client, null, false, new ArrayDeque<>(), false));
    Upstream to = link;
    if (to != null) {
      to.sendUnasked(frame, start, length);
    }
  }

  private void send(Sent what) {
    sent.add(what);
    write(what);
  }

  private void write(Sent what) {
    Upstream to = link;
    Kind kind = what.kind;
    if (to == null) {
      return; // with the next link
    }
    RespWriter out = loop.scratch().writer(2);
    if (kind == null) {
      out.command("PING");
    } else {
      int names = Math.max(1, what.names.size());
      out.array(names + 1).bulk(what.subscribes ? kind.command() : kind.ending());
      if (what.names.isEmpty()) {
        out.bulk(NOBODYS);
      }
      for (byte[] name : what.names) {
        out.bulk(what.subscribes || !channels.isWanted(kind, name) ? name : NOBODYS);
      }
    }
    ByteBuf frame = loop.scratch().reply();
    to.sendUnasked(frame, 0, frame.readableBytes());
  }

  // ---- the link

  private final class Listener implements Upstream.Listener {
    private final Upstream.Listener slots;

    Listener(Upstream.Listener slots) {
      this.slots = slots;
    }

    @Override
    public void onReady(Upstream ready) {
      begin(ready);
      slots.onReady(ready);
    }

    @Override
    public void onClosed(Upstream closed, String reason) {
      if (closed == link) {
        link = null;
        users.forEach(SubscriptionUse::wake);
      }
      slots.onClosed(closed, reason);
    }
  }

  private void begin(Upstream ready) {
    ready.stream(this);
    link = ready;
    List<Sent> before = sent.stream().filter(each -> each.client != null).toList();
    sent.clear();
    restoring = 0;
    for (Kind kind : Kind.values()) {
      List<byte[]> names = channels.had(kind);
      for (int i = 0; i < names.size(); i += NAMES_PER_COMMAND) {
        restore(kind, names.subList(i, Math.min(names.size(), i + NAMES_PER_COMMAND)));
      }
    }
    if (restoring > 0) {
      loop.counters().repeated();
    }
    before.forEach(this::send);
  }

  private void restore(Kind kind, Collection<byte[]> names) {
    restoring++;
    send(new Sent(null, kind, true, new ArrayDeque<>(names), true));
  }

  // ---- what comes

  @Override
  public void onFrame(Upstream from, ByteBuf in, int start, int length) {
    if (from != link) {
      return;
    }
    if (PubSubFrame.isMessage(in, start, length)) {
      fanOut(in, start, length);
      return;
    }
    Sent head = sent.peek();
    if (head == null) {
      from.close(from.address() + " confirms what it was not asked");
      return;
    }
    if (head.kind == null) {
      sent.remove();
      if (head.client != null) {
        head.client.ponged(in, start, length);
      }
    } else if (HandedOn.isError(in, start)) {
      sent.remove();
      refused(head, head.kind, in, start, length);
    } else {
      confirmed(head, head.kind);
    }
  }

  private void fanOut(ByteBuf in, int start, int length) {
    Kind kind = PubSubFrame.kind(in, start, length);
    Collection<SubscriptionUse> having = channels.having(kind, PubSubFrame.name(in, start, length));
    // Who is too slow is closed, and so leaves the collection.
    receivers = having.toArray(receivers);
    int count = having.size();
    for (int i = 0; i < count; i++) {
      receivers[i].message(in, start, length);
    }
  }

  private void confirmed(Sent head, Kind kind) {
    byte[] name = head.names.poll();
    boolean last = head.names.isEmpty();
    if (last) {
      sent.remove();
    }
    SubscriptionUse client = head.client;
    if (client != null && !client.isGone()) {
      if (name != null && head.subscribes) {
        channels.confirm(kind, name, client);
      } else if (name != null) {
        channels.end(kind, name, client);
      }
      client.confirmed(kind, head.subscribes, name, last);
    }
    if (last) {
      restored(head);
    }
  }

  private void restored(Sent head) {
    if (head.restores && --restoring == 0) {
      users.forEach(SubscriptionUse::wake);
    }
  }

  private void refused(Sent head, Kind kind, ByteBuf in, int start, int length) {
    SubscriptionUse client = head.client;
    if (head.restores) {
      refusedAgain(head, kind);
    } else if (client != null && !client.isGone()) {
      client.refused(kind, head.subscribes, head.names, in, start, length);
      if (head.subscribes) {
        leaveOut(kind, head.names, client);
      } else {
        head.names.forEach(name -> keep(kind, name, client));
      }
    }
  }

  private void leaveOut(Kind kind, Collection<byte[]> names, SubscriptionUse client) {
    var unwanted = new ArrayDeque<byte[]>();
    for (byte[] name : names) {
      if (channels.refuse(kind, name, client)) {
        unwanted.add(name);
      }
    }
    if (!unwanted.isEmpty()) {
      send(new Sent(null, kind, false, unwanted, false));
    }
  }

  /** The user may not end what it has: so it has it still. */
  private void keep(Kind kind, byte[] name, SubscriptionUse client) {
    if (channels.having(kind, name).contains(client)) {
      channels.want(kind, name, client);
    }
  }

  private void refusedAgain(Sent head, Kind kind) {
    if (head.names.size() > 1) {
      head.names.forEach(name -> restore(kind, List.of(name)));
    } else {
      for (byte[] name : head.names) {
        List.copyOf(channels.having(kind, name)).forEach(SubscriptionUse::close);
      }
    }
    restored(head);
  }
}
