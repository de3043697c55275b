package holdfast.proxy.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Options that every command has. */
@Command(synopsisHeading = "usage: ", sortOptions = false)
final class Common {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this and end.")
  boolean help;
}
