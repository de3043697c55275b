package holdfast.bench.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Whether everybody is in step: all voters accept one record and none has voted beyond it, its
 * master is the only one, every other backend follows it, and every proxy holds the lease.
 *
 * @param epoch the record's
 * @param master the host of its master, 0 if there is none
 * @param missing what is not in step; empty if everything is
 */
record Harmony(long epoch, int master, List<String> missing) {
  private static final long LAG_BYTES_MAX = 64 * 1024;
  private static final long LOOK_MILLIS = 100;

  boolean reached() {
    return missing.isEmpty();
  }

  /** Looks once. */
  static Harmony of(Deployment deployment) {
    var missing = new ArrayList<String>();
    var epochs = new HashSet<String>();
    var masters = new HashSet<String>();
    for (int host = 1; host <= Deployment.VOTERS; host++) {
      Map<String, String> voter = deployment.voterStatus(host);
      if (voter.isEmpty() || !"no".equals(voter.get("stopped"))) {
        missing.add("voter " + host + " is " + voter.getOrDefault("stopped", "silent"));
        continue;
      }
      epochs.add(voter.getOrDefault("epoch", "?"));
      masters.add(voter.getOrDefault("master", "?"));
      if (!voter.getOrDefault("epoch", "?").equals(voter.get("voted-epoch"))) {
        missing.add("voter " + host + " voted in " + voter.get("voted-epoch"));
      }
    }
    if (epochs.size() != 1 || masters.size() != 1) {
      missing.add("voters accept epochs " + epochs + " and masters " + masters);
      return new Harmony(0, 0, missing);
    }
    String epoch = epochs.iterator().next();
    int master = hostOf(masters);
    if (master == 0) {
      missing.add("no master: " + masters);
      return new Harmony(0, 0, missing);
    }
    backends(deployment, master, missing);
    for (int host = 1; host <= Hosts.COUNT; host++) {
      Map<String, String> proxy = deployment.proxyStatus(host);
      if (!epoch.equals(proxy.get("epoch")) || !"yes".equals(proxy.get("lease_held"))) {
        missing.add(
            "proxy "
                + host
                + " is in "
                + proxy.get("epoch")
                + ", lease "
                + proxy.get("lease_held"));
      }
    }
    return new Harmony(Long.parseLong(epoch), master, missing);
  }

  private static int hostOf(Set<String> masters) {
    String address = masters.iterator().next();
    for (int host = 1; host <= Hosts.COUNT; host++) {
      if (address.startsWith(Hosts.address(host) + ":")) {
        return host;
      }
    }
    return 0;
  }

  private static void backends(Deployment deployment, int master, List<String> missing) {
    Map<String, String> of = deployment.info(master);
    if (!"master".equals(of.get("role"))) {
      missing.add("backend " + master + " should be master, is " + of.get("role"));
      return;
    }
    long offset = Long.parseLong(of.getOrDefault("master_repl_offset", "0"));
    for (int host = 1; host <= Hosts.COUNT; host++) {
      if (host == master) {
        continue;
      }
      Map<String, String> replica = deployment.info(host);
      boolean follows =
          "slave".equals(replica.get("role"))
              && Hosts.address(master).equals(replica.get("master_host"))
              && "up".equals(replica.get("master_link_status"));
      long lag = offset - Long.parseLong(replica.getOrDefault("slave_repl_offset", "0"));
      if (!follows || lag > LAG_BYTES_MAX) {
        missing.add(
            "backend "
                + host
                + " is "
                + replica.getOrDefault("role", "silent")
                + " of "
                + replica.get("master_host")
                + ", link "
                + replica.get("master_link_status")
                + ", behind "
                + lag);
      }
    }
  }

  /** Looks until it is reached. */
  static Harmony await(Deployment deployment, Duration timeout) throws InterruptedException {
    long began = System.nanoTime();
    while (true) {
      Harmony harmony = of(deployment);
      if (harmony.reached()) {
        return harmony;
      }
      if (System.nanoTime() - began > timeout.toNanos()) {
        throw new IllegalStateException(
            "not in step after " + timeout + ": " + String.join("; ", harmony.missing));
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }
}
