package holdfast.proxy.dispatch;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.resp.RespReader;
import holdfast.backend.resp.RespValue;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds out on a new connection whether links that stay silent are dead. A PING behind their
 * commands could not tell: it waits as they do, for a slow script, a pause, a hung server.
 *
 * <p>If the master answers here it is alive and at leisure: it has executed or put aside all that
 * reached it before. {@code CLIENT LIST ID} then says of each link whether a command of it is put
 * aside (flag {@code b}: blocked, by CLIENT PAUSE or a module's thread, say): that link lives. Of
 * another the command never arrived or the reply never came: it is cut, unless something has come
 * on it since. Its commands go out again, or are in doubt, as with any link that breaks.
 *
 * <p>Used once. One loop's thread.
 */
final class LinkProbe implements Upstream.Listener, ReplyTarget {
  /** After that another may try: whoever is busy or hung is not to get many connections. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** What has come on a link at the same moment as the answer here is read by then. */
  private static final long GRACE_MILLIS = 20;

  private final ProxyLoop loop;
  private final Map<Upstream, Integer> suspects = new LinkedHashMap<>();
  private final Consumer<Upstream> alive;
  private final long begunNanos;
  private @Nullable Upstream link;
  private boolean over;
  private boolean judged;

  /**
   * @param suspects links to the present master, ready once
   * @param alive told of each that has a command put aside at the server, or of which it cannot be
   *     known
   */
  LinkProbe(ProxyLoop loop, List<Upstream> suspects, Consumer<Upstream> alive) {
    this.loop = loop;
    this.alive = alive;
    this.begunNanos = loop.nowNanos();
    for (Upstream each : suspects) {
      this.suspects.put(each, each.progress());
    }
  }

  void begin() {
    NodeAddress master = loop.view().master();
    if (master == null) {
      over = true;
    } else {
      link = loop.connectUnconfirmed(master, loop.view().tenure(), this);
    }
  }

  /** Whether another may be begun: this one has judged, or failed a good while ago. */
  boolean mayBeFollowed() {
    return judged || loop.nowNanos() - begunNanos >= PATIENCE_NANOS;
  }

  void close(String reason) {
    over = true;
    Upstream mine = link;
    link = null;
    if (mine != null) {
      mine.close(reason);
    }
  }

  @Override
  public void onReady(Upstream ready) {
    var command = new ArrayList<>(List.of("CLIENT", "LIST", "ID"));
    for (Upstream each : suspects.keySet()) {
      LinkIdentity who = each.identity();
      if (who != null && who.clientId() >= 0) {
        command.add(Long.toString(who.clientId()));
      }
    }
    loop.scratch().writer(2).command(command.toArray(String[]::new));
    ByteBuf out = loop.scratch().reply();
    ready.send(out, 0, out.readableBytes(), this, 0, 1);
  }

  @Override
  public void onClosed(Upstream closed, String reason) {
    over = true;
    link = null;
  }

  @Override
  public void onReplies(Upstream from, ByteBuf in, int start, int length, int number, int count) {
    RespValue reply = RespReader.read(in, start, length);
    if (!over && !reply.isError()) {
      var flags = ClientFlags.of(reply.text());
      loop.schedule(() -> judge(flags), GRACE_MILLIS, TimeUnit.MILLISECONDS);
    } else {
      doesNotTell();
    }
  }

  /** What cannot be known is left to TCP. */
  private void doesNotTell() {
    suspects.keySet().forEach(alive);
    close("it does not tell who its clients are");
  }

  private void judge(ClientFlags flags) {
    judged = true;
    suspects.forEach(
        (suspect, progress) -> {
          LinkIdentity who = suspect.identity();
          boolean silent = !suspect.isClosed() && suspect.owes() && suspect.progress() == progress;
          if (!silent || who == null || who.clientId() < 0) {
            return;
          }
          if (flags.isBlocked(who.clientId())) {
            alive.accept(suspect);
          } else {
            suspect.close("silent, while its server answers a new connection");
          }
        });
    close("done");
  }

  @Override
  public void onReplyPiece(
      Upstream from, ByteBuf in, int start, int length, int number, boolean last) {
    close("CLIENT LIST of more than was asked for");
  }

  @Override
  public void onRefused(Upstream from, Frame request, Frame error, int number) {
    doesNotTell();
  }

  @Override
  public void onLost(Upstream from, Frame request, int number, boolean sent) {
    // onClosed follows
  }
}
