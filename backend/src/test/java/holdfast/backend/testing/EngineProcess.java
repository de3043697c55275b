package holdfast.backend.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An engine of ours in a JVM of its own.
 *
 * <p>Arguments are those of {@link EngineProcessMain}: {@code --fenced}, {@code --no-log}, {@code
 * --password WORD}, {@code --masterauth WORD}, {@code --fsync always|everysec|no}.
 */
public final class EngineProcess extends ServerProcess {
  private final List<String> arguments;

  private EngineProcess(List<String> arguments) {
    super("engine");
    this.arguments = arguments;
  }

  /** Starts one and waits until it answers. */
  public static EngineProcess start(String... arguments) {
    var engine = new EngineProcess(List.copyOf(Arrays.asList(arguments)));
    engine.startOnFreePort();
    return engine;
  }

  @Override
  protected List<String> command() {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-ea"));
    command.addAll(List.of("-Xshare:auto", "--enable-native-access=ALL-UNNAMED"));
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-Dio.netty.leakDetection.level=paranoid");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(EngineProcessMain.class.getName());
    command.addAll(List.of("--port", Integer.toString(port()), "--dir", folder().toString()));
    command.addAll(arguments);
    return command;
  }
}
