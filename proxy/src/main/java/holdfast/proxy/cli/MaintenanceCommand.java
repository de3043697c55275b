package holdfast.proxy.cli;

import holdfast.backend.resp.RespValue;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Turns automatic switches off and on again. */
@Command(
    name = "maintenance",
    description = "Say whether a master that fails is replaced by itself: on means it is not.")
final class MaintenanceCommand implements Callable<Integer> {
  private static final int ANSWER_MILLIS = 5_000;
  private static final Set<String> WORDS = Set.of("on", "off", "status");

  @Mixin Common common = new Common();
  @Mixin VoterChoice voters = new VoterChoice();

  @Parameters(paramLabel = "on|off|status", description = "What is wanted.")
  String word = "";

  @Override
  public Integer call() throws IOException {
    String wanted = word.toLowerCase(Locale.ROOT);
    if (!WORDS.contains(wanted)) {
      throw new UsageException("maintenance " + word + ": expected on, off or status");
    }
    VoterChoice.Answer answer =
        voters.ask(ANSWER_MILLIS, "HOLDFAST", "MAINTENANCE", wanted.toUpperCase(Locale.ROOT));
    if (answer.reply() instanceof RespValue.Failure refused) {
      System.err.println("holdfast: " + refused.message());
      return ExitCode.FAILED;
    }
    System.out.println(
        wanted.equals("status")
            ? answer.reply().text()
            : "maintenance " + wanted + ", by voter " + answer.voter() + "; it tells the others");
    return ExitCode.OK;
  }
}
