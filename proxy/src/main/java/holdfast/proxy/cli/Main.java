package holdfast.proxy.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * Where everything starts. Exit codes: 0 done, 1 failed while running, 2 the command line, the
 * configuration, a file or a port is wrong; errors are one line each on standard error.
 */
@Command(
    name = "holdfast",
    versionProvider = Main.Version.class,
    description = "One address for a Redis that fails over.",
    subcommands = {
      RunCommand.class,
      DemoCommand.class,
      ProxyCommand.class,
      VoterCommand.class,
      EngineCommand.class,
      StatusCommand.class,
      FailoverCommand.class,
      MaintenanceCommand.class,
      RollbackCommand.class,
      SwitchesCommand.class,
      DoctorCommand.class,
      BenchCommand.class
    },
    footer = {
      "",
      "Without a command it does what run does: three embedded engines, three voters and a proxy,",
      "ready for redis-cli. conf/holdfast.conf explains every option of a configuration file."
    })
public final class Main {
  @Mixin
  @SuppressWarnings("unused") // read by picocli
  private final Common common = new Common();

  @SuppressWarnings("unused") // read by picocli
  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version and end.")
  private boolean version;

  private Main() {}

  /** Runs the command line and ends the process with its exit code. */
  public static void main(String[] arguments) {
    Log.configure("info");
    System.exit(
        execute(
            new PrintWriter(System.out, true, StandardCharsets.UTF_8),
            new PrintWriter(System.err, true, StandardCharsets.UTF_8),
            arguments));
  }

  /** Runs the command line; what it answers is the exit code. */
  static int execute(PrintWriter out, PrintWriter err, String... arguments) {
    var line = new CommandLine(new Main());
    line.setOut(out);
    line.setErr(err);
    line.setUsageHelpAutoWidth(true);
    line.setParameterExceptionHandler(Main::wrongUsage);
    line.setExecutionExceptionHandler((failure, command, _) -> failed(failure, command.getErr()));
    boolean plain = arguments.length == 0 || isRunOption(arguments[0]);
    return plain ? line.execute(withRun(arguments)) : line.execute(arguments);
  }

  /** {@code holdfast --data x} means {@code holdfast run --data x}. */
  private static boolean isRunOption(String word) {
    return word.startsWith("-")
        && !word.equals("--help")
        && !word.equals("-h")
        && !word.equals("--version")
        && !word.equals("-V");
  }

  private static String[] withRun(String[] arguments) {
    var words = new String[arguments.length + 1];
    words[0] = "run";
    System.arraycopy(arguments, 0, words, 1, arguments.length);
    return words;
  }

  private static int wrongUsage(ParameterException e, String[] arguments) {
    PrintWriter err = e.getCommandLine().getErr();
    err.println("holdfast: " + oneLine(e.getMessage()) + "; see holdfast --help");
    return ExitCode.USAGE;
  }

  private static int failed(Exception failure, PrintWriter err) {
    if (failure instanceof UsageException usage) {
      usage.lines().forEach(line -> err.println("holdfast: " + line));
      return ExitCode.USAGE;
    }
    err.println("holdfast: " + oneLine(failure.getMessage()) + reason(failure.getCause()));
    org.slf4j.LoggerFactory.getLogger(Main.class).debug("failed", failure);
    return ExitCode.FAILED;
  }

  private static String reason(@Nullable Throwable cause) {
    return cause == null ? "" : " (" + oneLine(cause.getMessage()) + ")";
  }

  private static String oneLine(@Nullable String text) {
    return text == null ? "failed" : text.replaceAll("\\s*\\R\\s*", " ");
  }

  /** What {@code --version} prints. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {
        "holdfast " + (version == null ? "(not packaged)" : version) + ", Java " + Runtime.version()
      };
    }
  }
}
