package holdfast.backend.engine;

/**
 * LATENCY as it answers where nothing is sampled: this engine takes no histograms and monitors no
 * events, and says so. Source: Redis {@code latency.c}.
 */
final class LatencyCommands {
  private LatencyCommands() {}

  static void register(Engine engine) {
    engine.register("latency|latest", call -> call.out().array(0));
    engine.register("latency|history", call -> call.out().array(0));
    engine.register("latency|reset", call -> call.out().integer(0));
    engine.register("latency|histogram", call -> call.out().map(0));
    engine.register(
        "latency|graph",
        call -> {
          throw new CommandError(
              "ERR No samples available for event '" + Words.text(call.arg(2)) + "'");
        });
    engine.register(
        "latency|doctor",
        call ->
            call.out()
                .verbatim("txt", "Latency is not monitored here; SLOWLOG shows slow commands.\n"));
    engine.register(
        "latency|help",
        call ->
            Help.write(
                call,
                "DOCTOR",
                "    Return a human readable latency analysis report.",
                "GRAPH <event>",
                "    Return an ASCII latency graph for the <event> class.",
                "HISTORY <event>",
                "    Return time-latency samples for the <event> class.",
                "LATEST",
                "    Return the latest latency samples for all events.",
                "RESET [<event> ...]",
                "    Reset latency data of one or more <event> classes.",
                "    (default: reset all data for all event classes)",
                "HISTOGRAM [COMMAND ...]",
                "    Return a cumulative distribution of latencies in the format of a histogram"
                    + " for the specified command names.",
                "    If no commands are specified then all histograms are replied."));
    engine.config().constant("latency-tracking", "no");
    engine.config().constant("latency-monitor-threshold", "0");
  }
}
