package holdfast.health.runtime;

import holdfast.backend.model.AcceptedRecord;
import holdfast.health.report.Sight;
import holdfast.health.vote.VoterState;
import java.util.List;
import java.util.Locale;

/** A voter's INFO: a Sentinel's sections and fields as far as they have a meaning here. */
final class SentinelInfo {
  private SentinelInfo() {}

  /** The sections asked for, or all. */
  static String of(VoterSettings settings, VoterLoop voter, Reporter reporter, List<String> asked) {
    List<String> sections = asked.stream().map(word -> word.toLowerCase(Locale.ROOT)).toList();
    boolean all =
        sections.isEmpty()
            || sections.contains("default")
            || sections.contains("all")
            || sections.contains("everything");
    var out = new StringBuilder();
    if (all || sections.contains("server")) {
      server(out, settings, voter);
    }
    if (all || sections.contains("sentinel")) {
      sentinel(out, settings, voter, reporter);
    }
    return out.toString();
  }

  private static void server(StringBuilder out, VoterSettings settings, VoterLoop voter) {
    out.append("# Server\r\n");
    line(out, "redis_version", "7.0.15");
    line(out, "redis_mode", "sentinel");
    line(out, "process_id", ProcessHandle.current().pid());
    line(out, "run_id", voter.state().durable().incarnation());
    line(out, "tcp_port", settings.listen().port());
    line(out, "uptime_in_seconds", voter.upNanos() / 1_000_000_000);
    line(out, "executable", "holdfast");
    line(out, "config_file", "");
    out.append("\r\n");
  }

  private static void sentinel(
      StringBuilder out, VoterSettings settings, VoterLoop voter, Reporter reporter) {
    VoterState state = voter.state();
    AcceptedRecord record = state.durable().record();
    long now = voter.nowNanos();
    out.append("# Sentinel\r\n");
    line(out, "sentinel_masters", record == null ? 0 : 1);
    line(out, "sentinel_tilt", reporter.tilted() ? 1 : 0);
    line(out, "sentinel_running_scripts", 0);
    line(out, "sentinel_scripts_queue_length", 0);
    line(out, "sentinel_simulate_failure_flags", 0);
    line(out, "holdfast_maintenance", state.durable().maintenance().on() ? 1 : 0);
    if (record != null) {
      String status =
          Sight.isObjectivelyDown(voter.config(), state, now)
              ? "odown"
              : Sight.isMasterDown(voter.config(), state, now) ? "sdown" : "ok";
      line(
          out,
          "master0",
          "name="
              + settings.masterName()
              + ",status="
              + status
              + ",address="
              + record.master()
              + ",slaves="
              + Sight.replicas(state).size()
              + ",sentinels="
              + (1 + state.peers().size()));
    }
  }

  private static void line(StringBuilder out, String key, Object value) {
    out.append(key).append(':').append(value).append("\r\n");
  }
}
