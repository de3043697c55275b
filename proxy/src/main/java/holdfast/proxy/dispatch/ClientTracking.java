package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespWriter;
import holdfast.proxy.session.Tracking;
import holdfast.proxy.session.Tracking.Asked;
import holdfast.routing.plan.Plan.Hold;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * CLIENT TRACKING of one client. While it is on, all its commands take one link of the client's
 * own, on which tracking is on as the client asked: so the server knows which keys the client has
 * read, in transactions and scripts too, and which changes are its own; and what it tells of a key
 * comes in its place among the replies.
 *
 * <p>Where the client has its messages sent to another client, the server sends them on a second
 * link, because it can tell them only where RESP3 is spoken. Whom they are for is the proxy's to
 * know: ids are the proxy's. They are handed on once the replies before them are.
 *
 * <p>When such a link is lost, so is what the server knew: the client is told to forget all keys,
 * as one FLUSHALL does, and tracking goes on over new links, without a command of the client's. One
 * loop's thread.
 */
final class ClientTracking {
  private final ProxyLoop loop;
  private final ClientConnection client;
  private final Invalidations invalidations;
  private Tracking state = new Tracking();

  /** Of the client's commands; null while tracking is off, or the link is not there. */
  private @Nullable Upstream home;

  /** Of the messages for another client. */
  private @Nullable Upstream messages;

  /** Tracking is on at {@link #home} as the state says. */
  private boolean established;

  /** What CLIENT TRACKING ON changes, until it is answered; null when nothing is. */
  private @Nullable Tracking before;

  private int number;

  /** CLIENT TRACKING OFF is under way to the server: what it told before comes first. */
  private boolean ending;

  private boolean ended;

  ClientTracking(ProxyLoop loop, ClientConnection client) {
    this.loop = loop;
    this.client = client;
    this.invalidations = new Invalidations(loop, client, this);
  }

  boolean isOn() {
    return state.isOn();
  }

  /** What the client has asked for; only looked at. */
  Tracking state() {
    return state;
  }

  boolean owns(Upstream link) {
    return link == home;
  }

  /** Whether it is a link for tracking on which nothing is open. */
  boolean isIdleOn(Upstream link) {
    return link == messages || (link == home && established && !client.use().isInUse());
  }

  /** Shows what others may see of it. */
  private void show() {
    client.session().tracking(state.letters(), state.redirect());
  }

  // ---- on and off

  /** CLIENT TRACKING ON; false: it waits. */
  boolean turnOn(Asked asked) {
    if (client.replies().unanswered() > 0) {
      return client.waiting().on(Hold.FOR_REPLIES);
    }
    if (!takeLinks(asked.redirect() != 0)) {
      return client.waiting().onMaster();
    }
    before = new Tracking(state);
    if (isOn() && asked.redirect() != state.redirect()) {
      invalidations.leaves(); // what is on its way to the one before would miss it
    }
    state.turnOn(asked);
    show();
    number = client.replies().take();
    boolean adds = established;
    establish(
        adds ? List.of(state.command(redirect(), asked.prefixes())) : state.commands(redirect()));
    return true;
  }

  /** CLIENT TRACKING OFF; false: it waits. */
  boolean turnOff() {
    if (!isOn()) {
      return true;
    }
    Upstream mine = home;
    if (client.replies().unanswered() > 0 || ending) {
      return client.waiting().on(Hold.FOR_REPLIES);
    }
    if (!ended && established && mine != null) {
      ending = true;
      ask(mine, new Ending(), "CLIENT", "TRACKING", "OFF");
      return client.waiting().on(Hold.FOR_REPLIES);
    }
    drop("its client tracks no more");
    return true;
  }

  private final class Ending extends LinkAnswer {
    @Override
    void on(Upstream link, ByteBuf in, int start, int length) {
      Upstream its = messages;
      if (link == home && its != null) {
        ask(its, this, "PING"); // behind what the server has told there
      } else {
        onEnded();
      }
    }
  }

  private void onEnded() {
    if (ending) {
      ending = false;
      ended = true;
      client.wake();
    }
  }

  /** RESET, or the client is gone. */
  void drop(String reason) {
    if (!isOn()) {
      return;
    }
    state.turnOff();
    show();
    before = null;
    closeLinks(reason);
    invalidations.clear();
    loop.needsNoMaster(client);
  }

  private void closeLinks(String reason) {
    Upstream mine = home;
    Upstream its = messages;
    home = null;
    messages = null;
    established = false;
    ending = false;
    ended = false;
    if (mine != null) {
      mine.close(reason);
    }
    if (its != null) {
      its.close(reason);
    }
  }

  // ---- its links

  /** Where the client's commands go; null: not now, and the client is woken when it may be. */
  @Nullable Upstream link() {
    if (!established && takeLinks(state.redirect() != 0)) {
      establish(state.commands(redirect()));
    }
    Upstream mine = home;
    return established && mine != null && mine.isReady() && loop.leaseRuns() ? mine : null;
  }

