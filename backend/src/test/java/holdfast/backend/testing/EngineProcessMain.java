package holdfast.backend.testing;

import holdfast.backend.server.EngineServer;
import holdfast.backend.server.EngineServerSettings;
import holdfast.backend.server.PersistenceSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Locale;

/** What {@link EngineProcess} runs. */
public final class EngineProcessMain {
  private EngineProcessMain() {}

  /** Starts an engine and ends it cleanly on SIGTERM. */
  public static void main(String[] arguments) throws IOException {
    int port = 0;
    Path folder = Path.of(".");
    boolean keeps = true;
    var fsync = PersistenceSettings.Fsync.EVERYSEC;
    var settings =
        EngineServerSettings.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--port" -> port = Integer.parseInt(arguments[++i]);
        case "--dir" -> folder = Path.of(arguments[++i]);
        case "--fenced" -> settings = settings.withFenced(true);
        case "--no-log" -> keeps = false;
        case "--password" -> settings = settings.withPassword(arguments[++i]);
        case "--masterauth" ->
            settings =
                settings.withReplication(
                    settings.replication().withMasterAuth(null, arguments[++i]));
        case "--fsync" ->
            fsync = PersistenceSettings.Fsync.valueOf(arguments[++i].toUpperCase(Locale.ROOT));
        default -> throw new IllegalArgumentException("unknown argument " + arguments[i]);
      }
    }
    settings = settings.withBind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    if (keeps) {
      settings = settings.withPersistence(PersistenceSettings.in(folder).withFsync(fsync));
    }
    EngineServer server = EngineServer.start(settings);
    Runtime.getRuntime().addShutdownHook(new Thread(server::close));
  }
}
