package holdfast.proxy.dispatch;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The logins of one loop. Where the proxy asks for its own password there is one, its own, for all
 * clients. Where backends check their users there is one per user with clients here, and for a
 * while after the last has left: their number is bounded. One loop's thread.
 *
 * <p>Two more links are there for questions. Credentials are shown on one, which so becomes one
 * user after the other and carries nothing else; what a user may do is asked on the other, which
 * stays the proxy's own.
 */
final class Logins {
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long LOOK_MILLIS = 1_000;

  private final ProxyLoop loop;
  private final int indexes;
  private final boolean backends;
  private final LoginLinks proxy;
  private final Map<String, LoginLinks> byUser = new LinkedHashMap<>();
  private List<LoginLinks> all;
  private final MasterSlot credentials;
  private final MasterSlot permissions;
  private boolean lookScheduled;

  Logins(ProxyLoop loop, int indexes) {
    this.loop = loop;
    this.indexes = indexes;
    this.backends = loop.settings().backendUsers();
    this.proxy = new LoginLinks(loop, indexes, null);
    this.all = List.of(proxy);
    this.credentials = questions("link for logins to master");
    this.permissions = questions("link for rights to master");
  }

  private MasterSlot questions(String what) {
    return new MasterSlot(loop, what, loop::connectUnconfirmed);
  }

  /** Whether the backends check their users, so that a client's rights are those of its user. */
  boolean areBackends() {
    return backends;
  }

  /** The proxy's own, which all clients use if backends are not to check users. */
  LoginLinks proxy() {
    return proxy;
  }

  /** Where a client's credentials are shown: a ready link, or null. */
  @Nullable Upstream credentials() {
    return loop.leaseRuns() ? credentials.ready() : null;
  }

  /**
   * A ready shared link of the proxy's own, or null.
   *
   * @param index of the link that the client itself would use
   */
  @Nullable Upstream own(int index) {
    return backends ? permissions.ready() : proxy.master(index);
  }

  // ---- those of users

  /**
   * The links of a user whose password the master has just taken; null if there are too many users.
   * Both arrays are taken over.
   */
  @Nullable LoginLinks enter(byte[] user, byte[] password) {
    String key = key(user);
    LoginLinks links = byUser.get(key);
    Login known = links == null ? null : links.login();
    if (known != null) {
      known.password(password);
    } else {
      if (!hasRoom()) {
        Arrays.fill(password, (byte) 0);
        return null;
      }
      links = new LoginLinks(loop, indexes, new Login(user, password));
      links.replicasAre(loop.replicas().nodes());
      byUser.put(key, links);
      usersChanged();
    }
    return links;
  }

  private static String key(byte[] user) {
    return new String(user, StandardCharsets.ISO_8859_1);
  }

  /** Room for one more, made if need be where nobody is. */
  private boolean hasRoom() {
    if (byUser.size() < loop.settings().clients().loginsMax()) {
      return true;
    }
    LoginLinks longest = null;
    for (LoginLinks each : byUser.values()) {
      if (each.isIdle()
          && (longest == null || each.idleSinceNanos() - longest.idleSinceNanos() < 0)) {
        longest = each;
      }
    }
    if (longest == null) {
      return false;
    }
    drop(longest, "its place is needed");
    return true;
  }

  /** A client has left. */
  void left(LoginLinks links) {
    links.left();
    if (links.isIdle() && !lookScheduled) {
      lookScheduled = true;
      loop.schedule(this::look, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void look() {
    lookScheduled = false;
    long now = loop.nowNanos();
    boolean more = false;
    for (LoginLinks each : List.copyOf(byUser.values())) {
      if (each.isIdle() && now - each.idleSinceNanos() >= IDLE_NANOS) {
        drop(each, "its user has no clients here");
      } else {
        more |= each.isIdle();
      }
    }
    if (more && !loop.isClosing()) {
      lookScheduled = true;
      loop.schedule(this::look, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void drop(LoginLinks links, String reason) {
    byUser.values().remove(links);
    usersChanged();
    links.close(reason);
  }

  /**
   * A master does not take this login any more: its clients are closed, as a server closes those of
   * a deleted user.
   *
   * @param shown the password that was refused; a newer one may be good
   */
  void refused(Login login, byte[] shown) {
    LoginLinks links = byUser.get(key(login.user()));
    if (links != null && links.login() == login && login.password() == shown) {
      drop(links, "its user cannot log in any more");
      loop.closeClientsOf(links);
    }
  }

  // ---- all of them

  /** The proxy's own first; not to be changed. */
  List<LoginLinks> all() {
    return all;
  }

  private void usersChanged() {
    var now = new ArrayList<LoginLinks>();
    now.add(proxy);
    now.addAll(byUser.values());
    all = now;
    loop.counters().logins(byUser.size());
  }

  void each(Consumer<LoginLinks> action) {
    all.forEach(action);
  }

  /** The shared links to the master that there are. */
  List<Upstream> sharedLinks() {
    var links = new ArrayList<Upstream>();
    each(login -> login.addShared(links));
    for (MasterSlot slot : List.of(credentials, permissions)) {
      Upstream link = slot.link();
      if (link != null) {
        links.add(link);
      }
    }
    return links;
  }

  /** Links to the master that one client at a time has to itself, in use or not. */
  List<Upstream> ownLinks() {
    var links = new ArrayList<Upstream>();
    each(login -> links.addAll(login.own().links()));
    return links;
  }

  /** Those that no client has, or on which it has nothing open. */
  List<Upstream> idleOwnLinks() {
    var links = new ArrayList<Upstream>();
    each(login -> links.addAll(login.own().idleLinks()));
    return links;
  }

  /** Links must not be used before others were killed. */
  void closeIdleOwnLinks(String reason) {
    each(login -> login.own().closeIdle(reason));
  }

  /** Somebody else is master, or in another epoch. */
  void viewChanged(String reason) {
    each(login -> login.viewChanged(reason));
    credentials.viewChanged(reason);
    permissions.viewChanged(reason);
  }
}
