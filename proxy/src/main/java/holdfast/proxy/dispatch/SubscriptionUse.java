package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespWriter;
import holdfast.proxy.session.Subscriptions;
import holdfast.proxy.session.Subscriptions.Kind;
import holdfast.routing.command.CommandTraits;
import holdfast.routing.command.Special;
import holdfast.routing.plan.Plan.Hold;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of one client, which go over {@link SharedSubscriptions}. The channels are
 * remembered, so that they are subscribed to again at the next master. What was published in
 * between is lost, as it is to any subscriber without a connection.
 *
 * <p>In RESP2 a subscriber may send little else; in RESP3 anything, because messages come as
 * pushes, beside the replies. One loop's thread.
 */
final class SubscriptionUse {
  /** Commands that are not confirmed; the next one waits. */
  private static final int UNDER_WAY_MAX = 1_000;

  private static final String NOT_HERE =
      " is not available through Holdfast on a connection with subscriptions";

  private final ProxyLoop loop;
  private final ClientConnection client;

  /** What the client has asked for so far. */
  private Subscriptions asked;

  /** What the server has confirmed. */
  private Subscriptions confirmed;

  private int underWay;

  /** Over which they go; null without any. */
  private @Nullable SharedSubscriptions over;

  SubscriptionUse(ProxyLoop loop, ClientConnection client) {
    this.loop = loop;
    this.client = client;
    this.asked = none();
    this.confirmed = none();
  }

  private Subscriptions none() {
    return new Subscriptions(loop.settings().clients().subscriptionsMax());
  }

  /** Whether there are some, or a command about them is under way. */
  boolean isActive() {
    return over != null;
  }

  boolean isAwaiting() {
    return underWay > 0;
  }

  boolean isGone() {
    return client.isClosed() || over == null;
  }

  void wake() {
    client.wake();
  }

  void close() {
    client.close();
  }

  private static Kind kind(Special special) {
    return switch (special) {
      case SUBSCRIBE, UNSUBSCRIBE -> Kind.CHANNEL;
      case PSUBSCRIBE, PUNSUBSCRIBE -> Kind.PATTERN;
      case SSUBSCRIBE, SUNSUBSCRIBE -> Kind.SHARD;
      default -> throw new IllegalArgumentException(special + " is about no subscription");
    };
  }

  private static boolean isAbout(Special special) {
    return switch (special) {
      case SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE, UNSUBSCRIBE, PUNSUBSCRIBE, SUNSUBSCRIBE -> true;
      default -> false;
    };
  }

  private static boolean subscribes(Special special) {
    return special == Special.SUBSCRIBE
        || special == Special.PSUBSCRIBE
        || special == Special.SSUBSCRIBE;
  }

  // ---- commands

  /** What the client sends while it has subscriptions. */
  enum Gate {
    /** It goes its usual way. */
    OPEN,
    /** It was taken here. */
    TAKEN,
    /** It waits. */
    WAITS
  }

  private static Gate gate(boolean taken) {
    return taken ? Gate.TAKEN : Gate.WAITS;
  }

  /** The next command of a client that has subscriptions. */
  Gate pass(CommandTraits traits, RequestView request, ByteBuf frame, int start, int length) {
    Special special = traits.special();
    if (isAbout(special)) {
      return gate(change(traits, request));
    }
    if (underWay > 0) {
      return gate(client.waiting().on(Hold.FOR_REPLIES)); // what it subscribed to is told first
    }
    if (special == Special.QUIT || special == Special.RESET) {
      return Gate.OPEN;
    }
    if (client.session().protocol() == 2) {
      return gate(inMessageMode(traits, frame, start, length));
    }
    if (isForOtherLink(traits, request)) {
      client.replies().localError("ERR '" + traits.name() + "'" + NOT_HERE);
      return Gate.TAKEN;
    }
    return Gate.OPEN;
  }

  /** What would have the messages come in another form, or to another user. */
  private boolean isForOtherLink(CommandTraits traits, RequestView request) {
    return traits.special() == Special.MONITOR
        || client.login().isChangedBy(traits, request)
        || (traits.special() == Special.HELLO && request.count() > 1 && request.number(1) == 2);
  }

  private boolean inMessageMode(CommandTraits traits, ByteBuf frame, int start, int length) {
    if (traits.special() != Special.PING) {
      client
          .replies()
          .localError(
              "ERR Can't execute '"
                  + traits.name()
                  + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in"
                  + " this context");
      return true;
    }
    SharedSubscriptions to = over;
    if (to == null || !to.isUp()) {
      return client.waiting().onMaster();
    }
    underWay++;
    to.ping(this, frame, start, length);
    return true;
  }

