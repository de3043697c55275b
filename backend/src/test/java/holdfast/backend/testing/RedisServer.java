package holdfast.backend.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A real redis-server on a free port of 127.0.0.1, in a folder of its own, with its log in
 * target/logs. It can be killed, stopped, continued and restarted as in life; {@link #close} ends
 * it and removes its folder.
 *
 * <p>Persistence is off unless an argument turns it on. If a start finds its port taken (somebody
 * was faster), a new server tries another one.
 */
public final class RedisServer implements AutoCloseable {
  private static final long START_TIMEOUT_MILLIS = 20_000;
  private static final AtomicInteger COUNTER = new AtomicInteger();

  private final List<String> arguments;
  private final Path folder;
  private final Path log;
  private int port;
  private @Nullable Process process;

  private RedisServer(List<String> arguments) {
    this.arguments = arguments;
    try {
      this.folder = Files.createTempDirectory("holdfast-redis-");
      Path logs = Files.createDirectories(Path.of("target", "logs"));
      this.log =
          logs.resolve(
                  "redis-"
                      + ProcessHandle.current().pid()
                      + "-"
                      + COUNTER.incrementAndGet()
                      + ".log")
              .toAbsolutePath();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts a server and waits until it answers.
   *
   * @param arguments as on its command line, for instance {@code "--appendonly", "yes"}
   */
  public static RedisServer start(String... arguments) {
    var server = new RedisServer(List.copyOf(Arrays.asList(arguments)));
    for (int attempt = 1; ; attempt++) {
      server.port = freePort();
      try {
        server.launch();
        return server;
      } catch (IllegalStateException e) {
        if (attempt == 3) {
          server.close();
          throw e;
        }
      }
    }
  }

  /** A port of 127.0.0.1 that nobody listened on a moment ago. */
  public static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void launch() {
    var command = new ArrayList<String>();
    command.add("redis-server");
    command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1"));
    command.addAll(List.of("--dir", folder.toString(), "--save", ""));
    command.addAll(arguments);
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
    } catch (IOException e) {
      throw new IllegalStateException("redis-server does not start", e);
    }
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_TIMEOUT_MILLIS);
    while (!answers()) {
      if (!process.isAlive() || System.nanoTime() - deadline > 0) {
        kill9();
        throw new IllegalStateException("redis-server " + command + " did not start, see " + log);
      }
      pause(10);
    }
  }

  /** Whether it answers PING with anything but LOADING. */
  private boolean answers() {
    try (var socket = new Socket()) {
      socket.connect(address(), 1000);
      socket.setSoTimeout(1000);
      socket.getOutputStream().write("PING\r\n".getBytes(UTF_8));
      InputStream in = socket.getInputStream();
      String start = new String(in.readNBytes(5), UTF_8);
      return !start.isEmpty() && !start.equals("-LOAD");
    } catch (IOException e) {
      return false;
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Its port; the same after a restart. */
  public int port() {
    return port;
  }

  /** 127.0.0.1 and its port. */
  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** Its working folder. */
  public Path folder() {
    return folder;
  }

  /** Its process id. */
  public long pid() {
    return running().pid();
  }

  /** Whether its process exists (it may be stopped). */
  public boolean isAlive() {
    return process != null && process.isAlive();
  }

  private Process running() {
    if (process == null) {
      throw new IllegalStateException("not started");
    }
    return process;
  }

  /** SIGKILL, and waits until it is gone; its folder stays. */
  public void kill9() {
    Process victim = running();
    victim.destroyForcibly();
    try {
      if (!victim.waitFor(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("redis-server " + victim.pid() + " survived SIGKILL");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** SIGSTOP: it hangs, its sockets stay open. */
  public void sigstop() {
    signal("STOP");
  }

  /** SIGCONT: it goes on where it was. */
  public void sigcont() {
    signal("CONT");
  }

  private void signal(String name) {
    try {
      var kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start();
      if (kill.waitFor() != 0) {
        throw new IllegalStateException("kill -" + name + " " + pid() + " failed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Starts it again on its port and folder, killing it first if it runs. */
  public void restart() {
    if (isAlive()) {
      kill9();
    }
    launch();
  }

  /** What one command answers, over redis-cli: lines, without quotes. */
  public String cli(String... command) {
    var line = new ArrayList<String>(List.of("redis-cli", "-p", Integer.toString(port)));
    line.addAll(Arrays.asList(command));
    try {
      var cli = new ProcessBuilder(line).redirectErrorStream(true).start();
      String answer = new String(cli.getInputStream().readAllBytes(), UTF_8);
      cli.waitFor();
      return answer.strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    if (isAlive()) {
      kill9();
    }
    try (var paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
