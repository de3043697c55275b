package holdfast.bench.faults;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One process on one host, which can be killed, stopped, continued and started again. */
final class HostProcess {
  private final int host;
  private final String name;
  private final List<String> command;
  private final Path log;
  private @Nullable Process process;

  HostProcess(int host, String name, List<String> command, Path log) {
    this.host = host;
    this.name = name;
    this.command = command;
    this.log = log;
  }

  /** Starts it; it may not answer yet. */
  Process start() {
    var words = new ArrayList<>(List.of("ip", "netns", "exec", Hosts.namespace(host)));
    words.addAll(command);
    try {
      Process started =
          new ProcessBuilder(words)
              .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .redirectOutput(
                  name.equals("client")
                      ? ProcessBuilder.Redirect.PIPE
                      : ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      process = started;
      return started;
    } catch (IOException e) {
      throw new IllegalStateException(this + " cannot be started", e);
    }
  }

  boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** SIGKILL; returns when it is gone. */
  void kill() {
    Process running = process;
    if (running != null) {
      running.destroyForcibly();
      running.onExit().join();
    }
  }

  /** SIGTERM; SIGKILL if that does not help. */
  void end() {
    Process running = process;
    if (running == null) {
      return;
    }
    running.destroy();
    try {
      if (!running.waitFor(20, TimeUnit.SECONDS)) {
        kill();
      }
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
    }
  }

  /** SIGSTOP: it keeps its sockets and does nothing. */
  void stop() {
    signal("STOP");
  }

  /** SIGCONT. */
  void resume() {
    signal("CONT");
  }

  private void signal(String which) {
    Process running = process;
    if (running != null && running.isAlive()) {
      // "ip netns exec" becomes what it runs: the process id is that of the command.
      Commands.run("kill", "-" + which, Long.toString(running.pid()));
    }
  }

  @Override
  public String toString() {
    return name + " of host " + host + " (" + log + ")";
  }
}
