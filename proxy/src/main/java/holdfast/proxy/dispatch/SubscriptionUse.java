package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespWriter;
import holdfast.proxy.session.Subscriptions;
import holdfast.proxy.session.Subscriptions.Kind;
import holdfast.routing.command.CommandTraits;
import holdfast.routing.command.Route;
import holdfast.routing.command.Special;
import holdfast.routing.plan.Plan.Hold;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * SUBSCRIBE and its kin, and MONITOR: a link of the client's own whose frames flow to the client as
 * they come. The channels are remembered, so that they are subscribed to again at the next master;
 * confirmations that the client has already are dropped then. What was published in between is
 * lost, as it is to any subscriber without a connection.
 *
 * <p>In RESP3 a subscriber may send anything: ordinary commands go over the shared links, because
 * messages come as pushes, beside the replies. One loop's thread.
 */
final class SubscriptionUse implements Upstream.Stream {
  /**
   * A command that the server has not confirmed: one of these for each channel it named.
   *
   * @param last of its command
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Awaited(Special what, String kind, byte @Nullable [] name, boolean last) {}

  private static final String NOT_HERE =
      " is not available through Holdfast on a connection with subscriptions";

  private final ProxyLoop loop;
  private final ClientConnection client;
  private final OwnLinkUse use;
  private final Deque<Awaited> awaited = new ArrayDeque<>();

  private Subscriptions channels;
  private @Nullable Upstream link;
  private boolean monitor;

  /** The server has refused a command: what is open there is not known for certain. */
  private boolean refused;

  private int toDrop;

  SubscriptionUse(ProxyLoop loop, ClientConnection client, OwnLinkUse use) {
    this.loop = loop;
    this.client = client;
    this.use = use;
    this.channels = none();
  }

  private Subscriptions none() {
    return new Subscriptions(loop.settings().clients().subscriptionsMax());
  }

  boolean owns(Upstream other) {
    return link == other;
  }

  /** Whether confirmations are due. */
  boolean isAwaiting() {
    return !awaited.isEmpty();
  }

  boolean isBroken() {
    return link == null;
  }

  void begin(Upstream taken) {
    link = taken;
    channels = none();
    awaited.clear();
    monitor = false;
    refused = false;
    toDrop = 0;
    taken.stream(this);
  }

  private static @Nullable Kind kind(Special special) {
    return switch (special) {
      case SUBSCRIBE, UNSUBSCRIBE -> Kind.CHANNEL;
      case PSUBSCRIBE, PUNSUBSCRIBE -> Kind.PATTERN;
      case SSUBSCRIBE, SUNSUBSCRIBE -> Kind.SHARD;
      default -> null;
    };
  }

  private static boolean subscribes(Special special) {
    return special == Special.SUBSCRIBE
        || special == Special.PSUBSCRIBE
        || special == Special.SSUBSCRIBE;
  }

  /** UNSUBSCRIBE without a subscription is answered here, as Redis does. */
  void nothingOpen(CommandTraits traits, RequestView request) {
    RespWriter out = client.replies().writer();
    for (int i = 1; i == 1 || i < request.count(); i++) {
      out.push(3).bulk(traits.name());
      if (request.count() == 1) {
        out.nil();
      } else {
        out.bulk(request.bytes(i));
      }
      out.integer(0);
    }
    client.replies().localReply();
  }

