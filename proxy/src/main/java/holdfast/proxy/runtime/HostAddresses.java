package holdfast.proxy.runtime;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The addresses behind host names: a master tells its replicas by address, the record by the name
 * that their operator wrote. Looked up in the background and again every few seconds, as a pod that
 * comes back has another address. One thread asks; until there is an answer a name stands for
 * itself.
 */
final class HostAddresses {
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final Map<String, Entry> known = new HashMap<>();

  private static final class Entry {
    List<String> hosts;
    CompletableFuture<List<String>> next;
    long askedNanos;

    Entry(String host, CompletableFuture<List<String>> next, long askedNanos) {
      this.hosts = List.of(host);
      this.next = next;
      this.askedNanos = askedNanos;
    }
  }

  /** What a host may be called, as far as is known: itself and its addresses. Never waits. */
  List<String> of(String host, long nowNanos) {
    if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
      return List.of(host);
    }
    Entry entry = known.computeIfAbsent(host, name -> new Entry(name, look(name), nowNanos));
    if (entry.next.isDone()) {
      List<String> found = entry.next.join();
      if (!found.isEmpty()) {
        entry.hosts = found; // of a failed look-up the answer before it stays
      }
      if (nowNanos - entry.askedNanos >= LOOK_NANOS) {
        entry.askedNanos = nowNanos;
        entry.next = look(host);
      }
    }
    return entry.hosts;
  }

  private static CompletableFuture<List<String>> look(String host) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return Arrays.stream(InetAddress.getAllByName(host))
                .map(NetUtil::toAddressString)
                .collect(() -> new java.util.ArrayList<>(List.of(host)), List::add, List::addAll);
          } catch (UnknownHostException e) {
            return List.of();
          }
        });
  }
}