  /** SUBSCRIBE, UNSUBSCRIBE and their kin; false: it waits. */
  boolean change(CommandTraits traits, RequestView request) {
    boolean misused = subscribes(traits.special()) && request.count() == 1; // told in its turn
    if (misused
        || underWay >= UNDER_WAY_MAX
        || (underWay == 0 && client.replies().unanswered() > 0)) {
      return client.waiting().on(Hold.FOR_REPLIES);
    }
    SharedSubscriptions to = client.links().subscriptions(client.session().protocol());
    if (!to.isUp() || !loop.leaseRuns()) {
      return client.waiting().onMaster();
    }
    Kind kind = kind(traits.special());
    if (subscribes(traits.special())) {
      return subscribe(to, kind, request);
    }
    Deque<byte[]> names = new ArrayDeque<>();
    if (request.count() == 1) {
      names.addAll(asked.of(kind));
    }
    for (int i = 1; i < request.count(); i++) {
      names.add(request.bytes(i));
    }
    underWay++;
    names.forEach(name -> asked.remove(kind, name));
    if (names.isEmpty()) {
      to.unsubscribeNothing(this, kind);
    } else {
      to.unsubscribe(this, kind, names);
    }
    return true;
  }

  private boolean subscribe(SharedSubscriptions to, Kind kind, RequestView request) {
    int count = request.count() - 1;
    int most = loop.settings().clients().subscriptionsMax();
    if (asked.size() + count > most) {
      client.replies().localError("ERR more than " + most + " subscriptions on one connection");
      return true;
    }
    if (!to.hasRoomFor(count)) {
      client.replies().localError("ERR too many channels are subscribed to at this proxy");
      return true;
    }
    over = to;
    to.joined(this);
    underWay++;
    Deque<byte[]> names = new ArrayDeque<>();
    for (int i = 1; i <= count; i++) {
      byte[] name = request.bytes(i);
      asked.add(kind, name);
      names.add(name);
    }
    to.subscribe(this, kind, names);
    return true;
  }

  /** UNSUBSCRIBE without a subscription is answered here, as Redis does. */
  void nothingOpen(CommandTraits traits, RequestView request) {
    RespWriter out = client.replies().writer();
    for (int i = 1; i == 1 || i < request.count(); i++) {
      confirmation(out, traits.name(), request.count() == 1 ? null : request.bytes(i), 0);
    }
    client.replies().localReply();
  }

  private static void confirmation(
      RespWriter out, String word, byte @Nullable [] name, int subscriptions) {
    out.push(3).bulk(word);
    if (name == null) {
      out.nil();
    } else {
      out.bulk(name);
    }
    out.integer(subscriptions);
  }

  // ---- what comes of them

  void message(ByteBuf in, int start, int length) {
    client.replies().message(in, start, length);
  }

  /** The server has confirmed one name; with the last its command is answered. */
  void confirmed(Kind kind, boolean subscribes, byte @Nullable [] name, boolean last) {
    if (name != null && subscribes) {
      confirmed.add(kind, name);
    } else if (name != null) {
      confirmed.remove(kind, name);
    }
    client.session().subscribed(confirmed);
    RespWriter out = client.replies().writer();
    String word = subscribes ? kind.command() : kind.ending();
    confirmation(out, word, name, confirmed.counted(kind));
    client.replies().message(loop.scratch().reply());
    if (last) {
      answered();
    }
  }

  /** The server's error to a command, say because of a channel that its user may not have. */
  void refused(
      Kind kind, boolean subscribes, Collection<byte[]> names, ByteBuf in, int start, int length) {
    for (byte[] name : names) {
      if (subscribes && !confirmed.contains(kind, name)) {
        asked.remove(kind, name);
      } else if (!subscribes && confirmed.contains(kind, name)) {
        asked.add(kind, name);
      }
    }
    reply(in, start, length);
    answered();
  }

  /** The answer to PING. */
  void ponged(ByteBuf in, int start, int length) {
    if (!isGone()) {
      reply(in, start, length);
      answered();
    }
  }

  /** A reply that comes with the messages. */
  private void reply(ByteBuf in, int start, int length) {
    if (!client.session().repliesOff()) {
      client.replies().message(in, start, length);
    }
  }

  private void answered() {
    underWay--;
    if (underWay == 0 && asked.isEmpty() && confirmed.isEmpty()) {
      leave();
    }
    client.wake();
  }

  // ---- when the link breaks

  /** Whether the next command may be looked at: not before all is subscribed to again. */
  boolean resume() {
    SharedSubscriptions its = over;
    return its == null
        || its.isUp()
        || client.waiting().refuses()
        || client.waiting().on(Hold.FOR_MASTER);
  }

  void patienceEnded() {
    SharedSubscriptions its = over;
    if (its != null && !its.isUp()) {
      // Silence would look like a subscription on which nothing is published.
      client.close();
    }
  }

  /** RESET, or the client is gone, or has none left. */
  void leave() {
    SharedSubscriptions its = over;
    over = null;
    if (its == null) {
      return;
    }
    for (Kind kind : Kind.values()) {
      Set<byte[]> names = new LinkedHashSet<>(asked.of(kind));
      names.addAll(confirmed.of(kind));
      its.left(this, kind, names);
    }
    asked = none();
    confirmed = none();
    underWay = 0;
    client.session().subscribed(confirmed);
  }
}
