package holdfast.bench.faults;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How our own parts are run as processes: this JVM and its classes, small heaps, no second compiler
 * (twenty of them share a machine and their start costs more than their work).
 *
 * @param before folders whose classes replace ours
 */
record JavaParts(List<Path> before) {
  private static final List<String> FLAGS =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:+UseCompactObjectHeaders",
          "-XX:TieredStopAtLevel=1",
          "-Xms16m",
          "-Xmx96m",
          "-Xss512k",
          "-ea",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow");

  /** The production classes. */
  static JavaParts asBuilt() {
    return new JavaParts(List.of());
  }

  List<String> command(String mainClass, List<String> arguments) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FLAGS);
    command.add("-cp");
    command.add(
        Stream.concat(before.stream().map(Path::toString), Stream.of(classPath()))
            .collect(Collectors.joining(System.getProperty("path.separator"))));
    command.add(mainClass);
    command.addAll(arguments);
    return command;
  }

  private static String classPath() {
    return System.getProperty("java.class.path");
  }
}
