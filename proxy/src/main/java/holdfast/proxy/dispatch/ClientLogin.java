package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespReader;
import holdfast.backend.resp.RespValue;
import holdfast.backend.resp.RespWriter;
import holdfast.proxy.session.Session;
import holdfast.routing.command.CommandTraits;
import holdfast.routing.command.Route;
import holdfast.routing.command.Special;
import holdfast.routing.plan.Plan.Hold;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * As whom one client's commands are executed, where backends check their users; where the proxy
 * asks for its own password, all are the proxy. The present master is asked, and the client's
 * command stays in its input until it has answered:
 *
 * <ul>
 *   <li>a connection begins, and begins again with RESET, as the default user if that needs no
 *       password: a RESET and a PING on the link for credentials tell;
 *   <li>AUTH is carried out there, and its error handed to the client word for word;
 *   <li>a command that the proxy answers itself is carried out if {@code ACL DRYRUN} allows it.
 * </ul>
 *
 * <p>One loop's thread.
 */
final class ClientLogin {
  /** What came of a question. */
  sealed interface Answer {
    /** Nothing stands against it. */
    record Yes() implements Answer {}

    /**
     * The command is refused.
     *
     * @param error with its code word
     */
    record No(String error) implements Answer {}

    /**
     * It is not known yet.
     *
     * @param taken false if the command waits; true if it has been answered with an error
     */
    record NotYet(boolean taken) implements Answer {}
  }

  static final byte[] DEFAULT_USER = "default".getBytes(StandardCharsets.US_ASCII);

  static final Answer YES = new Answer.Yes();
  private static final byte[] NO_PASSWORD = {};
  private static final String FULL =
      "ERR too many users are logged in through this proxy: try again later";
  private static final String UNKNOWN_RIGHTS =
      "NOPERM the proxy could not find out whether this user may run the command: its own user"
          + " needs the right to ACL DRYRUN";

  private final ProxyLoop loop;
  private final ClientConnection client;

  /** Whether it has been found out if the client is let in. */
  private boolean known;

  /** A question of this client is under way. */
  private boolean asked;

  /** What the master said to the question of the command that waits. */
  private @Nullable Answer answer;

  ClientLogin(ProxyLoop loop, ClientConnection client) {
    this.loop = loop;
    this.client = client;
    this.known = !loop.logins().areBackends();
  }

  /** Whether it has been found out if the client is let in. */
  boolean isKnown() {
    return known;
  }

  /** Whether the client has to log in first, as far as is known. */
  boolean isShutOut() {
    return known && !client.session().authenticated();
  }

  // ---- what commands ask

  /** Whether a command may be carried out as far as its client's user is concerned. */
  Answer may(CommandTraits traits, RequestView request) {
    if (!loop.logins().areBackends()) {
      return YES;
    }
    if (!known && !isAboutLogin(traits.special())) {
      Answer greeted = greeting();
      if (greeted instanceof Answer.NotYet) {
        return greeted;
      }
    }
    boolean asks =
        traits.route() == Route.LOCAL
            && traits.special() != Special.HOLDFAST // which no server knows
            && !isAboutLogin(traits.special())
            && client.session().authenticated();
    return asks ? permission(request) : YES;
  }

  private static boolean isAboutLogin(Special special) {
    return special == Special.AUTH
        || special == Special.HELLO
        || special == Special.QUIT
        || special == Special.RESET;
  }

  /** Whether a command would make the client another user of the backends. */
  boolean isChangedBy(CommandTraits traits, RequestView request) {
    if (!loop.logins().areBackends()) {
      return false;
    }
    boolean hello = traits.special() == Special.HELLO;
    for (int i = 2; hello && i < request.count(); i++) {
      if (request.is(i, "auth")) {
        return true;
      }
    }
    return traits.special() == Special.AUTH;
  }

  /** Whether the client is let in as the default user. */
  Answer greeting() {
    if (known) {
      return YES;
    }
    Upstream link = loop.logins().credentials();
    if (!asked && link != null) {
      greet(link);
    }
    return notYet(link);
  }

  private void greet(Upstream link) {
    send(link, Renewal.LINK, "RESET".getBytes(StandardCharsets.US_ASCII));
    ask(link, new Greeting(), "PING".getBytes(StandardCharsets.US_ASCII));
  }

  /** The same for a client of which no whole command has come: it waits if that is not known. */
  void greetAhead() {
    Upstream link = asked ? null : loop.logins().credentials();
    if (link != null) {
      greet(link);
    }
    client.waiting().on(asked ? Hold.FOR_REPLIES : Hold.FOR_MASTER);
  }

  /**
   * Makes the client this user if the master takes the password.
   *
   * @param user null where only a password was given
   */
  Answer authenticate(byte @Nullable [] user, byte[] password) {
    Answer told = answer;
    if (told != null) {
      answer = null;
      if (told instanceof Answer.Yes) {
        return enter(user == null ? DEFAULT_USER.clone() : user, password);
      }
      Arrays.fill(password, (byte) 0);
      return told;
    }
    Upstream link = loop.logins().credentials();
    if (!asked && link != null) {
      byte[] auth = "AUTH".getBytes(StandardCharsets.US_ASCII);
      ask(
          link,
          new Authentication(),
          user == null ? new byte[][] {auth, password} : new byte[][] {auth, user, password});
    }
    Arrays.fill(password, (byte) 0);
    return notYet(link);
  }

