package holdfast.proxy.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigResolver;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import holdfast.backend.model.NodeAddress;
import holdfast.proxy.config.HoldfastConfig.AdminSection;
import holdfast.proxy.config.HoldfastConfig.Auth;
import holdfast.proxy.config.HoldfastConfig.Backend;
import holdfast.proxy.config.HoldfastConfig.BackendsSection;
import holdfast.proxy.config.HoldfastConfig.ClientCertificates;
import holdfast.proxy.config.HoldfastConfig.DebugAccess;
import holdfast.proxy.config.HoldfastConfig.EngineSection;
import holdfast.proxy.config.HoldfastConfig.Fsync;
import holdfast.proxy.config.HoldfastConfig.HoldSection;
import holdfast.proxy.config.HoldfastConfig.InDoubt;
import holdfast.proxy.config.HoldfastConfig.ListenerSection;
import holdfast.proxy.config.HoldfastConfig.LogLevel;
import holdfast.proxy.config.HoldfastConfig.MinReplicas;
import holdfast.proxy.config.HoldfastConfig.PortTls;
import holdfast.proxy.config.HoldfastConfig.ProxySection;
import holdfast.proxy.config.HoldfastConfig.TlsSection;
import holdfast.proxy.config.HoldfastConfig.Topology;
import holdfast.proxy.config.HoldfastConfig.VoterSection;
import holdfast.proxy.config.HoldfastConfig.WayToKernel;
import holdfast.proxy.config.HoldfastConfig.WaysSection;
import holdfast.routing.command.RepeatRules;
import holdfast.routing.plan.DurabilityRule;
import holdfast.routing.read.ReadSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the text of a configuration: defaults, types, ranges, what options say together, and what
 * one part needs. All that is wrong is found in one pass. Pure: files and the environment come
 * through {@link Surroundings}.
 */
public final class HoldfastConfigReader {
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration YEAR = Duration.ofDays(365);
  private static final int VOTERS_MAX = 5;
  private static final long KB = 1L << 10;
  private static final long MB = 1L << 20;
  private static final long GB = 1L << 30;

  private final Options options;
  private final ReadsReader reads;

  private HoldfastConfigReader(Options options) {
    this.options = options;
    this.reads = new ReadsReader(options);
  }

  /** Which process the configuration is for: what it needs is checked, the rest may be missing. */
  public enum Part {
    PROXY,
    VOTER,
    ENGINE
  }

  /** What came of reading. */
  public sealed interface Outcome {
    /** All good. */
    record Valid(HoldfastConfig config) implements Outcome {}

    /** At least one problem; none of it is used. */
    record Invalid(List<Problem> problems) implements Outcome {}
  }

  /** What holds where nothing is configured. */
  public static HoldfastConfig defaults() {
    return new HoldfastConfigReader(new Options(ConfigFactory.empty(), "defaults", NOTHING_AROUND))
        .read();
  }

  /** The names of all options, with their sections. */
  static Set<String> names() {
    var options = new Options(ConfigFactory.empty(), "defaults", NOTHING_AROUND);
    new HoldfastConfigReader(options).read();
    return options.known();
  }

  /**
   * Reads {@code text}.
   *
   * @param file how problems name the text
   * @param part null where the text is only to be checked by itself
   */
  public static Outcome read(
      String text, String file, @Nullable Part part, Surroundings surroundings) {
    Config root;
    try {
      root =
          ConfigFactory.parseString(
                  text,
                  ConfigParseOptions.defaults()
                      .setSyntax(ConfigSyntax.CONF)
                      .setOriginDescription(file))
              .resolve(ConfigResolveOptions.noSystem().appendResolver(environment(surroundings)));
    } catch (ConfigException e) {
      return new Outcome.Invalid(List.of(unreadable(file, e)));
    }
    var options = new Options(root, file, surroundings);
    var reader = new HoldfastConfigReader(options);
    HoldfastConfig config = reader.read();
    options.refuseUnknown();
    reader.checkTogether(config);
    if (part != null) {
      reader.checkNeeds(config, part);
    }
    return options.problems().isEmpty()
        ? new Outcome.Valid(config)
        : new Outcome.Invalid(List.copyOf(options.problems()));
  }