  boolean route(CommandTraits traits, RequestView request, ByteBuf frame, int start, int length) {
    Special special = traits.special();
    if (special == Special.QUIT || special == Special.RESET) {
      if (!awaited.isEmpty()) {
        return client.waiting().on(Hold.FOR_REPLIES);
      }
      use.reset();
      return client.commands().runLocal(traits, request);
    }
    if (special == Special.MONITOR && channels.isEmpty() && !monitor) {
      Upstream to = link;
      if (to == null) {
        return client.waiting().onMaster();
      }
      monitor = true;
      to.send(frame, start, length, new Monitoring(), client.replies().take(), 1);
      return true;
    }
    Kind kind = kind(special);
    if (kind != null && !monitor) {
      return subscription(traits, kind, request, frame, start, length);
    }
    if (channels.isEmpty() && !monitor) {
      return client.waiting().on(Hold.FOR_REPLIES); // until the last confirmation is through
    }
    if (client.session().protocol() == 2 || monitor) {
      return inMessageMode(traits, frame, start, length);
    }
    if (!awaited.isEmpty()) {
      return client.waiting().on(Hold.FOR_REPLIES); // what it has subscribed to is told first
    }
    if (special == Special.HELLO
        || client.login().isChangedBy(traits, request)
        || special == Special.SELECT
        || traits.route() == Route.TRANSACTION
        || traits.route() == Route.OWN_LINK
        || traits.route() == Route.SUBSCRIPTION
        || (traits.blocksOnlyIfAsked() && request.has(1, "block"))) {
      client.replies().localError("ERR '" + traits.name() + "'" + NOT_HERE);
      return true;
    }
    return client.commands().sendBeside(traits, request, frame, start, length);
  }

  private boolean inMessageMode(CommandTraits traits, ByteBuf frame, int start, int length) {
    if (traits.special() == Special.PING && !monitor) {
      Upstream to = link;
      if (to == null) {
        return client.waiting().onMaster();
      }
      to.sendUnasked(frame, start, length);
      return true;
    }
    if (!awaited.isEmpty()) {
      return client.waiting().on(Hold.FOR_REPLIES);
    }
    client
        .replies()
        .localError(
            "ERR Can't execute '"
                + traits.name()
                + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this"
                + " context");
    return true;
  }

  private boolean subscription(
      CommandTraits traits, Kind kind, RequestView request, ByteBuf frame, int start, int length) {
    Upstream to = link;
    if (to == null) {
      return client.waiting().onMaster();
    }
    String name = traits.name();
    int count = request.count() - 1;
    if (subscribes(traits.special())) {
      if (channels.size() + count > loop.settings().clients().subscriptionsMax()) {
        client
            .replies()
            .localError(
                "ERR more than "
                    + loop.settings().clients().subscriptionsMax()
                    + " subscriptions on one connection");
        leaveIfDone();
        return true;
      }
      for (int i = 1; i <= count; i++) {
        byte[] channel = request.bytes(i);
        channels.add(kind, channel);
        awaited.add(new Awaited(traits.special(), name, channel, i == count));
      }
    } else if (count == 0) {
      int had = Math.max(1, channels.removeAll(kind));
      for (int i = 0; i < had; i++) {
        awaited.add(new Awaited(traits.special(), name, null, i == had - 1));
      }
    } else {
      for (int i = 1; i <= count; i++) {
        byte[] channel = request.bytes(i);
        channels.remove(kind, channel);
        awaited.add(new Awaited(traits.special(), name, channel, i == count));
      }
    }
    client.session().subscribed(channels);
    to.sendUnasked(frame, start, length);
    return true;
  }

  @Override
  public void onFrame(Upstream from, ByteBuf in, int start, int length) {
    if (from != link) {
      return;
    }
    if (HandedOn.isError(in, start) && toDrop > 0) {
      client.close(); // silence would look like a subscription on which nothing is published
      return;
    }
    if (HandedOn.isError(in, start) && !awaited.isEmpty()) {
      onRefusal();
    } else if (isConfirmation(in, start, length)) {
      if (toDrop > 0) {
        toDrop--;
        return;
      }
      awaited.poll();
      if (awaited.isEmpty()) {
        client.wake();
      }
    }
    client.replies().message(in, start, length);
    leaveIfDone();
  }

