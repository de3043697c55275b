package holdfast.health.spec;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * TLC in a process of its own (it keeps its state in statics and ends with {@code System.exit}).
 * The configuration goes to {@code target/spec}, so that a run can be repeated by hand; the output,
 * with the trace of a violation, to {@code target/logs}.
 */
final class Tlc {
  private static final Path SPEC = Path.of("src", "spec");
  private static final Path WORK = Path.of("target", "spec");
  private static final Path LOGS = Path.of("target", "logs");
  private static final Pattern VIOLATED =
      Pattern.compile("Error: (?:Invariant (\\w+) is|Temporal properties were) violated");
  private static final Pattern STATES = Pattern.compile("(\\d+) distinct states found");

  /** What TLC found: the text is all it printed. */
  record Result(String text, Path log) {
    boolean sound() {
      return text.contains("Model checking completed. No error has been found.");
    }

    /** The broken invariant, "temporal" for a property over time, or null. */
    @Nullable String violated() {
      Matcher matcher = VIOLATED.matcher(text);
      if (!matcher.find()) {
        return null;
      }
      String invariant = matcher.group(1);
      return invariant == null ? "temporal" : invariant;
    }

    /** Distinct states that were visited. */
    long states() {
      Matcher matcher = STATES.matcher(text);
      long states = 0;
      while (matcher.find()) { // the last one is the total
        states = Long.parseLong(matcher.group(1));
      }
      return states;
    }

    @Override
    public String toString() {
      String[] lines = text.split("\n", -1);
      return log
          + ":\n"
          + String.join(
              "\n", Arrays.copyOfRange(lines, Math.max(0, lines.length - 40), lines.length));
    }
  }

  private Tlc() {}

  /**
   * Checks a module in a configuration.
   *
   * @param name of this run, for its files
   * @param heapMegabytes for the queue and the states seen
   * @param timeoutSeconds after which it is killed and the run fails
   */
  static Result check(
      String name, String module, ModelConfig config, int heapMegabytes, int timeoutSeconds)
      throws IOException, InterruptedException {
    Path states = Files.createDirectories(WORK.resolve(name + ".states"));
    Files.createDirectories(LOGS);
    Path configFile = WORK.resolve(name + ".cfg");
    Files.writeString(configFile, config.text());
    Path moduleFile = WORK.resolve(module + ".tla");
    Files.copy(SPEC.resolve(module + ".tla"), moduleFile, StandardCopyOption.REPLACE_EXISTING);
    Path log = LOGS.resolve("tlc-" + name + ".log");
    var command = new ArrayList<String>();
    if (Files.isExecutable(Path.of("/usr/bin/nice"))) {
      command.addAll(List.of("/usr/bin/nice", "-n", "19")); // never in the way of timed tests
    }
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1", // of runs this short the better compiler costs half the time
            "-Xmx" + heapMegabytes + "m",
            // TLC unpacks its standard modules there.
            "-Djava.io.tmpdir=" + states.toAbsolutePath(),
            "-cp",
            classPath(),
            "tlc2.TLC"));
    command.addAll(
        List.of(
            "-workers",
            "1", // breadth first in one order: a violation is always the same, shortest, trace
            "-cleanup",
            "-metadir",
            states.toAbsolutePath().toString(),
            "-config",
            configFile.getFileName().toString(),
            moduleFile.getFileName().toString()));
    Process process =
        new ProcessBuilder(command)
            .directory(WORK.toFile()) // TLC finds configuration and module only beside each other
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .start();
    try {
      if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
        throw new IOException("TLC ran for more than " + timeoutSeconds + " s: " + log);
      }
    } finally {
      process.destroyForcibly();
    }
    return new Result(Files.readString(log, StandardCharsets.UTF_8), log);
  }

  /** Only what TLC needs; not by name, as the test class path may be hidden in a manifest. */
  private static String classPath() {
    var jars = new ArrayList<String>();
    for (String type : List.of("tlc2.TLC", "javax.mail.Session", "javax.activation.DataSource")) {
      try {
        Class<?> found = Class.forName(type, false, Tlc.class.getClassLoader());
        jars.add(
            Path.of(found.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
      } catch (ClassNotFoundException | URISyntaxException e) {
        throw new IllegalStateException("TLC is not on the class path", e);
      }
    }
    return String.join(File.pathSeparator, jars);
  }
}