  private Answer enter(byte[] user, byte[] password) {
    LoginLinks links = loop.logins().enter(user, password);
    if (links == null) {
      return new Answer.No(FULL);
    }
    boolean another = !client.hasLinks() || client.links() != links;
    leave();
    known = true;
    client.links(links);
    links.joined();
    if (another) {
      client.tracking().userChanged();
    }
    Session session = client.session();
    session.authenticated(true);
    session.user(new String(user, StandardCharsets.UTF_8));
    links.master(client.linkIndex()); // from here on there is a link that breaks with its user
    return YES;
  }

  /** RESET: as new. */
  void reset() {
    leave();
    known = !loop.logins().areBackends();
  }

  /** The client is gone, or becomes another. */
  void leave() {
    if (loop.logins().areBackends() && client.hasLinks()) {
      loop.logins().left(client.links());
      client.links(null);
    }
  }

  /** Whether the client's user may run a command that the proxy answers. */
  private Answer permission(RequestView request) {
    Answer told = answer;
    if (told != null) {
      answer = null;
      return told;
    }
    Upstream link = loop.leaseRuns() ? loop.logins().own(client.linkIndex()) : null;
    if (!asked && link != null) {
      var dryRun = new byte[request.count() + 3][];
      dryRun[0] = "ACL".getBytes(StandardCharsets.US_ASCII);
      dryRun[1] = "DRYRUN".getBytes(StandardCharsets.US_ASCII);
      dryRun[2] = user();
      for (int i = 0; i < request.count(); i++) {
        dryRun[i + 3] = request.bytes(i);
      }
      ask(link, new Permission(), dryRun);
    }
    return notYet(link);
  }

  private byte[] user() {
    Login login = client.links().login();
    if (login == null) {
      throw new IllegalStateException("the proxy's own login has no user of the backends");
    }
    return login.user();
  }

  // ---- how the master is asked

  private Answer notYet(@Nullable Upstream link) {
    boolean asking = asked || link != null;
    return new Answer.NotYet(
        asking ? client.waiting().on(Hold.FOR_REPLIES) : client.waiting().onMaster());
  }

  private void ask(Upstream link, Question question, byte[]... command) {
    asked = true;
    send(link, question, command);
  }

  private void send(Upstream link, ReplyTarget target, byte[]... command) {
    ByteBuf out = loop.allocator().directBuffer();
    try {
      new RespWriter(out, 2).command(command);
      link.send(out, out.readerIndex(), out.readableBytes(), target, 0, 1);
    } finally {
      out.release();
    }
  }

  /** A question under way; lost with its link it is asked again. */
  private abstract class Question implements ReplyTarget {
    /** The text of the reply, or of an error. */
    abstract void on(boolean error, String text);

    @Override
    public void onReplies(Upstream link, ByteBuf in, int start, int length, int number, int count) {
      switch (RespReader.read(in, start, length)) {
        case RespValue.Failure(String message) ->
            on(
                true,
                new String(message.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
        case RespValue other -> on(false, other.text());
      }
      over();
    }

    private void over() {
      asked = false;
      if (!client.isClosed()) {
        client.wake();
      }
    }

    @Override
    public void onReplyPiece(
        Upstream link, ByteBuf in, int start, int length, int number, boolean last) {
      link.close("a reply of more than was asked for");
    }

    @Override
    public void onRefused(Upstream link, Frame request, Frame error, int number) {
      loop.refusedBy(link);
      over();
    }

    @Override
    public void onLost(Upstream link, Frame request, int number, boolean sent) {
      over();
    }
  }

  /** RESET on the link for credentials: whoever is not answered so still is the user before. */
  private enum Renewal implements ReplyTarget {
    LINK;

    @Override
    public void onReplies(Upstream link, ByteBuf in, int start, int length, int number, int count) {
      if (HandedOn.isError(in, start)) {
        link.close("it refuses RESET, without which nobody knows whom a new client is");
      }
    }

    @Override
    public void onReplyPiece(
        Upstream link, ByteBuf in, int start, int length, int number, boolean last) {
      link.close("a reply of more than was asked for");
    }

    @Override
    public void onRefused(Upstream link, Frame request, Frame error, int number) {
      link.close("it refuses RESET");
    }

    @Override
    public void onLost(Upstream link, Frame request, int number, boolean sent) {
      // the question behind it is told
    }
  }

  private final class Greeting extends Question {
    @Override
    void on(boolean error, String text) {
      if (client.isClosed() || known) {
        return;
      }
      // Another error than this one is about PING: its user is let in.
      boolean letIn = !error || !text.startsWith("NOAUTH ");
      if (!letIn || !(enter(DEFAULT_USER.clone(), NO_PASSWORD) instanceof Answer.Yes)) {
        known = true;
        client.session().authenticated(false);
      }
    }

    /** PING is refused where a snapshot has failed; a stranger's is not looked at so far. */
    @Override
    public void onRefused(Upstream link, Frame request, Frame error, int number) {
      onReplies(link, error.in(), error.start(), error.length(), number, 1);
    }
  }

  private final class Authentication extends Question {
    @Override
    void on(boolean error, String text) {
      answer = error ? new Answer.No(text) : YES;
    }
  }

  private final class Permission extends Question {
    @Override
    void on(boolean error, String text) {
      if (error) {
        answer = new Answer.No(text.startsWith("NOPERM ") ? UNKNOWN_RIGHTS : text);
      } else {
        answer = text.equals("OK") ? YES : new Answer.No("NOPERM " + asToldDirectly(text));
      }
    }

    /** Redis 7.0 begins the sentence with a capital here, and without one where it refuses. */
    private static String asToldDirectly(String text) {
      return text.startsWith("This ") ? "this " + text.substring(5) : text;
    }
  }
}
