package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tells what each voter says of the master. */
@Command(name = "status", description = "Ask the voters who is master.")
final class StatusCommand implements Callable<Integer> {
  private static final int ASK_MILLIS = 500;

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

  @Override
  public Integer call() {
    VotersOf of = VotersOf.named(voters);
    if (file != null) {
      of = VotersOf.config(ConfigFile.read(file, null));
    }
    List<NodeAddress> asked = of.addresses();
    int named = 0;
    for (NodeAddress voter : asked) {
      MasterView.@Nullable Master master = MasterView.at(of, voter);
      System.out.println(
          "voter "
              + voter
              + ": "
              + (master == null
                  ? "does not answer, or knows no master"
                  : "master "
                      + master.address()
                      + ", epoch "
                      + master.epoch()
                      + maintenance(of, voter)));
      named += master == null ? 0 : 1;
    }
    boolean majority = named > asked.size() / 2;
    if (!majority) {
      System.err.println(
          "holdfast: only " + named + " of " + asked.size() + " voters name a master");
    }
    return majority ? ExitCode.OK : ExitCode.FAILED;
  }

  /** Said only where it is on. */
  private static String maintenance(VotersOf of, NodeAddress voter) {
    try (var client = of.open(voter, ASK_MILLIS)) {
      String said = client.call("HOLDFAST", "MAINTENANCE", "STATUS").text();
      return said.contains(" ON") ? ", " + said : "";
    } catch (IOException | IllegalStateException e) {
      return "";
    }
  }

  static NodeAddress address(String text) {
    try {
      return NodeAddress.parse(text.strip());
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }
}
