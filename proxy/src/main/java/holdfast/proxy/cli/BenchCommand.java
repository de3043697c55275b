package holdfast.proxy.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** Runs the load by itself; its options are its own. */
@Command(
    name = "bench",
    description = "Load an address with numbered writes and reads (bench --help).")
final class BenchCommand implements Callable<Integer> {
  @Unmatched List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() throws IOException, InterruptedException {
    LoadProcess.requireAvailable();
    Process load = new ProcessBuilder(LoadProcess.command(arguments)).inheritIO().start();
    return load.waitFor();
  }
}
