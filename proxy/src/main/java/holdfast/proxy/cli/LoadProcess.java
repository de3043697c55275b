package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The demo's load: a process of its own that is asked line by line (see {@code
 * holdfast.bench.load.LoadMain}). It ends with its standard input. One thread.
 */
final class LoadProcess implements AutoCloseable {
  private static final String MAIN_CLASS = "holdfast.bench.load.LoadMain";

  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter questions;

  private LoadProcess(Process process) {
    this.process = process;
    this.answers = process.inputReader(StandardCharsets.UTF_8);
    this.questions = process.outputWriter(StandardCharsets.UTF_8);
  }

  /** The classes of the load must be there; a build of the proxy alone does not have them. */
  static void requireAvailable() {
    String file = MAIN_CLASS.replace('.', '/') + ".class";
    if (LoadProcess.class.getClassLoader().getResource(file) == null) {
      throw new UsageException("the load (module bench) is not on the class path; use ./holdfast");
    }
  }

  /** The command line of the load, to run it by itself. */
  static List<String> command(List<String> arguments) {
    return JavaCommand.of(MAIN_CLASS, List.of("-Xmx256m"), arguments);
  }

  /** Starts to write and read at {@code address}. */
  static LoadProcess start(
      NodeAddress address, int connections, int writesPerSecond, double readsPerWrite, Path log)
      throws IOException {
    var builder =
        new ProcessBuilder(
            ChildProcess.command(
                command(
                    List.of(
                        "--address", address.toString(),
                        "--connections", Integer.toString(connections),
                        "--writes-per-second", Integer.toString(writesPerSecond),
                        "--reads-per-write", Double.toString(readsPerWrite),
                        "--for", "0"))));
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    return new LoadProcess(builder.start());
  }

  /** One question and its answer. */
  String ask(String question) throws IOException {
    questions.write(question);
    questions.newLine();
    questions.flush();
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException("the load process has ended");
    }
    return answer;
  }

  /** One question whose answer is {@code name=value} words. */
  Map<String, String> askFields(String question) throws IOException {
    String answer = ask(question);
    if (answer.startsWith("failed ")) {
      throw new IOException(answer.substring("failed ".length()));
    }
    var fields = new HashMap<String, String>();
    for (String word : answer.split(" ", -1)) {
      int equals = word.indexOf('=');
      if (equals > 0) {
        fields.put(word.substring(0, equals), word.substring(equals + 1));
      }
    }
    return fields;
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