  private RepeatRules readRepeats() {
    Set<String> also = options.commands("repeat.also");
    Set<String> never = options.commands("repeat.never");
    for (String name : also) {
      if (never.contains(name)) {
        options.refuse("repeat.also", name + " is in repeat.never too: name it in one of them");
        return RepeatRules.NONE;
      }
    }
    return new RepeatRules(also, never);
  }

  private HoldfastConfig read() {
    Topology topology =
        options.choice(
            "topology",
            Topology.QUORUM,
            Map.of("sentinel", "not built yet", "cluster", "not built yet"));
    return new HoldfastConfig(
        topology,
        readDurability(topology),
        options.choice("in-doubt", InDoubt.ERROR, Map.of()),
        readRepeats(),
        options.flag("allow-off-loopback", false),
        options.choice("log-level", LogLevel.INFO, Map.of()),
        readProxy(),
        new HoldSection(
            options.nanos("hold.window", Duration.ofSeconds(10), MILLI, HOUR),
            options.bytes("hold.client-bytes", MB, KB, GB),
            options.bytes("hold.total-bytes", 64 * MB, KB, 64 * GB)),
        reads.read(),
        new BackendsSection(
            options.text("backends.user", ""),
            options.secret("backends.password"),
            options.flag("backends.tls.enabled", false),
            readTls("backends.tls"),
            options.flag("backends.tls.verify-name", true)),
        readVoter(),
        new EngineSection(
            options.address("engine.listen", local(6380)),
            options.text("engine.data", ".holdfast/engine"),
            options.secret("engine.password"),
            readPortTls("engine.tls"),
            options.flag("engine.fenced", true),
            options.choice("engine.fsync", Fsync.EVERYSEC, Map.of()),
            options.count("engine.databases", 16, 1, 1024),
            options.count("engine.clients-max", 10_000, 1, 1_000_000),
            options.bytes("engine.backlog", MB, 16 * KB, GB),
            options.choice("engine.debug-command", DebugAccess.NO, Map.of())),
        new AdminSection(
            options.flag("admin.enabled", true), options.address("admin.listen", local(9121))));
  }

  private DurabilityRule readDurability(Topology topology) {
    String text = options.text("durability", "majority");
    DurabilityRule rule =
        switch (text) {
          case "none" -> DurabilityRule.NONE;
          case "majority" -> DurabilityRule.MAJORITY;
          default ->
              text.length() <= 2
                      && !text.isEmpty()
                      && text.chars().allMatch(c -> c >= '0' && c <= '9')
                  ? new DurabilityRule(Integer.parseInt(text))
                  : null;
        };
    if (rule == null) {
      options.refuse("durability", "expected none, majority or a number of replicas");
      return DurabilityRule.NONE;
    }
    if (topology == Topology.STATIC && rule.replicasOf(1) > 0) {
      options.refuse(
          "durability", "topology = static knows of no replicas; expected none or majority");
    }
    return rule;
  }

  private ProxySection readProxy() {
    return new ProxySection(
        options.name("proxy.name"),
        options.address("proxy.listen", local(6379)),
        readWays(),
        options.addresses("proxy.voters", List.of(local(26379), local(26380), local(26381))),
        oneOrNone("proxy.backend"),
        options.choice("proxy.auth", Auth.OWN, Map.of()),
        options.secret("proxy.password"),
        options.count("proxy.loops", 0, 0, 256),
        options.choice("proxy.transport", WayToKernel.AUTO, Map.of()),
        readBufferBytes(),
        options.count("proxy.clients-max", 10_000, 1, 1_000_000),
        options.bytes("proxy.output-bytes", 64 * MB, 64 * KB, GB),
        options.nanos("proxy.idle-timeout", Duration.ZERO, Duration.ZERO, YEAR),
        options.count("proxy.commands-per-second", 0, 0, 1_000_000));
  }

  private long readBufferBytes() {
    long bytes = options.bytes("proxy.buffer-bytes", 0, 0, 64 * GB);
    if (bytes > 0 && bytes < MB) {
      options.refuse("proxy.buffer-bytes", "expected 0B or at least 1MB");
    }
    return bytes;
  }

