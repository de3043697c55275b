package holdfast.proxy.dispatch;

import holdfast.proxy.session.Session;
import java.util.concurrent.TimeUnit;

/**
 * A client as CLIENT LIST and CLIENT INFO tell of it, with Redis's fields in Redis's order. Those
 * that measure a server's own buffers are 0: the proxy's are others. Source: Redis {@code
 * networking.c} catClientInfoString.
 */
final class ClientLine {
  private ClientLine() {}

  static String of(ClientConnection client, long nowNanos, String command) {
    Session session = client.session();
    return "id="
        + session.id()
        + " addr="
        + session.address()
        + " laddr="
        + client.localAddress()
        + " fd=-1 name="
        + session.name()
        + " age="
        + seconds(nowNanos - session.createdNanos())
        + " idle="
        + seconds(nowNanos - session.lastReadNanos())
        + " flags="
        + flags(session)
        + " db="
        + session.database()
        + " sub="
        + session.channels()
        + " psub="
        + session.patterns()
        + " ssub="
        + session.shardChannels()
        + " multi=-1 qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0"
        + " tot-mem=0 events=r cmd="
        + command
        + " user="
        + session.user()
        + " redir="
        + session.redirect()
        + " resp="
        + session.protocol()
        + " lib-name="
        + session.libraryName()
        + " lib-ver="
        + session.libraryVersion();
  }

  private static long seconds(long nanos) {
    return Math.max(0, TimeUnit.NANOSECONDS.toSeconds(nanos));
  }

  /** The flags that it shows; "N" for none. */
  static String flags(Session session) {
    String flags =
        (isSubscriber(session) ? "P" : "") + session.tracking() + (session.noEvict() ? "e" : "");
    return flags.isEmpty() ? "N" : flags;
  }

  static boolean isSubscriber(Session session) {
    return session.channels() + session.patterns() + session.shardChannels() > 0;
  }
}