  /** One error for all channels that a command named, say for one that its user may not have. */
  private void onRefusal() {
    refused = true;
    boolean last = false;
    while (!last && !awaited.isEmpty()) {
      Awaited each = awaited.remove();
      Kind kind = kind(each.what);
      if (subscribes(each.what) && kind != null && each.name != null) {
        channels.remove(kind, each.name);
      }
      last = each.last;
    }
    client.session().subscribed(channels);
    if (awaited.isEmpty()) {
      client.wake();
    }
  }

  private void leaveIfDone() {
    Upstream done = link;
    if (!monitor && channels.isEmpty() && awaited.isEmpty() && done != null) {
      link = null;
      use.done();
      client.links().own().giveBack(done, toDrop == 0 && !refused);
    }
  }

  /**
   * Whether the first element is a word that ends in "subscribe": a message's ends in "message".
   */
  private static boolean isConfirmation(ByteBuf in, int start, int length) {
    int end = start + length;
    int line = in.indexOf(start, end, (byte) '\n');
    int second = line < 0 ? -1 : in.indexOf(line + 1, end, (byte) '\n');
    if (second < 0) {
      return false;
    }
    int wordEnd = in.indexOf(second + 1, end, (byte) '\r');
    byte[] word = WORD;
    if (wordEnd - second - 1 < word.length) {
      return false;
    }
    for (int i = 0; i < word.length; i++) {
      if (in.getByte(wordEnd - word.length + i) != word[i]) {
        return false;
      }
    }
    return true;
  }

  private static final byte[] WORD = "subscribe".getBytes(StandardCharsets.US_ASCII);

  // ---- when the link breaks

  void linkClosed() {
    link = null;
  }

  /** Subscribes again at the next master; false while there is none. */
  boolean resume() {
    if (link != null) {
      return true;
    }
    Upstream taken = use.takeLinkBeside();
    if (taken == null) {
      return client.waiting().refuses() || client.waiting().on(Hold.FOR_MASTER);
    }
    link = taken;
    taken.stream(this);
    loop.counters().repeated();
    confirmHere();
    RespWriter out = loop.scratch().writer(2);
    ByteBuf frames = loop.scratch().reply();
    if (monitor) {
      out.command("MONITOR");
      taken.send(frames, 0, frames.readableBytes(), Swallow.REPLIES, 0, 1);
      return true;
    }
    toDrop = channels.size();
    for (Kind kind : Kind.values()) {
      List<byte[]> names = channels.of(kind);
      if (!names.isEmpty()) {
        out.array(names.size() + 1).bulk(kind.command());
        names.forEach(out::bulk);
      }
    }
    if (frames.isReadable()) {
      taken.sendUnasked(frames, 0, frames.readableBytes());
    }
    leaveIfDone();
    return true;
  }

  /** Those that the lost link did not confirm: they hold as soon as the next one is there. */
  private void confirmHere() {
    RespWriter out = loop.scratch().writer(client.session().protocol());
    ByteBuf frames = loop.scratch().reply();
    for (Awaited each : awaited) {
      out.push(3).bulk(each.kind);
      if (each.name == null) {
        out.nil();
      } else {
        out.bulk(each.name);
      }
      out.integer(channels.size());
    }
    awaited.clear();
    if (frames.isReadable()) {
      client.replies().message(frames, 0, frames.readableBytes());
    }
  }

  void abandon() {
    Upstream mine = link;
    link = null;
    channels = none();
    client.session().subscribed(channels);
    awaited.clear();
    monitor = false;
    if (mine != null) {
      mine.close("its client is done with it");
    }
  }

  /** The reply to MONITOR: refused, it leaves nothing open. */
  private final class Monitoring extends HandedOn {
    Monitoring() {
      super(client);
    }

    @Override
    public void onReplies(Upstream from, ByteBuf in, int start, int length, int number, int count) {
      super.onReplies(from, in, start, length, number, count);
      if (isError(in, start) && from == link) {
        monitor = false;
        refused = true;
        leaveIfDone();
      }
    }
  }
}
