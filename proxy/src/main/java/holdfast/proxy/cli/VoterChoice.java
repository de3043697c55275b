package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.resp.RespValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which voters a tool asks: those of a configuration, those it is told, or the usual ones. */
final class VoterChoice {
  private static final int CONNECT_MILLIS = 1_000;
  private static final List<String> USUAL =
      List.of("127.0.0.1:26379", "127.0.0.1:26380", "127.0.0.1:26381");

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "Ask the voters of this configuration, with its secret.")
  @Nullable Path file;

  @Option(
      names = "--voters",
      split = ",",
      paramLabel = "HOST:PORT",
      description =
          "The voters, with commas (default: 127.0.0.1:26379,127.0.0.1:26380,127.0.0.1:26381).")
  List<String> named = List.of();

  VotersOf voters() {
    Path from = file;
    if (from == null) {
      return VotersOf.named(named.isEmpty() ? USUAL : named);
    }
    if (!named.isEmpty()) {
      throw new UsageException("--voters and -c both name voters: give one of them");
    }
    return VotersOf.config(ConfigFile.read(from, null));
  }

  /** A voter's answer and who gave it. */
  record Answer(NodeAddress voter, RespValue reply) {}

  /**
   * Asks the first voter that can be reached. What was sent is not sent to another one: it may have
   * been done.
   *
   * @throws IOException if none can be reached, or the one asked did not answer
   */
  Answer ask(int answerMillis, String... command) throws IOException {
    List<String> unreachable = new ArrayList<>();
    VotersOf of = voters();
    for (NodeAddress voter : of.addresses()) {
      try (var client = of.open(voter, CONNECT_MILLIS)) {
        client.answerWithin(answerMillis);
        try {
          return new Answer(voter, client.call(command));
        } catch (IOException e) {
          throw new IllegalStateException(
              "voter " + voter + " was asked and did not answer: " + e.getMessage(), e);
        }
      } catch (IOException e) {
        unreachable.add(voter + " (" + e.getMessage() + ")");
      }
    }
    throw new IOException("no voter can be reached: " + String.join(", ", unreachable));
  }
}
