package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import holdfast.proxy.dispatch.ReplicaFigures;
import holdfast.proxy.runtime.ProxyServer;
import holdfast.routing.read.Rotation.Reason;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * What a proxy has to tell of each replica, all loops together. Replicas come and go, so {@link
 * #refresh} is called before the metrics are shown. On the admin endpoint's thread.
 */
final class ReplicaMeters {
  private static final String TAG = "replica";

  private final MeterRegistry metrics;
  private final ProxyServer proxy;
  private final MultiGauge shares;
  private final MultiGauge outs;
  private final MultiGauge ages;
  private final MultiGauge lags;
  private final MultiGauge latencies;
  private final Set<NodeAddress> counted = new HashSet<>();

  ReplicaMeters(MeterRegistry metrics, ProxyServer proxy) {
    this.metrics = metrics;
    this.proxy = proxy;
    shares =
        gauge("holdfast.replica.share", "Share of a replica in the rotation: 0 is out, 1 is whole");
    outs = gauge("holdfast.replica.out", "Event loops for which a replica is out, and why");
    ages = gauge("holdfast.replica.age.seconds", "How old a replica's data could be, at most");
    lags = gauge("holdfast.replica.lag.bytes", "What a replica lacked of the master's stream");
    latencies = gauge("holdfast.replica.latency.seconds", "How long a replica takes to answer");
  }

  private MultiGauge gauge(String name, String help) {
    return MultiGauge.builder(name).description(help).register(metrics);
  }

  void refresh() {
    var byAddress = new LinkedHashMap<NodeAddress, List<ReplicaFigures>>();
    for (ReplicaFigures each : proxy.replicas()) {
      byAddress.computeIfAbsent(each.address(), _ -> new ArrayList<>()).add(each);
    }
    byAddress.keySet().forEach(this::count);
    show(
        shares,
        byAddress,
        each -> each.stream().mapToDouble(ReplicaFigures::share).average().orElse(0));
    show(ages, byAddress, each -> most(each, ReplicaFigures::ageMillis) / 1e3);
    show(lags, byAddress, each -> most(each, ReplicaFigures::lagBytes));
    show(latencies, byAddress, each -> most(each, ReplicaFigures::latencyNanos) / 1e9);
    var rows = new ArrayList<Row<?>>();
    byAddress.forEach(
        (address, loops) -> {
          for (Reason reason : Reason.values()) {
            if (reason != Reason.NONE) {
              long out = loops.stream().filter(each -> each.reason() == reason).count();
              String why = reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
              rows.add(Row.of(Tags.of(TAG, address.toString(), "reason", why), out));
            }
          }
        });
    outs.register(rows, true);
  }

  /** NaN where no loop knows. */
  private static double most(List<ReplicaFigures> loops, ToDoubleFunction<ReplicaFigures> value) {
    return loops.stream().mapToDouble(value).filter(each -> each >= 0).max().orElse(Double.NaN);
  }

  private static void show(
      MultiGauge gauge,
      Map<NodeAddress, List<ReplicaFigures>> byAddress,
      ToDoubleFunction<List<ReplicaFigures>> value) {
    var rows = new ArrayList<Row<?>>();
    byAddress.forEach(
        (address, loops) ->
            rows.add(Row.of(Tags.of(TAG, address.toString()), value.applyAsDouble(loops))));
    gauge.register(rows, true);
  }

  private void count(NodeAddress address) {
    if (counted.add(address)) {
      FunctionCounter.builder("holdfast.replica.reads", proxy, each -> reads(each, address))
          .tag(TAG, address.toString())
          .description("Reads sent to a replica")
          .register(metrics);
    }
  }

  private static double reads(ProxyServer proxy, NodeAddress address) {
    return proxy.replicas().stream()
        .filter(each -> each.address().equals(address))
        .mapToLong(ReplicaFigures::reads)
        .sum();
  }
}
