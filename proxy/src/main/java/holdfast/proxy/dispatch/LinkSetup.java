package holdfast.proxy.dispatch;

import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Role;
import holdfast.backend.resp.RespReader;
import holdfast.backend.resp.RespValue;
import holdfast.backend.resp.RespWriter;
import holdfast.proxy.dispatch.Expectation.Verdict;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The first commands on a new link: protocol, login, name, database; and INFO, because a link is
 * used only if the process behind it is the one that the record names, in the role expected
 * (PROTOCOL.md, "Switching", step 8). If commands of a broken link to the same process wait to be
 * repeated, that link is killed there before this one is used ("In-doubt commands"). Then a process
 * that is new to the loop gets the scripts that clients use ({@link ScriptLoads}). All that is done
 * as the proxy's own user: that of the clients, which the link becomes then, may lack the right.
 *
 * <p>An engine that has just been promoted is asked again until it has its lease: a new connection
 * would cost both ends more, at a moment at which both have much to do.
 */
final class LinkSetup implements ReplyTarget {
  private static final long AGAIN_MILLIS = 3;
  private static final long AGAIN_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);

  private final ProxyLoop loop;
  private final Upstream link;
  private final long beganNanos;
  private final List<String[]> commands = new ArrayList<>();
  private final List<RespValue> replies = new ArrayList<>();
  private int infoAt;
  private int clientIdAt;
  private boolean asksAgain;
  private @Nullable LinkIdentity identity;
  private List<Long> killing = List.of();

  /** Scripts that are being loaded and have not been answered. */
  private int loading;

  /** Where the server is to keep replies; null if that is not asked. */
  private @Nullable OnceWindow window;

  /** Answers to what shows whether it does that are still to come. */
  private int probing;

  private @Nullable String whyNotKept;

  /** The password of the link's user, once it has been shown. */
  private byte @Nullable [] shown;

  LinkSetup(ProxyLoop loop, Upstream link) {
    this.loop = loop;
    this.link = link;
    this.beganNanos = loop.nowNanos();
  }

  void begin() {
    DispatchSettings settings = loop.settings();
    int protocol = ProxyLoop.protocolOf(link.index());
    String password = settings.backendPassword();
    String user = settings.backendUser() == null ? "default" : settings.backendUser();
    if (protocol == 3) {
      if (password == null) {
        add("HELLO", "3");
      } else {
        add("HELLO", "3", "AUTH", user, password);
      }
    } else if (password != null) {
      if (settings.backendUser() == null) {
        add("AUTH", password);
      } else {
        add("AUTH", user, password);
      }
    }
    add("CLIENT", "SETNAME", settings.linkName());
    clientIdAt = commands.size();
    add("CLIENT", "ID");
    infoAt = commands.size();
    add("INFO");
    int database = ProxyLoop.databaseOf(link.index());
    if (database > 0) {
      add("SELECT", Integer.toString(database));
    }
    send(commands);
  }

  private void add(String... command) {
    commands.add(command);
  }

  private void send(List<String[]> batch) {
    ByteBuf out = loop.allocator().directBuffer();
    var writer = new RespWriter(out, 2);
    try {
      for (String[] command : batch) {
        writer.command(command);
      }
      link.send(out, out.readerIndex(), out.readableBytes(), this, 0, batch.size());
    } finally {
      out.release();
    }
  }

  @Override
  public void onReplies(Upstream from, ByteBuf in, int start, int length, int number, int count) {
    int at = start;
    var scanner = new holdfast.backend.resp.ReplyScanner(holdfast.backend.resp.RespLimits.STANDARD);
    for (int i = 0; i < count && !link.isClosed(); i++) {
      scanner.scan(in, at, start + length);
      onReply(RespReader.read(in, at, scanner.length()));
      at += scanner.length();
    }
  }

  @Override
  public void onReplyPiece(
      Upstream from, ByteBuf in, int start, int length, int number, boolean last) {
    link.close(link.address() + " answered the handshake with more than it could");
  }

  @Override
  public void onRefused(Upstream from, Frame request, Frame error, int number) {
    onReplies(from, error.in(), error.start(), error.length(), number, 1);
  }

  @Override
  public void onLost(Upstream from, Frame request, int number, boolean sent) {
    // The link's listener hears of it.
  }

  private void onReply(RespValue reply) {
    if (probing > 0) {
      onProbed(reply);
      return;
    }
    byte[] password = shown;
    Login login = link.login();
    if (password != null && login != null) {
      onLogin(login, password, reply);
      return;
    }
    if (loading > 0) {
      onLoaded();
      return;
    }
    if (identity != null) {
      onKilled(reply);
      return;
    }
    if (asksAgain) {
      replies.set(infoAt, reply);
      onAnswered();
      return;
    }
    int at = replies.size();
    replies.add(reply);
    boolean mayFail = commands.get(at)[0].equals("CLIENT");
    if (reply instanceof RespValue.Failure(String message) && !mayFail) {
      link.close(link.address() + " refused " + commands.get(at)[0] + ": " + message);
    } else if (replies.size() == commands.size()) {
      onAnswered();
    }
  }

  private void onAnswered() {
    NodeInfo info;
    long clientId;
    try {
      info = NodeInfo.parse(replies.get(infoAt).text());
      RespValue id = replies.get(clientIdAt);
      clientId = id.isError() ? -1 : id.integer();
    } catch (IllegalArgumentException | IllegalStateException e) {
      link.close(link.address() + " has no INFO that we understand: " + e.getMessage());
      return;
    }
    if (info.loading()) {
      link.close(link.address() + " is loading its data");
      return;
    }
    Verdict verdict = loop.expectation().judge(link, info);
    if (verdict.soon() && loop.nowNanos() - beganNanos < AGAIN_NANOS_MAX) {
      loop.schedule(this::askAgain, AGAIN_MILLIS, TimeUnit.MILLISECONDS);
      return;
    }
    if (!verdict.good()) {
      link.close(link.address() + " is not used: " + verdict.reason());
      return;
    }
    identity = new LinkIdentity(info.runId(), clientId);
    if (link.wantsOnce()) {
      window = loop.recorder().newWindow(info.engine() != null);
    }
    killing = info.role() == Role.MASTER ? loop.doubts().linksAt(info.runId()) : List.of();
    if (killing.isEmpty()) {
      loadScripts(identity);
      return;
    }
    var kills = new ArrayList<String[]>();
    for (long id : killing) {
      kills.add(new String[] {"CLIENT", "KILL", "ID", Long.toString(id)});
    }
    replies.clear();
    send(kills);
  }

  /** INFO alone; the other answers stay. */
  private void askAgain() {
    if (!link.isClosed()) {
      asksAgain = true;
      send(List.<String[]>of(new String[] {"INFO"}));
    }
  }

  /** 1: killed; 0: no such link any more. */
  private void onKilled(RespValue reply) {
    replies.add(reply);
    LinkIdentity who = identity;
    if (replies.size() < killing.size() || who == null) {
      return;
    }
    boolean all = replies.stream().allMatch(RespValue.Int.class::isInstance);
    loop.doubts().settled(who.runId(), killing);
    if (!all) {
      loop.killsRefused();
    }
    loadScripts(who);
  }

  private void loadScripts(LinkIdentity who) {
    var bodies = new ArrayList<>(loop.scripts().missingAt(who.runId()));
    if (window != null && !window.isEngine()) {
      bodies.add(OnceScript.body(ProxyLoop.protocolOf(link.index())));
    }
    loading = bodies.size();
    if (loading == 0) {
      becomeUser(who);
      return;
    }
    ByteBuf out = loop.allocator().directBuffer();
    try {
      var writer = new RespWriter(out, 2);
      bodies.forEach(body -> ScriptLoads.write(writer, body));
      link.send(out, out.readerIndex(), out.readableBytes(), this, 0, bodies.size());
    } finally {
      out.release();
    }
  }

  /** A server without scripts refuses each, and one that it cannot read: neither is in the way. */
  private void onLoaded() {
    loading--;
    LinkIdentity who = identity;
    if (loading == 0 && who != null) {
      loop.scripts().loadedAt(who.runId());
      becomeUser(who);
    }
  }

  // ---- as whom it is used from here on

  /** The last command: database, protocol and name stay as they are. */
  private void becomeUser(LinkIdentity who) {
    Login login = link.login();
    if (login == null) {
      probe(who);
      return;
    }
    shown = login.password();
    ByteBuf out = loop.allocator().directBuffer();
    try {
      byte[] auth = "AUTH".getBytes(StandardCharsets.US_ASCII);
      new RespWriter(out, 2).command(auth, login.user(), shown);
      link.send(out, out.readerIndex(), out.readableBytes(), this, 0, 1);
    } finally {
      out.release();
    }
  }

  /** Only a master's word ends a login: replicas may not know the user, or not yet. */
  private void onLogin(Login login, byte[] password, RespValue reply) {
    LinkIdentity who = identity;
    if (!reply.isError() && who != null) {
      probe(who);
      return;
    }
    boolean wrong =
        reply instanceof RespValue.Failure(String message) && message.startsWith("WRONGPASS ");
    link.close(link.address() + " refused the login of a user");
    if (wrong && link.tenure() != null) {
      loop.logins().refused(login, password);
    }
  }

  // ---- whether replies are kept

  /** Asked as the user as whom the link is used: it may lack the right. */
  private void probe(LinkIdentity who) {
    OnceWindow place = window;
    if (place == null) {
      link.ready(who);
      return;
    }
    ByteBuf out = loop.allocator().directBuffer();
    try {
      probing = loop.recorder().probe(out, place, ProxyLoop.protocolOf(link.index()));
      link.send(out, out.readerIndex(), out.readableBytes(), this, 0, probing);
    } finally {
      out.release();
    }
  }

  private void onProbed(RespValue reply) {
    probing--;
    if (reply instanceof RespValue.Failure(String message) && !Refusals.passes(message)) {
      whyNotKept = message;
    }
    LinkIdentity who = identity;
    OnceWindow place = window;
    if (probing > 0 || who == null || place == null) {
      return;
    }
    String why = whyNotKept;
    if (why == null) {
      link.keepsReplies(place);
    } else {
      loop.recorder().refused(link.login(), why);
    }
    link.ready(who);
  }
}
