package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespWriter;
import holdfast.routing.command.CommandTraits;
import holdfast.routing.command.Special;
import holdfast.routing.plan.Plan.Hold;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * MONITOR of one client: a link of its own whose lines flow to it as they come, and another at the
 * next master. One loop's thread.
 */
final class MonitorUse implements Upstream.Stream {
  private final ProxyLoop loop;
  private final ClientConnection client;
  private final OwnLinkUse use;
  private @Nullable Upstream link;

  MonitorUse(ProxyLoop loop, ClientConnection client, OwnLinkUse use) {
    this.loop = loop;
    this.client = client;
    this.use = use;
  }

  boolean owns(Upstream other) {
    return link == other;
  }

  boolean isBroken() {
    return link == null;
  }

  /** On a link that was taken for it. */
  void begin(Upstream taken, ByteBuf frame, int start, int length) {
    link = taken;
    taken.stream(this);
    taken.send(frame, start, length, new Monitoring(), client.replies().take(), 1);
  }

  boolean route(CommandTraits traits, RequestView request) {
    if (client.replies().unanswered() > 0) {
      return client.waiting().on(Hold.FOR_REPLIES);
    }
    if (traits.special() == Special.QUIT || traits.special() == Special.RESET) {
      use.reset();
      return client.commands().runLocal(traits, request);
    }
    client
        .replies()
        .localError("ERR '" + traits.name() + "' is not available through Holdfast after MONITOR");
    return true;
  }

  @Override
  public void onFrame(Upstream from, ByteBuf in, int start, int length) {
    if (from == link) {
      client.replies().message(in, start, length);
    }
  }

  void linkClosed() {
    link = null;
  }

  /** Goes on at the next master; false while there is none. */
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
    RespWriter out = loop.scratch().writer(2);
    out.command("MONITOR");
    ByteBuf frame = loop.scratch().reply();
    taken.send(frame, 0, frame.readableBytes(), Swallow.REPLIES, 0, 1);
    return true;
  }

  void abandon() {
    Upstream mine = link;
    link = null;
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
        abandon();
        use.done();
      }
    }
  }
}