  private WaysSection readWays() {
    String mode = options.text("proxy.unix-socket-mode", "700");
    if (!mode.matches("[0-7]{3}")) {
      options.refuse("proxy.unix-socket-mode", "expected three octal digits, as 700 or 770");
      mode = "700";
    }
    var ways =
        new WaysSection(
            options.flag("proxy.proxy-protocol", false),
            oneOrNone("proxy.tls.listen"),
            readTls("proxy.tls"),
            options.choice("proxy.tls.client-certificates", ClientCertificates.NONE, Map.of()),
            options.text("proxy.unix-socket", ""),
            mode,
            reads.listeners());
    if (ways.tlsListen() != null && ways.tls().certificate().isEmpty()) {
      options.refuse("proxy.tls.listen", "needs proxy.tls.certificate and proxy.tls.key");
    }
    if (ways.clientCertificates() != ClientCertificates.NONE
        && ways.tls().authorities().isEmpty()) {
      options.refuse(
          "proxy.tls.client-certificates", "needs proxy.tls.authorities: who may have signed them");
    }
    return ways;
  }

  private TlsSection readTls(String key) {
    var tls =
        new TlsSection(
            options.text(key + ".certificate", ""),
            options.text(key + ".key", ""),
            options.text(key + ".authorities", ""));
    if (tls.certificate().isEmpty() != tls.key().isEmpty()) {
      options.refuse(
          key + (tls.key().isEmpty() ? ".certificate" : ".key"),
          "certificate and key go together; give both or none");
    }
    return tls;
  }

  private PortTls readPortTls(String key) {
    var tls =
        new PortTls(
            options.flag(key + ".enabled", false),
            readTls(key),
            options.choice(key + ".client-certificates", ClientCertificates.REQUIRED, Map.of()));
    if (tls.enabled()
        && tls.clientCertificates() != ClientCertificates.NONE
        && tls.files().authorities().isEmpty()) {
      options.refuse(
          key + ".client-certificates", "needs " + key + ".authorities: who may have signed them");
    }
    return tls;
  }

  /** An address, or null where the option is empty. */
  private @Nullable NodeAddress oneOrNone(String key) {
    List<NodeAddress> addresses = options.addresses(key, List.of());
    if (addresses.size() > 1) {
      options.refuse(key, "expected one address as host:port");
    }
    return addresses.isEmpty() ? null : addresses.getFirst();
  }

  private VoterSection readVoter() {
    var backends = new ArrayList<Backend>();
    for (Options.Entry entry : options.entries("voter.backends", List.of())) {
      backends.add(new Backend(entry.address(), entry.priority()));
    }
    List<NodeAddress> peers = options.addresses("voter.peers", List.of());
    int quorum = options.count("voter.quorum", 0, 0, VOTERS_MAX);
    return new VoterSection(
        options.address("voter.listen", local(26379)),
        oneOrNone("voter.announce"),
        options.word("voter.master-name", "mymaster"),
        options.text("voter.data", ".holdfast/voter"),
        peers,
        backends,
        quorum == 0 ? (peers.size() + 1) / 2 + 1 : quorum,
        options.nanos("voter.ping", Duration.ofMillis(100), MILLI, MINUTE),
        options.nanos("voter.down-after", Duration.ofSeconds(1), MILLI, HOUR),
        options.nanos("voter.refused-after", Duration.ofMillis(100), MILLI, HOUR),
        options.nanos("voter.lease", Duration.ofMillis(500), Duration.ofMillis(20), MINUTE),
        options.nanos("voter.engine-lease", Duration.ofMillis(250), Duration.ofMillis(20), MINUTE),
        options.nanos("voter.consult-wait", Duration.ofMillis(100), MILLI, MINUTE),
        options.flag("voter.empty-cold-start", false),
        options.choice("voter.min-replicas", MinReplicas.AUTO, Map.of()),
        options.secret("voter.secret"),
        readPortTls("voter.tls"),
        options.flag("voter.tls.verify-name", true),
        oneOrNone("voter.admin-listen"));
  }

