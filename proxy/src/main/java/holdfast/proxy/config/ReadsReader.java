package holdfast.proxy.config;

import holdfast.backend.model.NodeAddress;
import holdfast.proxy.config.HoldfastConfig.ListenerSection;
import holdfast.proxy.config.HoldfastConfig.ReadsSection;
import holdfast.routing.read.ReadPolicy;
import holdfast.routing.read.ReadRule;
import holdfast.routing.read.ReadSettings;
import holdfast.routing.read.ReadSettings.Placement;
import holdfast.routing.read.ReadSettings.ReadClass;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads what a configuration says of reads: the section of that name, and listeners. Pure. */
final class ReadsReader {
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final long TB = 1L << 40;
  private static final int LISTENERS_MAX = 16;
  private static final int PLACEMENTS_MAX = 64;
  private static final int CLASSES_MAX = 64;

  /** Stands in for an address that is missing, which is a problem. */
  private static final NodeAddress NOWHERE = new NodeAddress("127.0.0.1", 1);

  private final Options options;
  private final ReadRule standard;

  ReadsReader(Options options) {
    this.options = options;
    this.standard = rule(options, ReadRule.STANDARD);
  }

  ReadsSection read() {
    ReadSettings fallback = ReadSettings.STANDARD;
    var spread =
        new ReadSettings(
            standard,
            nanos("reads.sampling", fallback.sampling()),
            nanos("reads.time-limit", fallback.timeLimit()),
            nanos("reads.slow-after", fallback.slowAfter()),
            options.count("reads.master-limit", 0, 0, 16_384),
            options.text("reads.zone", ""),
            placements(),
            options.objects(
                "reads.classes",
                CLASSES_MAX,
                "{ commands = [\"@slow\"], policy = replica-only }",
                ReadsReader::readClass));
    return new ReadsSection(spread, options.flag("reads.committed", true));
  }

  private Duration nanos(String key, Duration fallback) {
    return Duration.ofNanos(options.nanos(key, fallback, MILLI, MINUTE));
  }

  /** The options of a rule, in the section or in a listener; what is missing is as in another. */
  private static ReadRule rule(Options from, ReadRule fallback) {
    long bytes =
        from.bytes(
            "reads.lag-bytes",
            fallback.lagBytesMax() == ReadRule.ANY_BYTES ? 0 : fallback.lagBytesMax(),
            0,
            TB);
    return new ReadRule(
        from.choice("reads.policy", fallback.policy(), Map.of()),
        Duration.ofNanos(from.nanos("reads.lag-bound", fallback.lagBound(), MILLI, HOUR)),
        bytes == 0 ? ReadRule.ANY_BYTES : bytes,
        from.flag("reads.read-your-writes", fallback.readYourWrites()),
        from.choice("reads.otherwise", fallback.otherwise(), Map.of()));
  }

  private List<Placement> placements() {
    var read =
        options.objects(
            "reads.backends",
            PLACEMENTS_MAX,
            "{ address = \"host:port\", zone = a, weight = 1 }",
            each ->
                new Placement(
                    needed(each, "address"),
                    each.text("zone", ""),
                    each.count("weight", 1, 0, ReadSettings.WEIGHT_MAX)));
    var named = new HashSet<NodeAddress>();
    var placements = new ArrayList<Placement>();
    for (Placement each : read) {
      if (named.add(each.address())) {
        placements.add(each);
      } else {
        options.refuse("reads.backends", each.address() + " is named twice; take one of them out");
      }
    }
    return placements;
  }

  private static ReadClass readClass(Options each) {
    var commands = new ArrayList<String>();
    for (String word : each.words("commands")) {
      commands.add(word.toLowerCase(Locale.ROOT));
    }
    if (commands.isEmpty()) {
      each.refuse("commands", "expected names of commands, or of categories as @slow");
    }
    return new ReadClass(commands, each.choice("policy", ReadPolicy.MASTER, Map.of()));
  }

  /** Further ports; what one of them does not say of reads is as the section says. */
  List<ListenerSection> listeners() {
    return options.objects(
        "proxy.listeners",
        LISTENERS_MAX,
        "{ listen = \"host:port\", reads.policy = replica-only }",
        each ->
            new ListenerSection(
                needed(each, "listen"), each.flag("tls", false), rule(each, standard)));
  }

  /** An address without which there is no sense in the rest. */
  private static NodeAddress needed(Options each, String key) {
    if (each.text(key, "").isEmpty()) {
      each.refuse(key, "expected an address as host:port");
    }
    return each.address(key, NOWHERE);
  }

  /** A replica would look too old before it has been asked again. */
  static boolean isSampledTooRarely(ReadSettings reads, ReadRule rule) {
    return reads.sampling().multipliedBy(2).compareTo(rule.lagBound()) > 0;
  }
}
