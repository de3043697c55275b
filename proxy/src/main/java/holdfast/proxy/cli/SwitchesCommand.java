package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.resp.RespValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tells what the voters keep of the last switches. */
@Command(
    name = "switches",
    description = "Show the last switches of the master: when, why, how long, what may be lost.")
final class SwitchesCommand implements Callable<Integer> {
  private static final int ASK_MILLIS = 2000;

  @Mixin Common common = new Common();

  @Option(
      names = "--voters",
      split = ",",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:26379,127.0.0.1:26380,127.0.0.1:26381",
      description = "The voters, with commas (default: ${DEFAULT-VALUE}).")
  List<String> voters = List.of();

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "Ask the voters of this configuration, with its secret.")
  @Nullable Path file;

  @Option(
      names = {"-n", "--count"},
      paramLabel = "COUNT",
      defaultValue = "10",
      description = "How many, the latest first (default: ${DEFAULT-VALUE}).")
  int count;

  @Override
  public Integer call() {
    if (count < 1 || count > 64) {
      throw new UsageException("--count " + count + ": expected 1 to 64");
    }
    VotersOf of = VotersOf.named(voters);
    if (file != null) {
      of = VotersOf.config(ConfigFile.read(file, null));
    }
    List<RespValue> most = null;
    for (NodeAddress voter : of.addresses()) {
      List<RespValue> known = ask(of, voter);
      // One that has restarted has forgotten them.
      if (known != null && (most == null || known.size() > most.size())) {
        most = known;
      }
    }
    if (most == null) {
      return ExitCode.FAILED;
    }
    if (most.isEmpty()) {
      System.out.println("no switch since the voters started");
    }
    most.forEach(line -> System.out.println(line.text()));
    return ExitCode.OK;
  }

  private @Nullable List<RespValue> ask(VotersOf of, NodeAddress voter) {
    try (var client = of.open(voter, ASK_MILLIS)) {
      RespValue reply = client.call("HOLDFAST", "SWITCHES", Integer.toString(count));
      if (reply instanceof RespValue.Failure failure) {
        System.err.println("holdfast: voter " + voter + ": " + failure.message());
        return null;
      }
      return reply.items();
    } catch (IOException | IllegalStateException e) {
      System.err.println("holdfast: voter " + voter + " does not answer (" + e.getMessage() + ")");
      return null;
    }
  }
}
