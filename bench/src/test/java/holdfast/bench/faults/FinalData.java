package holdfast.bench.faults;

import holdfast.bench.history.Operation;
import holdfast.bench.history.Operation.Action;
import holdfast.bench.history.Operation.Outcome;
import holdfast.bench.history.Operation.Read;
import holdfast.bench.history.Operation.ReadAll;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What one backend holds of a run's keys, read when all clients had ended.
 *
 * @param lists by key
 * @param registers by key; those without a value are missing
 */
record FinalData(Map<String, List<String>> lists, Map<String, String> registers) {
  private static final int TIMEOUT_MILLIS = 5000;
  private static final long LOOK_MILLIS = 50;

  /** Reads from the master, and waits until every replica holds the same. */
  static FinalData of(Deployment deployment, int master, List<Seen> seen, Duration timeout)
      throws Exception {
    FinalData data = read(master, seen);
    long began = System.nanoTime();
    for (int host = 1; host <= Hosts.COUNT; host++) {
      while (host != master && !read(host, seen).equals(data)) {
        if (System.nanoTime() - began > timeout.toNanos()) {
          throw new IllegalStateException(
              "the replica on host "
                  + host
                  + " differs from the master on host "
                  + master
                  + " after "
                  + timeout
                  + "; "
                  + Harmony.of(deployment).missing());
        }
        Thread.sleep(LOOK_MILLIS);
      }
    }
    return data;
  }

  private static FinalData read(int host, List<Seen> seen) throws Exception {
    var lists = new TreeSet<String>();
    var registers = new TreeSet<String>();
    for (Seen each : seen) {
      String key = each.operation().key();
      (key.contains(":list:") ? lists : registers).add(key);
    }
    return NetworkNamespace.in(
        Hosts.outside(),
        () -> {
          var data = new FinalData(new TreeMap<>(), new TreeMap<>());
          try (var socket =
              new RespSocket(Hosts.address(host), Deployment.BACKEND_PORT, TIMEOUT_MILLIS)) {
            for (String key : lists) {
              Object reply = socket.call("LRANGE", key, "0", "-1");
              data.lists.put(
                  key, reply instanceof List ? RespSocket.strings(reply) : List.of("" + reply));
            }
            for (String key : registers) {
              Object value = socket.call("GET", key);
              if (value != null) {
                data.registers.put(key, value.toString());
              }
            }
          }
          return data;
        });
  }

  /** As reads of a client that came when all others had ended. */
  List<Operation> asReads(List<Seen> seen) {
    long now = seen.stream().mapToLong(each -> each.operation().completedNanos()).max().orElse(0);
    var keys = new TreeSet<String>();
    seen.forEach(each -> keys.add(each.operation().key()));
    var reads = new ArrayList<Operation>();
    for (String key : keys) {
      Action read =
          key.contains(":list:")
              ? new ReadAll(key, lists.getOrDefault(key, List.of()))
              : new Read(key, register(key));
      reads.add(new Operation("end", read, Outcome.OK, now + 1, now + 2));
    }
    return reads;
  }

  @Nullable String register(String key) {
    return registers.get(key);
  }
}
