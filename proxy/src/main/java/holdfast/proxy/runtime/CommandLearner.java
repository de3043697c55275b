package holdfast.proxy.runtime;

import holdfast.backend.command.CommandReply;
import holdfast.backend.command.CommandTable;
import holdfast.backend.command.NewerCommands;
import holdfast.backend.command.ServerVersion;
import holdfast.backend.link.Backoff;
import holdfast.backend.link.ControlLink;
import holdfast.backend.link.Credentials;
import holdfast.backend.link.Link;
import holdfast.backend.link.LinkFailure;
import holdfast.backend.link.LinkListener;
import holdfast.backend.link.LinkSettings;
import holdfast.backend.link.ReconnectingLink;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.resp.RespValue;
import holdfast.backend.time.Ticker;
import holdfast.backend.transport.EventLoops;
import holdfast.proxy.dispatch.ProxyLoop;
import holdfast.routing.command.CommandClasses;
import holdfast.routing.command.CommandRules;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks each new master who it is and which commands it knows, and has the loops route by its word:
 * a newer server, or a module, has commands that the built-in table lacks. Where it may not tell
 * them (an ACL), its version says which newer ones there are; until it has answered, the table
 * stays as it is. A command in none of them is a write.
 *
 * <p>The first is asked at once, one that comes after it a while later: its answer is the longest
 * of all commands', writing and reading it costs some ten milliseconds, and right after a switch
 * that is what clients would wait for.
 *
 * <p>The link is closed once the server has answered. Any thread.
 */
final class CommandLearner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CommandLearner.class);
  private static final List<List<String>> QUESTIONS = List.of(List.of("HELLO"), List.of("COMMAND"));
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  /** How long after a switch clients have what they waited for, and replicas are in step. */
  static final Duration CALM = Duration.ofSeconds(2);

  private final EventLoops loops;
  private final CommandRules rules;
  private final LinkSettings template;
  private final Ticker ticker;
  private final List<ProxyLoop> proxies;
  private final Duration calm;
  private @Nullable ReconnectingLink link;
  private @Nullable ScheduledFuture<?> later;
  private boolean learned;
  private volatile String status = "built-in";

  /**
   * @param rules what operators say of commands by name
   * @param calm how long a master that is not the first is left alone
   */
  CommandLearner(
      EventLoops loops,
      ProxySettings.Credentials credentials,
      CommandRules rules,
      Ticker ticker,
      List<ProxyLoop> proxies,
      Duration calm) {
    this.loops = loops;
    this.rules = rules;
    this.calm = calm;
    String password = credentials.password();
    this.template =
        LinkSettings.to(new InetSocketAddress(0))
            .withCredentials(
                password == null ? null : new Credentials(credentials.user(), password))
            .withClientName("holdfast-commands")
            .withSocket(credentials.socket());
    this.ticker = ticker;
    this.proxies = proxies;
  }

  /**
   * Where the table comes from: "built-in" (with a version if a server of that one did not tell its
   * own), or "live" with the server and how many it knows.
   */
  String status() {
    return status;
  }

  /** Asks this server, and no longer the one before it. */
  synchronized void ask(NodeAddress master) {
    close();
    if (learned) {
      later = loops.loop(0).schedule(() -> askNow(master), calm.toNanos(), TimeUnit.NANOSECONDS);
    } else {
      askNow(master);
    }
  }

  private synchronized void askNow(NodeAddress master) {
    var settings =
        new LinkSettings(
            InetSocketAddress.createUnresolved(master.host(), master.port()),
            template.login(),
            template.times(),
            template.bounds(),
            template.socket());
    var asking = new Asking(master);
    var next =
        new ReconnectingLink(
            loops, loops.loop(0), settings, Backoff.STANDARD, ticker, new SecureRandom(), asking);
    asking.over = next;
    link = next;
    next.start();
  }

  @Override
  public synchronized void close() {
    if (later != null) {
      later.cancel(false);
      later = null;
    }
    if (link != null) {
      link.close();
      link = null;
    }
  }

  /**
   * @param replies to HELLO and COMMAND; null if the link was lost
   */
  private synchronized void answered(Asking asking, @Nullable List<RespValue> replies) {
    if (asking.over != link) {
      return; // another master since
    }
    close();
    learned = true;
    if (replies == null) {
      LOG.info("{} does not tell its commands: built-in table", asking.master);
      return;
    }
    ServerVersion server = ServerVersion.of(replies.getFirst());
    CommandTable told = told(asking.master, server, replies.getLast());
    CommandTable table = told == null ? NewerCommands.of(server) : told;
    CommandClasses classes = CommandClasses.of(table, rules);
    proxies.forEach(proxy -> proxy.show(classes, server));
    status =
        told == null
            ? "built-in for " + server
            : "live " + asking.master + " " + told.commands().size();
  }

  /** The table of a server that told its commands, else null. */
  private static @Nullable CommandTable told(
      NodeAddress master, ServerVersion server, RespValue reply) {
    if (reply.isError()) {
      LOG.info("{} does not tell its commands ({}): as {} has them", master, reply, server);
      return null;
    }
    try {
      return CommandReply.readOverBuiltIn(reply);
    } catch (IllegalArgumentException e) {
      LOG.warn("{} answers COMMAND with {}: as {} has them", master, e.getMessage(), server);
      return null;
    }
  }

  /** Asks once the link is there. */
  private final class Asking implements LinkListener {
    final NodeAddress master;
    @Nullable ReconnectingLink over;

    Asking(NodeAddress master) {
      this.master = master;
    }

    @Override
    public void onReady(Link ready) {
      ReconnectingLink target = over;
      if (target != null) {
        // Elsewhere, since reading some hundred commands would keep clients waiting.
        var unused =
            new ControlLink(target)
                .callAll(DEADLINE, QUESTIONS)
                .whenCompleteAsync((replies, _) -> answered(this, replies));
      }
    }

    @Override
    public void onClosed(Link closed, LinkFailure failure) {
      LOG.debug("{}: {}", master, failure.message());
    }
  }
}