  /** What must hold between options, whichever part reads them. */
  private void checkTogether(HoldfastConfig config) {
    ProxySection proxy = config.proxy();
    VoterSection voter = config.voter();
    if (config.hold().clientBytesMax() > config.hold().totalBytesMax()) {
      options.refuse("hold.client-bytes", "expected no more than hold.total-bytes");
    }
    if (config.topology() == Topology.QUORUM && proxy.backend() != null) {
      options.refuse(
          "proxy.backend", "the voters name the backends; take it out, or set topology = static");
    }
    if (proxy.auth() == Auth.BACKEND && proxy.password().isSet()) {
      options.refuse(
          "proxy.auth", "backend has no use for proxy.password; take one of the two out");
    }
    if (!config.backends().user().isEmpty() && !config.backends().password().isSet()) {
      options.refuse("backends.user", "needs backends.password too");
    }
    checkReads(config);
    checkTls(config);
    if (2 * voter.pingNanos() > voter.downAfterNanos()) {
      options.refuse("voter.ping", "expected at most half of voter.down-after");
    }
    if (voter.engineLeaseNanos() > voter.leaseNanos()) {
      options.refuse("voter.engine-lease", "expected no more than voter.lease");
    }
    if (voter.peers().contains(voter.announced())) {
      options.refuse("voter.peers", "these are the other voters; take out " + voter.announced());
    }
    int voters = voter.peers().size() + 1;
    if (voters % 2 == 0 || voters > VOTERS_MAX) {
      options.refuse("voter.peers", "with this voter they make " + voters + "; expected 1, 3 or 5");
    }
    if (voter.quorum() > voters) {
      options.refuse("voter.quorum", "there are only " + voters + " voters");
    }
    if (!config.allowOffLoopback()) {
      refuseOffLoopback("proxy.listen", proxy.listen(), proxy.password(), "set proxy.password");
      NodeAddress tls = proxy.ways().tlsListen();
      if (tls != null && proxy.ways().clientCertificates() != ClientCertificates.REQUIRED) {
        refuseOffLoopback(
            "proxy.tls.listen",
            tls,
            proxy.password(),
            "set proxy.password or proxy.tls.client-certificates = required");
      }
      for (ListenerSection listener : proxy.ways().listeners()) {
        if (!listener.tls() || proxy.ways().clientCertificates() != ClientCertificates.REQUIRED) {
          refuseOffLoopback(
              "proxy.listeners", listener.listen(), proxy.password(), "set proxy.password");
        }
      }
      if (!voter.tls().admitsOnlyKnown()) {
        refuseOffLoopback("voter.listen", voter.listen(), voter.secret(), "set voter.secret");
      }
      NodeAddress voterAdmin = voter.adminListen();
      if (voterAdmin != null) {
        refuseOffLoopback("voter.admin-listen", voterAdmin, Secret.NONE, "");
      }
      if (!config.engine().tls().admitsOnlyKnown()) {
        refuseOffLoopback(
            "engine.listen",
            config.engine().listen(),
            config.engine().password(),
            "set engine.password");
      }
      refuseOffLoopback("admin.listen", config.admin().listen(), Secret.NONE, "");
    }
  }

  /** What one end of our own connections asks for, the other must have. */
  private void checkTls(HoldfastConfig config) {
    PortTls voter = config.voter().tls();
    PortTls engine = config.engine().tls();
    BackendsSection backends = config.backends();
    if (voter.admitsOnlyKnown() && voter.files().certificate().isEmpty()) {
      options.refuse(
          "voter.tls.client-certificates",
          "needs voter.tls.certificate and voter.tls.key: what is shown to voters");
    }
    if (!engine.enabled()) {
      return;
    }
    if (engine.files().certificate().isEmpty()) {
      options.refuse("engine.tls.enabled", "needs engine.tls.certificate and engine.tls.key");
    }
    if (!backends.tlsEnabled()) {
      options.refuse(
          "engine.tls.enabled",
          "needs backends.tls.enabled = true too: engines are what others connect to as backends");
    } else if (engine.admitsOnlyKnown() && backends.tls().certificate().isEmpty()) {
      options.refuse(
          "engine.tls.client-certificates",
          "needs backends.tls.certificate and backends.tls.key: what is shown to engines");
    }
  }