  private boolean takeLinks(boolean forMessages) {
    if (!loop.leaseRuns()) {
      loop.needsMaster(client);
      return false;
    }
    OwnLinks own = client.links().own();
    Upstream mine = home;
    if (mine == null) {
      mine = own.take(client, client.linkIndex());
      if (mine != null) {
        home = mine;
        mine.pushes(invalidations::onPush);
      }
    }
    Upstream its = messages;
    if (its == null && forMessages) {
      its = own.take(client, ProxyLoop.linkIndex(0, 3));
      if (its != null) {
        messages = its;
        its.pushes(invalidations::onMessage);
      }
    }
    return mine != null && (its != null || !forMessages);
  }

  /** Has the server track what the client's commands read; before any of them. */
  private void establish(List<List<byte[]>> commands) {
    Upstream mine = home;
    if (mine == null) {
      throw new IllegalStateException("no link to track on");
    }
    established = true;
    var target = new Established();
    for (int i = 0; i < commands.size(); i++) {
      RespWriter out = loop.scratch().writer(2);
      out.command(commands.get(i).toArray(byte[][]::new));
      ByteBuf frame = loop.scratch().reply();
      boolean last = i == commands.size() - 1;
      mine.send(frame, 0, frame.readableBytes(), last ? target : Swallow.REPLIES, 0, 1);
    }
  }

  /** What the server calls the link of messages, if there is to be one. */
  private long redirect() {
    Upstream its = messages;
    LinkIdentity who = its == null ? null : its.identity();
    return state.redirect() == 0 ? 0 : who == null ? -1 : who.clientId();
  }

  private void ask(Upstream link, ReplyTarget target, String... command) {
    loop.scratch().writer(2).command(command);
    ByteBuf frame = loop.scratch().reply();
    link.send(frame, 0, frame.readableBytes(), target, 0, 1);
  }

  /** The client is in another database, or speaks another protocol; so does its link. */
  void follow() {
    Upstream mine = home;
    if (mine != null && isOn()) {
      ask(mine, Swallow.REPLIES, "HELLO", Integer.toString(client.session().protocol()));
      ask(mine, Swallow.REPLIES, "SELECT", Integer.toString(client.session().database()));
    }
  }

  /** The client is another user: as whom it reads. */
  void userChanged() {
    if (isOn()) {
      lost("its client is another user now");
    }
  }

  /** A link of the client's is closed. */
  void linkClosed(Upstream closed) {
    if (closed == home || closed == messages) {
      lost("tracking is begun anew on other links");
    }
  }

  private void lost(String reason) {
    closeLinks(reason);
    if (isOn() && !client.isClosed()) {
      invalidations.all();
      client.wake();
    }
  }

  /** Goes on over new links; false if a command waits for that. */
  boolean resume() {
    if (!isOn() || link() != null) {
      return true;
    }
    return before == null || client.waiting().refuses() || client.waiting().on(Hold.FOR_MASTER);
  }

  /** The hold window is over: a CLIENT TRACKING that was lost on its way is given up. */
  void patienceEnded() {
    if (before != null && !established) {
      refused(Errors.noMaster(loop.settings().hold().window()));
    }
  }

  private void refused(String error) {
    revert();
    client.replies().error(number, error);
  }

  private void revert() {
    Tracking was = before;
    before = null;
    if (was != null) {
      state = was;
      show();
      if (!isOn()) {
        closeLinks("tracking is refused");
      }
    }
  }

  /** The server's answer to the last command with which tracking begins, or goes on. */
  private final class Established extends LinkAnswer {
    @Override
    void on(Upstream link, ByteBuf in, int start, int length) {
      if (client.isClosed() || link != home) {
        return;
      }
      boolean error = HandedOn.isError(in, start);
      if (before == null) {
        onResumed(error);
        return;
      }
      client.replies().onReplies(link, in, start, length, number, 1);
      if (error) {
        revert();
      } else {
        before = null;
      }
    }
  }

  private void onResumed(boolean error) {
    if (error) {
      client.close(); // silence would look like keys that nobody changes
    } else if (state.isBroadcast()) {
      invalidations.all(); // others may have read for it meanwhile
    }
  }

  // ---- CLIENT CACHING

  /** CLIENT CACHING: the error's text, or null. */
  @Nullable String caching(boolean yes) {
    return state.caching(yes);
  }

  /** The client's next command goes out: tells the server how to treat it. */
  void precede() {
    Upstream link = home;
    if (state.isCaching() && link != null) {
      state.cachingOver();
      client.commands().flushRun();
      ask(link, Swallow.REPLIES, "CLIENT", "CACHING", state.isOptIn() ? "YES" : "NO");
    }
  }

  /** A command goes out again, and is tracked whatever was said of it: more does no harm. */
  void precedeAgain() {
    Upstream link = home;
    if (state.isOptIn() && link != null) {
      ask(link, Swallow.REPLIES, "CLIENT", "CACHING", "YES");
    }
  }

  /** A command other than CLIENT was taken. */
  void cachingOver() {
    state.cachingOver();
  }

  // ---- messages

  /** Replies were written: goes on with messages that waited for them. */
  void repliesWritten() {
    invalidations.repliesWritten();
  }

  /** The client to which messages were to go is gone, or there. */
  void redirectBroken(boolean isBroken) {
    state.redirectBroken(isBroken);
    show();
  }
}
