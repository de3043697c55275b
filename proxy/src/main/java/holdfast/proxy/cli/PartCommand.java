package holdfast.proxy.cli;

import holdfast.proxy.config.HoldfastConfig;
import holdfast.proxy.config.HoldfastConfigReader.Part;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A part that runs from a configuration file until it is told to end. */
abstract class PartCommand implements Callable<Integer> {
  @Mixin Common common = new Common();

  @Option(
      names = {"-c", "--config"},
      required = true,
      paramLabel = "FILE",
      description = "The configuration; conf/holdfast.conf explains every option.")
  Path file = Path.of("");

  @Option(
      names = "--end-with-input",
      hidden = true,
      description = "End when standard input does: for a child that must not outlive its parent.")
  boolean endWithInput;

  private final Part part;

  PartCommand(Part part) {
    this.part = part;
  }

  /** Starts the part and adds it to {@code lifetime}. */
  abstract void start(HoldfastConfig config, Lifetime lifetime) throws IOException;

  @Override
  public Integer call() throws IOException, InterruptedException {
    HoldfastConfig config = ConfigFile.read(file, part);
    Log.configure(config.logLevel().name().toLowerCase(Locale.ROOT));
    var lifetime = new Lifetime();
    try {
      start(config, lifetime);
      if (endWithInput) {
        lifetime.endWithInput();
      }
      lifetime.await();
    } finally {
      lifetime.close();
    }
    return ExitCode.OK;
  }
}