  private void checkReads(HoldfastConfig config) {
    ReadSettings reads = config.reads().spread();
    WaysSection ways = config.proxy().ways();
    if (ReadsReader.isSampledTooRarely(reads, reads.standard())) {
      options.refuse("reads.sampling", "expected at most half of reads.lag-bound");
    }
    var taken = new ArrayList<NodeAddress>(List.of(config.proxy().listen()));
    if (ways.tlsListen() != null) {
      taken.add(ways.tlsListen());
    }
    for (ListenerSection listener : ways.listeners()) {
      if (ReadsReader.isSampledTooRarely(reads, listener.reads())) {
        options.refuse(
            "proxy.listeners",
            listener.listen() + ": expected a reads.lag-bound of at least twice reads.sampling");
      }
      if (listener.tls() && ways.tls().certificate().isEmpty()) {
        options.refuse("proxy.listeners", "tls needs proxy.tls.certificate and proxy.tls.key");
      }
      if (taken.contains(listener.listen())) {
        options.refuse("proxy.listeners", listener.listen() + " is listened on already");
      }
      taken.add(listener.listen());
    }
  }

  private void refuseOffLoopback(String key, NodeAddress address, Secret password, String remedy) {
    String host = address.host();
    boolean loopback = host.equals("localhost") || host.equals("::1") || host.startsWith("127.");
    if (!loopback && !password.isSet()) {
      options.refuse(
          key,
          "anybody who reaches this address could use it; listen on 127.0.0.1, "
              + (remedy.isEmpty() ? "" : remedy + ", ")
              + "or set allow-off-loopback = true where the network keeps strangers out");
    }
  }

  /** What one part cannot do without. */
  private void checkNeeds(HoldfastConfig config, Part part) {
    switch (part) {
      case PROXY -> {
        if (config.topology() == Topology.STATIC && config.proxy().backend() == null) {
          options.refuse("proxy.backend", "topology = static needs it: the backend's host:port");
        }
        if (config.topology() == Topology.QUORUM && config.proxy().voters().isEmpty()) {
          options.refuse("proxy.voters", "topology = quorum needs the voters' addresses");
        }
      }
      case VOTER -> {
        PortTls tls = config.voter().tls();
        if (tls.enabled() && tls.files().certificate().isEmpty() && !tls.admitsOnlyKnown()) {
          options.refuse("voter.tls.enabled", "needs voter.tls.certificate and voter.tls.key");
        }
        if (config.voter().backends().isEmpty()) {
          options.refuse("voter.backends", "needs the addresses of the master and its replicas");
        } else if (config.voter().backends().stream().noneMatch(b -> b.priority() > 0)) {
          options.refuse("voter.backends", "none may be promoted; give one a priority above 0");
        } else if (config.replicasRequired() >= config.countedBackends()) {
          options.refuse(
              "durability",
              "only "
                  + (config.countedBackends() - 1)
                  + " of voter.backends can be replicas that count");
        }
      }
      case ENGINE -> {}
    }
  }

  private static Problem unreadable(String file, ConfigException e) {
    int line = e.origin() == null ? 0 : Math.max(0, e.origin().lineNumber());
    String message = String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
    // The library puts the place in front as "file: line: ".
    String prefix = file + ": " + line + ": ";
    return new Problem(
        file,
        line,
        null,
        null,
        message.startsWith(prefix) ? message.substring(prefix.length()) : message);
  }

  private static ConfigResolver environment(Surroundings surroundings) {
    return new ConfigResolver() {
      @Override
      public @Nullable ConfigValue lookup(String name) {
        String value = surroundings.variable(name);
        return value == null
            ? null
            : ConfigValueFactory.fromAnyRef(value, "environment variable " + name)
                .withOrigin(ConfigOriginFactory.newSimple("environment variable " + name));
      }

      @Override
      public ConfigResolver withFallback(ConfigResolver fallback) {
        return this;
      }
    };
  }

  private static NodeAddress local(int port) {
    return new NodeAddress("127.0.0.1", port);
  }

  private static final Surroundings NOTHING_AROUND =
      new Surroundings() {
        @Override
        public @Nullable String variable(String name) {
          return null;
        }

        @Override
        public String secretFile(String path) throws java.io.IOException {
          throw new java.io.IOException("no files here");
        }
      };
}
