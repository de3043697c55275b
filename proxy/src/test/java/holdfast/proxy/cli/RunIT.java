package holdfast.proxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.NodeAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line as a process: what it prints, how it ends, what it leaves. */
class RunIT {
  private static final Path LOGS = Path.of("target/logs");

  private final List<Process> started = new ArrayList<>();

  @TempDir Path folder;

  @AfterEach
  void endAll() {
    started.forEach(Process::destroyForcibly);
  }

  @Test
  void keepsItsDataOverARestart() throws Exception {
    int port = new Ports().any();
    String[] run = {"run", "--data", folder.toString(), "--port", Integer.toString(port)};

    Process first = start("run-first", run);
    awaitOutput("run-first", first, "Holdfast is ready");
    assertEquals("OK", ask(port, "SET", "a", "1"));
    end(first);
    assertEquals(143, first.exitValue());

    Process second = start("run-second", run);
    awaitOutput("run-second", second, "Holdfast is ready");
    assertEquals("1", ask(port, "GET", "a"));
    end(second);
  }

  @Test
  void refusesATakenPort() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      assertRefused(
          "--port",
          "run",
          "--data",
          folder.resolve("run").toString(),
          "--port",
          Integer.toString(taken.getLocalPort()));
      assertRefused(
          "engine.listen",
          "engine",
          "-c",
          config("engine { data = \"\", listen = \"" + address + "\" }"));
      assertRefused(
          address,
          "voter",
          "-c",
          config(
              "voter { data = \""
                  + folder.resolve("v")
                  + "\", listen = \""
                  + address
                  + "\", backends = [\"127.0.0.1:1\"] }"));
      assertRefused(
          "proxy.listen",
          "proxy",
          "-c",
          config(
              "topology = static, proxy { backend = \"127.0.0.1:1\", listen = \""
                  + address
                  + "\" }"));
      assertRefused(
          "admin.listen",
          "proxy",
          "-c",
          config(
              "topology = static, proxy { backend = \"127.0.0.1:1\", listen = \"127.0.0.1:"
                  + new Ports().any()
                  + "\" }, admin.listen = \""
                  + address
                  + "\""));
    }
  }

  @Test
  void endsWithItsInputWhenAskedTo() throws Exception {
    int port = new Ports().any();
    Process engine =
        start(
            "engine-input",
            "engine",
            "-c",
            config("engine { data = \"\", listen = \"127.0.0.1:" + port + "\" }"),
            "--end-with-input");
    awaitOutput("engine-input", engine, "engine on");

    engine.getOutputStream().close();

    assertTrue(engine.waitFor(20, TimeUnit.SECONDS));
    assertEquals(0, engine.exitValue());
  }

  private void assertRefused(String part, String... arguments) throws Exception {
    Process process = start("refused", arguments);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    String text = Files.readString(LOGS.resolve("refused.log"));
    assertEquals(ExitCode.USAGE, process.exitValue(), text);
    assertEquals(1, text.lines().filter(line -> line.startsWith("holdfast: ")).count(), text);
    assertTrue(text.contains(part), text);
  }

  private String config(String text) throws IOException {
    Path file = Files.createTempFile(folder, "x", ".conf");
    return Files.writeString(file, text).toString();
  }

  private Process start(String name, String... arguments) throws IOException {
    Files.createDirectories(LOGS);
    Path log = LOGS.resolve(name + ".log");
    Files.deleteIfExists(log);
    Process process =
        new ProcessBuilder(JavaCommand.of(Main.class.getName(), List.of("-ea"), List.of(arguments)))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    started.add(process);
    return process;
  }

  private static void awaitOutput(String name, Process process, String text) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .failFast(() -> !process.isAlive())
        .until(() -> Files.readString(LOGS.resolve(name + ".log")).contains(text));
  }

  private static String ask(int port, String... arguments) throws IOException {
    return ControlClient.ask(new NodeAddress("127.0.0.1", port), 15_000, arguments).text();
  }

  private static void end(Process process) throws InterruptedException {
    process.destroy();
    assertTrue(process.waitFor(20, TimeUnit.SECONDS), "did not end");
  }
}
