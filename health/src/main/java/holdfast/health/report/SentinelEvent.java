package holdfast.health.report;

/** What Sentinel publishes: the channel is named after the event. */
public record SentinelEvent(String channel, String text) {}
