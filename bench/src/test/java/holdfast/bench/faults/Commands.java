package holdfast.bench.faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs tools of the machine: ip, iptables, mount, kill. Each is short. */
final class Commands {
  private static final int TIMEOUT_SECONDS = 30;

  /** What a tool said. */
  record Result(int exitCode, String output) {}

  private Commands() {}

  /** Runs it; what it says belongs to the error if it fails. */
  static String run(String... words) {
    Result result = tryRun(words);
    if (result.exitCode != 0) {
      throw new IllegalStateException(
          String.join(" ", words) + " ended with " + result.exitCode + ": " + result.output);
    }
    return result.output;
  }

  /** Runs it, whether it succeeds or not. */
  static Result tryRun(String... words) {
    try {
      Process process = new ProcessBuilder(List.of(words)).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(String.join(" ", words) + " does not end");
      }
      return new Result(process.exitValue(), output);
    } catch (IOException e) {
      throw new IllegalStateException(String.join(" ", words), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(String.join(" ", words), e);
    }
  }
}
