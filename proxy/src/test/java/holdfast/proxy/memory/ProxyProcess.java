package holdfast.proxy.memory;

import holdfast.backend.testing.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A proxy of ours before one server, in a JVM of its own with a heap of 64 MB. */
final class ProxyProcess extends ServerProcess {
  private final int backend;

  private ProxyProcess(int backend) {
    super("proxy");
    this.backend = backend;
  }

  static ProxyProcess before(int backend) {
    var proxy = new ProxyProcess(backend);
    proxy.startOnFreePort();
    return proxy;
  }

  @Override
  protected List<String> command() {
    Path config = folder().resolve("holdfast.conf");
    try {
      Files.writeString(
          config,
          """
          topology = static
          proxy { listen = "127.0.0.1:%d", backend = "127.0.0.1:%d", clients-max = 20000 }
          admin.enabled = false
          """
              .formatted(port(), backend));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx64m",
        "-XX:+UseSerialGC",
        "-XX:+UseCompactObjectHeaders",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-cp",
        System.getProperty("java.class.path"),
        "holdfast.proxy.cli.Main",
        "proxy",
        "-c",
        config.toString());
  }

  /** The most that it ever had resident, in MiB. */
  long peakMib() {
    return status("VmHWM:");
  }

  /** What it has resident, in MiB. */
  long residentMib() {
    return status("VmRSS:");
  }

  private long status(String field) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid()), "status"))) {
        if (line.startsWith(field)) {
          return Long.parseLong(line.replaceAll("\\D+", "")) / 1024;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new IllegalStateException("no " + field);
  }
}
