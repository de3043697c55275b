package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.transport.Transport;
import holdfast.proxy.admin.AdminServer;
import holdfast.proxy.config.HoldfastConfig;
import holdfast.proxy.config.HoldfastConfig.Auth;
import holdfast.proxy.config.HoldfastConfig.BackendsSection;
import holdfast.proxy.config.HoldfastConfig.ListenerSection;
import holdfast.proxy.config.HoldfastConfig.ProxySection;
import holdfast.proxy.config.HoldfastConfig.WayToKernel;
import holdfast.proxy.config.HoldfastConfig.WaysSection;
import holdfast.proxy.config.HoldfastConfigReader.Part;
import holdfast.proxy.config.Secret;
import holdfast.proxy.front.Listener;
import holdfast.proxy.hold.HoldLimits;
import holdfast.proxy.runtime.ProxyServer;
import holdfast.proxy.runtime.ProxySettings;
import holdfast.proxy.runtime.TopologySettings;
import holdfast.proxy.session.ClientLimits;
import holdfast.routing.command.InDoubtPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Runs one proxy. */
@Command(name = "proxy", description = "Run one proxy of a configuration file.")
final class ProxyCommand extends PartCommand {
  private static final String NAME = "proxy";

  ProxyCommand() {
    super(Part.PROXY);
  }

  @Override
  void start(HoldfastConfig config, Lifetime lifetime) throws IOException {
    NodeAddress listen = config.proxy().listen();
    ProxyServer proxy = lifetime.add(startProxy(config));
    String metrics = "";
    if (config.admin().enabled()) {
      NodeAddress admin = config.admin().listen();
      AdminServer server =
          Listening.start(
              "admin.listen",
              admin,
              () ->
                  AdminServer.start(
                      Listening.resolved("admin.listen", admin), ProxyPages.of(proxy)));
      lifetime.add(server);
      metrics = ", metrics on http://" + admin + "/metrics";
    }
    WaysSection ways = config.proxy().ways();
    System.out.println(
        "proxy on "
            + listen
            + (ways.tlsListen() == null ? "" : ", with TLS on " + ways.tlsListen())
            + (ways.unixSocket().isEmpty() ? "" : ", on " + ways.unixSocket())
            + ways.listeners().stream()
                .map(each -> ", on " + each.listen() + " (reads " + each.reads().policy() + ")")
                .collect(Collectors.joining())
            + metrics);
  }

  private static ProxyServer startProxy(HoldfastConfig config) throws IOException {
    ProxySettings settings = settings(config);
    if (settings.ways().further().isEmpty()) {
      return Listening.start(
          "proxy.listen", config.proxy().listen(), () -> ProxyServer.start(settings));
    }
    try {
      return ProxyServer.start(settings);
    } catch (IOException e) {
      // It names the one of them that is taken.
      throw new UsageException(
          e.getMessage()
              + ": end what listens there, or change proxy.listen, proxy.tls.listen,"
              + " proxy.listeners or proxy.unix-socket");
    }
  }

  /** What a configuration says of a proxy, as the proxy wants it. */
  static ProxySettings settings(HoldfastConfig config) {
    ProxySection proxy = config.proxy();
    BackendsSection backends = config.backends();
    TopologySettings topology =
        switch (config.topology()) {
          case STATIC -> new TopologySettings.Single(Objects.requireNonNull(proxy.backend()));
          case QUORUM ->
              new TopologySettings.Quorum(
                  proxy.voters(),
                  textOrNull(config.voter().secret()),
                  TlsOf.voters(config.voter()));
        };
    var standard = ClientLimits.STANDARD;
    return new ProxySettings(
        new NodeId(proxy.name().isEmpty() ? NAME : proxy.name()),
        proxy.listen().host(),
        proxy.listen().port(),
        ways(config),
        topology,
        new ProxySettings.Access(
            textOrNull(proxy.password()), config.allowOffLoopback(), proxy.auth() == Auth.BACKEND),
        new ProxySettings.Credentials(
            backends.user().isEmpty() ? null : backends.user(),
            textOrNull(backends.password()),
            TlsOf.backends(backends)),
        config.reads().spread(),
        InDoubtPolicy.valueOf(config.inDoubt().name()),
        config.repeats(),
        new ProxySettings.Replication(config.durability(), config.reads().committed()),
        new HoldLimits(
            Duration.ofNanos(config.hold().windowNanos()),
            (int) config.hold().clientBytesMax(),
            config.hold().totalBytesMax(),
            HoldLimits.STANDARD.clientCommandsMax()),
        new ClientLimits(
            proxy.clientsMax(),
            proxy.outputBytesMax(),
            standard.stallMax(),
            standard.streamBytes(),
            standard.transactionBytesMax(),
            standard.subscriptionsMax(),
            standard.loginsMax(),
            standard.databases(),
            new ClientLimits.Pace(
                Duration.ofNanos(proxy.idleNanosMax()), proxy.commandsPerSecondMax())),
        new ProxySettings.Loops(
            transport(proxy.transport()), proxy.loops(), proxy.bufferBytesMax()),
        Duration.ofSeconds(2));
  }

  private static Transport transport(WayToKernel wanted) {
    Transport chosen =
        wanted == WayToKernel.AUTO ? Transport.best() : Transport.valueOf(wanted.name());
    if (!chosen.isAvailable()) {
      throw new UsageException(
          "proxy.transport "
              + wanted.name().toLowerCase(Locale.ROOT).replace('_', '-')
              + " does not work here, expected auto or another one");
    }
    return chosen;
  }

  private static ProxySettings.Ways ways(HoldfastConfig config) {
    WaysSection ways = config.proxy().ways();
    var further = new ArrayList<Listener>();
    NodeAddress tls = ways.tlsListen();
    if (tls != null) {
      further.add(
          new Listener.Tcp(
              Listening.resolved("proxy.tls.listen", tls),
              TlsOf.clients(ways),
              ways.proxyProtocol()));
    }
    if (!ways.unixSocket().isEmpty()) {
      further.add(
          new Listener.Unix(Path.of(ways.unixSocket()), permissions(ways.unixSocketMode())));
    }
    for (ListenerSection listener : ways.listeners()) {
      further.add(
          new Listener.Tcp(
              Listening.resolved("proxy.listeners", listener.listen()),
              listener.tls() ? TlsOf.clients(ways) : null,
              ways.proxyProtocol(),
              listener.reads()));
    }
    return new ProxySettings.Ways(ways.proxyProtocol(), further);
  }

  /** Three octal digits. */
  private static Set<PosixFilePermission> permissions(String mode) {
    var letters = new StringBuilder();
    for (int i = 0; i < mode.length(); i++) {
      for (int bit = 0; bit < 3; bit++) {
        letters.append((mode.charAt(i) - '0' & 4 >> bit) == 0 ? '-' : "rwx".charAt(bit));
      }
    }
    return PosixFilePermissions.fromString(letters.toString());
  }

  private static @Nullable String textOrNull(Secret secret) {
    return secret.isSet() ? secret.reveal() : null;
  }
}
