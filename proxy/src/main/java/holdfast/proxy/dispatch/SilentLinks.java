package holdfast.proxy.dispatch;

import holdfast.proxy.dispatch.Silence.Finding;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Looks now and then at the links to the master that owe replies and bring none, and at those that
 * have nothing to do. {@link Silence} judges; here it is carried out: the voters are told to look,
 * an idle link gets a PING of ours, a silent one is asked about by a {@link LinkProbe} and cut if
 * the server answers that and has nothing in hand for it.
 *
 * <p>So a link that is dead at one end only (something on the way has forgotten it, without FIN or
 * RST) is replaced within a second of the first command that it swallows, or before there is one. A
 * server that hangs, or is busy with a script, answers no probe: nothing is cut, clients wait for
 * it as they would without a proxy, and whether it is deposed is the voters' business.
 *
 * <p>Left to TCP (keepalive 11 s, unacknowledged bytes 5 s) are links on which silence is the rule:
 * of a command that blocks, of one that is so long that it comes in pieces, of subscriptions, of a
 * transaction whose client takes its time; and all of them if the server does not tell who its
 * clients are (CLIENT ID, CLIENT LIST).
 *
 * <p>The way of a command pays one comparison per link and pass. One loop's thread.
 */
final class SilentLinks {
  private static final long LOOK_MILLIS = 150;

  /** Between looks while no reply is due. */
  private static final long IDLE_LOOK_MILLIS = 500;

  private final ProxyLoop loop;
  private Map<Upstream, Silence> seen = new HashMap<>();
  private boolean scheduled;
  private boolean idleScheduled;
  private @Nullable LinkProbe probe;

  SilentLinks(ProxyLoop loop) {
    this.loop = loop;
  }

  /** Something was sent to a server. */
  void sent() {
    if (!scheduled) {
      scheduled = true;
      loop.schedule(this::lookWhileDue, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void lookWhileDue() {
    scheduled = false;
    look();
    if (seen.keySet().stream().anyMatch(Upstream::owes)) {
      sent();
    }
  }

  /** A link to the master is there: from here on one may be idle. */
  void ready() {
    if (!idleScheduled && !loop.isClosing()) {
      idleScheduled = true;
      loop.schedule(this::lookWhileThereAreAny, IDLE_LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void lookWhileThereAreAny() {
    idleScheduled = false;
    look();
    if (!seen.isEmpty()) {
      ready();
    }
  }

  private void look() {
    Map<Upstream, Silence> before = seen;
    seen = new HashMap<>();
    var suspects = new ArrayList<Upstream>();
    for (Upstream link : loop.logins().sharedLinks()) {
      note(link, lookAndHint(link, before), suspects, true);
    }
    Set<Upstream> idle = new HashSet<>(loop.logins().idleOwnLinks());
    for (Upstream link : loop.logins().ownLinks()) {
      note(link, lookAndHint(link, before), suspects, idle.contains(link));
    }
    Upstream confirming = loop.commits().link();
    if (confirming != null) {
      note(confirming, look(confirming, before), suspects, false);
    }
    ask(suspects);
  }

  private Finding lookAndHint(Upstream link, Map<Upstream, Silence> before) {
    Finding finding = look(link, before);
    if (finding == Finding.HINT || finding == Finding.SUSPECT) {
      loop.trouble(link.address());
    }
    return finding;
  }

  private Finding look(Upstream link, Map<Upstream, Silence> before) {
    if (!link.isSetUp() || link.isSilentByNature()) {
      return Finding.NOTHING;
    }
    long now = loop.nowNanos();
    Silence silence = before.getOrDefault(link, new Silence(now));
    seen.put(link, silence);
    return silence.look(now, link.progress(), link.owes(), link.isHeldUp());
  }

  /** A link on which a client has something open gets no PING. */
  private void note(Upstream link, Finding finding, List<Upstream> suspects, boolean mayPing) {
    LinkIdentity who = link.identity();
    if (finding == Finding.SUSPECT && who != null && who.clientId() >= 0) {
      suspects.add(link);
    } else if (finding == Finding.IDLE && mayPing) {
      loop.scratch().writer(2).command("PING");
      var ping = loop.scratch().reply();
      link.send(ping, 0, ping.readableBytes(), Swallow.ANYTHING, 0, 1, true);
    }
  }

  private void ask(List<Upstream> suspects) {
    LinkProbe last = probe;
    if (last != null && !suspects.isEmpty() && !last.mayBeFollowed()) {
      return;
    }
    probe = null;
    if (last != null) {
      last.close("not needed any more, or not answered in time");
    }
    if (!suspects.isEmpty()) {
      var next = new LinkProbe(loop, suspects, this::excuse);
      probe = next;
      next.begin();
    }
  }

  private void excuse(Upstream link) {
    Silence silence = seen.get(link);
    if (silence != null) {
      silence.excuse(loop.nowNanos());
    }
  }
}
