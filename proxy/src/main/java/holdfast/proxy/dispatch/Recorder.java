package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespWriter;
import holdfast.routing.command.InDoubtPolicy;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The hashes in which servers keep the replies of one loop's commands under {@link
 * InDoubtPolicy#EXACTLY_ONCE}: one for each shared link to the master, in the link's database. They
 * last an hour beyond the last sign of this proxy, or until it ends. One loop's thread.
 */
final class Recorder {
  /** What the names of all of them begin with. */
  static final String PREFIX = "holdfast:once:";

  private static final long SIGN_MINUTES = 10;
  private static final String SECONDS = "3600";

  /** Users of whom it is remembered that their servers keep nothing. */
  private static final int REFUSED_MAX = 256;

  private final ProxyLoop loop;
  private final boolean on;
  private final String run;
  private final Set<Upstream> links = new LinkedHashSet<>();
  private final Set<String> refused = new LinkedHashSet<>();
  private long linkNumber;
  private boolean signs;

  Recorder(ProxyLoop loop) {
    this.loop = loop;
    this.on = loop.settings().inDoubt() == InDoubtPolicy.EXACTLY_ONCE;
    long random = ThreadLocalRandom.current().nextLong();
    this.run = String.format(Locale.ROOT, "%016x", random);
  }

  /** Whether replies are kept where they can be. */
  boolean isOn() {
    return on;
  }

  /** A place for the commands of a link that is being set up. */
  OnceWindow newWindow(boolean engine) {
    return new OnceWindow(PREFIX + run + ":" + ++linkNumber, engine);
  }

  /**
   * Writes what shows whether the link's user may: an ordinary command, and the life of the hash.
   *
   * @return how many commands
   */
  int probe(ByteBuf out, OnceWindow window, int protocol) {
    ByteBuf ping = Unpooled.buffer();
    new RespWriter(ping, 2).command("PING");
    var request = new RequestView().at(ping, 0, ping.readableBytes());
    OnceFrame.command(out, request, window, 0, protocol);
    expire(out, window);
    return 2;
  }

  private static void expire(ByteBuf out, OnceWindow window) {
    byte[] expire = {'E', 'X', 'P', 'I', 'R', 'E'};
    new RespWriter(out, 2)
        .command(
            expire, window.key(), SECONDS.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
  }

  /** A link keeps replies from here on. */
  void begins(Upstream link) {
    links.add(link);
    if (!signs) {
      signs = true;
      loop.schedule(this::sign, SIGN_MINUTES, TimeUnit.MINUTES);
    }
  }

  void closed(Upstream link) {
    links.remove(link);
  }

  /** The hashes in use go on. */
  private void sign() {
    signs = false;
    for (Upstream link : links) {
      OnceWindow window = link.onceWindow();
      if (window != null && link.isReady()) {
        ByteBuf out = Unpooled.buffer();
        expire(out, window);
        link.send(out, 0, out.readableBytes(), Swallow.ANYTHING, 0, 1);
      }
    }
    if (!links.isEmpty() && !loop.isClosing()) {
      signs = true;
      loop.schedule(this::sign, SIGN_MINUTES, TimeUnit.MINUTES);
    }
  }

  /** The proxy ends: nothing of it stays. */
  void end() {
    for (Upstream link : links) {
      OnceWindow window = link.onceWindow();
      if (window != null && link.isReady() && link.inFlight() == 0) {
        ByteBuf out = Unpooled.buffer();
        byte[] unlink = {'D', 'E', 'L'};
        new RespWriter(out, 2).command(unlink, window.key());
        link.send(out, 0, out.readableBytes(), Swallow.ANYTHING, 0, 1);
        link.flush();
      }
    }
  }

  /** The server does not keep replies for this user: its commands in doubt are errors. */
  void refused(@Nullable Login login, String why) {
    String user = login == null ? "" : login.shownUser();
    if (refused.size() < REFUSED_MAX && refused.add(user)) {
      loop.logger()
          .warn(
              "in-doubt = exactly-once does not work for {}, whose commands in doubt are answered"
                  + " with errors: {}",
              user.isEmpty() ? "the proxy's user" : "user " + user,
              why);
    }
  }
}
