package holdfast.proxy.admin;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What the admin endpoint shows. The suppliers are called on its thread, at each question.
 *
 * @param metrics for Prometheus
 * @param healthy whether commands can be served now
 * @param status of the part, in the order to be shown; a value is a String, a Number, a Boolean, or
 *     a list or map of them
 * @param more further pages by their paths
 * @param beforeMetrics brings the metrics up to date that do not follow by themselves
 */
public record AdminPages(
    PrometheusMeterRegistry metrics,
    BooleanSupplier healthy,
    Supplier<Map<String, Object>> status,
    Map<String, Supplier<Object>> more,
    Runnable beforeMetrics) {
  /** Copies the map. */
  public AdminPages {
    more = Map.copyOf(more);
  }

  /** Metrics that follow by themselves. */
  public AdminPages(
      PrometheusMeterRegistry metrics,
      BooleanSupplier healthy,
      Supplier<Map<String, Object>> status,
      Map<String, Supplier<Object>> more) {
    this(metrics, healthy, status, more, () -> {});
  }

  /** No further pages. */
  public AdminPages(
      PrometheusMeterRegistry metrics,
      BooleanSupplier healthy,
      Supplier<Map<String, Object>> status) {
    this(metrics, healthy, status, Map.of());
  }

  /** An empty set of metrics to add to. */
  public static PrometheusMeterRegistry newMetrics() {
    return new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  }
}
