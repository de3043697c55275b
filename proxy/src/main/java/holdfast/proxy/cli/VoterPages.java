package holdfast.proxy.cli;

import holdfast.health.report.SwitchRecord;
import holdfast.health.runtime.VoterServer;
import holdfast.proxy.admin.AdminPages;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a voter shows on its admin endpoint. */
final class VoterPages {
  private VoterPages() {}

  static AdminPages of(VoterServer voter) {
    PrometheusMeterRegistry metrics = AdminPages.newMetrics();
    new JvmMemoryMetrics().bindTo(metrics);
    for (String name : voter.figures().keySet()) {
      Gauge.builder("holdfast.voter." + name.replace('_', '.'), voter, v -> figure(v, name))
          .register(metrics);
    }
    return new AdminPages(
        metrics, voter::healthy, () -> status(voter), Map.of("/switches", () -> switches(voter)));
  }

  private static double figure(VoterServer voter, String name) {
    Long value = voter.figures().get(name);
    return value == null ? 0 : value;
  }

  /** Lines with the same key make a list. */
  private static Map<String, Object> status(VoterServer voter) {
    var status = new LinkedHashMap<String, Object>();
    for (String line : voter.status().split("\n", -1)) {
      int colon = line.indexOf(": ");
      if (colon < 0) {
        continue;
      }
      String key = line.substring(0, colon).replace('-', '_');
      String value = line.substring(colon + 2);
      Object before = status.get(key);
      if (before instanceof List<?> several) {
        var more = new ArrayList<Object>(several);
        more.add(value);
        status.put(key, more);
      } else {
        status.put(key, before == null ? value : List.of(before, value));
      }
    }
    return status;
  }

  private static List<Map<String, Object>> switches(VoterServer voter) {
    return voter.switches().stream().map(SwitchRecord::map).toList();
  }
}
