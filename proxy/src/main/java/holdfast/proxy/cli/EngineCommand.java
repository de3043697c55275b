package holdfast.proxy.cli;

import holdfast.backend.engine.DebugCommand;
import holdfast.backend.server.ClientSettings;
import holdfast.backend.server.EngineServer;
import holdfast.backend.server.EngineServerSettings;
import holdfast.backend.server.EngineTls;
import holdfast.backend.server.PersistenceSettings;
import holdfast.backend.server.ReplicationSettings;
import holdfast.proxy.config.HoldfastConfig;
import holdfast.proxy.config.HoldfastConfig.BackendsSection;
import holdfast.proxy.config.HoldfastConfig.EngineSection;
import holdfast.proxy.config.HoldfastConfigReader.Part;
import holdfast.proxy.config.Secret;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Runs one embedded engine. */
@Command(name = "engine", description = "Run one engine of a configuration file.")
final class EngineCommand extends PartCommand {
  EngineCommand() {
    super(Part.ENGINE);
  }

  @Override
  void start(HoldfastConfig config, Lifetime lifetime) throws IOException {
    EngineSection engine = config.engine();
    EngineServer server =
        Listening.start(
            "engine.listen", engine.listen(), () -> EngineServer.start(settings(config)));
    lifetime.add(server);
    System.out.println(
        "engine on "
            + engine.listen()
            + (engine.data().isEmpty()
                ? ", keeps nothing on disk"
                : ", data in " + Path.of(engine.data()).toAbsolutePath()));
  }

  /** What a configuration says of an engine, as the engine wants it. */
  static EngineServerSettings settings(HoldfastConfig config) {
    EngineSection engine = config.engine();
    BackendsSection backends = config.backends();
    PersistenceSettings persistence =
        engine.data().isEmpty()
            ? PersistenceSettings.NONE
            : PersistenceSettings.in(Path.of(engine.data()))
                .withFsync(PersistenceSettings.Fsync.valueOf(engine.fsync().name()));
    return new EngineServerSettings(
        Listening.resolved("engine.listen", engine.listen()),
        textOrNull(engine.password()),
        config.allowOffLoopback() || engine.tls().admitsOnlyKnown(),
        engine.fenced(),
        engine.databases(),
        ClientSettings.STANDARD
            .withCountMax(engine.clientsMax())
            .withDebug(DebugCommand.Access.valueOf(engine.debugCommand().name())),
        ReplicationSettings.STANDARD
            .withMasterAuth(
                backends.user().isEmpty() ? null : backends.user(), textOrNull(backends.password()))
            .withBacklog(engine.backlogBytes(), ReplicationSettings.STANDARD.backlogTtlSeconds()),
        persistence,
        textOrNull(config.voter().secret()),
        new EngineTls(
            TlsOf.enginePort(engine), TlsOf.backends(backends), TlsOf.voters(config.voter())));
  }

  private static @Nullable String textOrNull(Secret secret) {
    return secret.isSet() ? secret.reveal() : null;
  }
}
