package holdfast.proxy.dispatch;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Notices shared links to the master that owe replies and bring none, so that the voters are told
 * to look. It looks only while something has been sent since, and costs the way of a command one
 * comparison per link and pass. One loop's thread.
 */
final class StalledLinks {
  /** Silence over two looks in a row is worth a hint: 150 to 300 ms, well below down-after. */
  private static final long LOOK_MILLIS = 150;

  private final ProxyLoop loop;
  private Map<Upstream, Integer> seen = new HashMap<>();
  private boolean scheduled;

  StalledLinks(ProxyLoop loop) {
    this.loop = loop;
  }

  /** Something was sent to a server. */
  void sent() {
    if (!scheduled) {
      scheduled = true;
      loop.schedule(this::look, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void look() {
    scheduled = false;
    Map<Upstream, Integer> owing = new HashMap<>();
    List<Upstream> links = loop.sharedLinks();
    for (Upstream link : links) {
      if (link.owes() && !link.isStuck()) {
        Integer before = seen.get(link);
        if (before != null && before == link.progress()) {
          loop.trouble(link.address());
        }
        owing.put(link, link.progress());
      }
    }
    seen = owing;
    if (!owing.isEmpty()) {
      sent();
    }
  }
}
