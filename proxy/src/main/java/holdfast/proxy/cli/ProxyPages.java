package holdfast.proxy.cli;

import holdfast.proxy.admin.AdminPages;
import holdfast.proxy.dispatch.WaitTimes;
import holdfast.proxy.runtime.ProxyServer;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a proxy shows on the admin endpoint. */
final class ProxyPages {
  private ProxyPages() {}

  static AdminPages of(ProxyServer proxy) {
    PrometheusMeterRegistry metrics = AdminPages.newMetrics();
    new JvmMemoryMetrics().bindTo(metrics);
    count(metrics, proxy, "holdfast.commands", "Commands from clients", ProxyServer::commands);
    count(
        metrics,
        proxy,
        "holdfast.commands.repeated",
        "Commands sent again after a switch",
        ProxyServer::repeated);
    count(
        metrics,
        proxy,
        "holdfast.commands.in.doubt",
        "Commands answered with an error because their fate is unknown",
        ProxyServer::inDoubt);
    count(
        metrics,
        proxy,
        "holdfast.commands.refused.after.hold",
        "Commands answered with an error because no master came within the hold window",
        ProxyServer::refusedAfterHold);
    count(
        metrics,
        proxy,
        "holdfast.writes.refused.for.replicas",
        "Writes answered with NOREPLICAS because too few replicas were online",
        ProxyServer::refusedForReplicas);
    count(
        metrics,
        proxy,
        "holdfast.reads.at.master.instead",
        "Reads that went to the master because no replica was fit for them",
        ProxyServer::readsInstead);
    count(
        metrics,
        proxy,
        "holdfast.reads.refused",
        "Reads answered with an error because no replica was fit for them",
        ProxyServer::refusedReads);
    count(
        metrics,
        proxy,
        "holdfast.commands.unconfirmed",
        "Commands executed and answered with an error because replicas did not confirm them",
        ProxyServer::unconfirmed);
    count(
        metrics,
        proxy,
        "holdfast.confirmation.rounds",
        "Rounds in which replies were confirmed to be replicated",
        ProxyServer::confirmationRounds);
    count(
        metrics,
        proxy,
        "holdfast.confirmation.repeats",
        "Times that a round of confirmation asked again",
        ProxyServer::confirmationRepeats);
    Gauge.builder("holdfast.buffer.bytes", proxy, ProxyServer::bufferBytes)
        .description("Bytes in buffers that count against proxy.buffer-bytes")
        .register(metrics);
    Gauge.builder("holdfast.unconfirmed.bytes", proxy, ProxyServer::unconfirmedBytes)
        .description("Bytes of replies that wait to be confirmed")
        .register(metrics);
    for (int i = 0; i < WaitTimes.classes(); i++) {
      int upTo = i;
      boolean last = i == WaitTimes.classes() - 1;
      FunctionCounter.builder("holdfast.confirmation.waits", proxy, each -> waitsUpTo(each, upTo))
          .tag("le", last ? "+Inf" : Double.toString(WaitTimes.upperNanos(i) / 1e9))
          .description(
              "Confirmations by the seconds from reply to release, each class with those before it")
          .register(metrics);
    }
    var replicas = new ReplicaMeters(metrics, proxy);
    return new AdminPages(
        metrics, () -> healthy(proxy), () -> status(proxy), Map.of(), replicas::refresh);
  }

  private static double waitsUpTo(ProxyServer proxy, int last) {
    long sum = 0;
    for (WaitTimes loop : proxy.confirmationWaits()) {
      for (int i = 0; i <= last; i++) {
        sum += loop.count(i);
      }
    }
    return sum;
  }

  private static void count(
      PrometheusMeterRegistry metrics,
      ProxyServer proxy,
      String name,
      String help,
      java.util.function.ToDoubleFunction<ProxyServer> value) {
    FunctionCounter.builder(name, proxy, value).description(help).register(metrics);
  }

  /** Not while the voters' lease is not held: then nothing is acknowledged. */
  private static boolean healthy(ProxyServer proxy) {
    return !"no".equals(status(proxy).get("lease_held"));
  }

  private static Map<String, Object> status(ProxyServer proxy) {
    var status = new LinkedHashMap<String, Object>();
    for (String line : proxy.status()) {
      int colon = line.indexOf(':');
      status.put(line.substring(0, Math.max(0, colon)), line.substring(colon + 1));
    }
    return status;
  }
}
