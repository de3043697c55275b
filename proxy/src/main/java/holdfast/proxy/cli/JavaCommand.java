package holdfast.proxy.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How to run another class of ours as a process of its own, with the JVM and classes of this one.
 */
final class JavaCommand {
  /** Kept in step with the launcher. */
  private static final List<String> FLAGS =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:+UseCompactObjectHeaders",
          "-Xms16m",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow");

  private JavaCommand() {}

  static List<String> of(String mainClass, List<String> jvmOptions, List<String> arguments) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FLAGS);
    String aotCache = System.getProperty("holdfast.aot", "");
    if (!aotCache.isEmpty()) {
      command.add("-XX:AOTCache=" + aotCache);
      command.add("-Xlog:aot=off");
      command.add("-Xlog:cds=off");
    }
    command.addAll(jvmOptions);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(mainClass);
    command.addAll(arguments);
    return command;
  }
}
