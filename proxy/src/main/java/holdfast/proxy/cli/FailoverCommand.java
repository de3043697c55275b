package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.resp.RespValue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes another backend master, while the present one is well. */
@Command(
    name = "failover",
    description =
        "Switch over to another master as planned: nothing is lost, no client sees an error.")
final class FailoverCommand implements Callable<Integer> {
  /** Beyond the limit on catching up: leases that nobody gives up, and slow disks. */
  private static final int SPARE_MILLIS = 30_000;

  private static final int WITHIN_MILLIS_MAX = 60_000;

  @Mixin Common common = new Common();
  @Mixin VoterChoice voters = new VoterChoice();

  @Option(
      names = "--to",
      paramLabel = "HOST:PORT",
      description = "The backend that is to be master (default: the replica that suits best).")
  @Nullable String to;

  @Option(
      names = "--within",
      paramLabel = "MILLISECONDS",
      defaultValue = "1000",
      description =
          "How long a replica may need to have all that the master has; one that needs longer is"
              + " not promoted (default: ${DEFAULT-VALUE}).")
  int withinMillis = 1_000;

  @Override
  public Integer call() throws IOException {
    if (withinMillis < 1 || withinMillis > WITHIN_MILLIS_MAX) {
      throw new UsageException(
          "--within " + withinMillis + ": expected 1 to " + WITHIN_MILLIS_MAX + " milliseconds");
    }
    var words = new ArrayList<String>(List.of("HOLDFAST", "FAILOVER"));
    if (to != null) {
      NodeAddress wanted = StatusCommand.address(to);
      words.addAll(List.of("TO", wanted.toString()));
    }
    words.addAll(List.of("WITHIN", Integer.toString(withinMillis)));
    System.out.println("switching over" + (to == null ? "" : " to " + to) + " ...");
    VoterChoice.Answer answer =
        voters.ask(2 * withinMillis + SPARE_MILLIS, words.toArray(String[]::new));
    if (answer.reply() instanceof RespValue.Failure refused) {
      System.err.println("holdfast: not switched over: " + refused.message());
      return ExitCode.FAILED;
    }
    System.out.println(answer.reply().text() + ", by voter " + answer.voter());
    return ExitCode.OK;
  }
}
