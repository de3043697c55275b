package holdfast.backend.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A server in a process of its own, on a free port of 127.0.0.1, in a folder of its own, with its
 * log in target/logs. It can be killed, stopped, continued and restarted as in life; {@link #close}
 * ends it and removes its folder.
 */
public abstract class ServerProcess implements AutoCloseable {
  private static final long START_TIMEOUT_MILLIS = 30_000;
  private static final int STARTS_MAX = 3;
  private static final AtomicInteger COUNTER = new AtomicInteger();

  /** Below those that Linux takes for outgoing connections (ip_local_port_range). */
  private static final int FIRST_PORT = 12_000;

  private static final int PORTS = 20_000;

  /** Processes that test at the same time begin at different places. */
  private static final AtomicInteger NEXT_PORT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(PORTS));

  private final String kind;
  private final Path folder;
  private final Path log;
  private int port;
  private @Nullable Process process;

  protected ServerProcess(String kind) {
    this.kind = kind;
    try {
      this.folder = Files.createTempDirectory("holdfast-" + kind + "-");
      Path logs = Files.createDirectories(Path.of("target", "logs"));
      String name =
          kind + "-" + ProcessHandle.current().pid() + "-" + COUNTER.incrementAndGet() + ".log";
      this.log = logs.resolve(name).toAbsolutePath();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The command line that starts it on {@link #port} with its files in {@link #folder}. */
  protected abstract List<String> command();

  /**
   * A port of 127.0.0.1 that nobody listened on a moment ago. Not one that the system gives to
   * clients, and not soon the same again: it is still free when its server starts.
   */
  public static int freePort() {
    for (int attempt = 0; attempt < PORTS; attempt++) {
      int port = FIRST_PORT + Math.floorMod(NEXT_PORT.getAndIncrement(), PORTS);
      try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException _) {
        // taken: the next one
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    throw new IllegalStateException("no free port from " + FIRST_PORT + " on");
  }

  /** Starts it and waits until it answers; on another port if somebody was faster. */
  protected final void startOnFreePort() {
    for (int attempt = 1; ; attempt++) {
      port = freePort();
      try {
        launch();
        return;
      } catch (IllegalStateException e) {
        if (attempt == STARTS_MAX) {
          close();
          throw e;
        }
      }
    }
  }

  private void launch() {
    List<String> command = command();
    Process started;
    try {
      started =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
    } catch (IOException e) {
      throw new IllegalStateException(command.getFirst() + " does not start", e);
    }
    process = started;
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_TIMEOUT_MILLIS);
    while (!answers()) {
      if (!started.isAlive() || System.nanoTime() - deadline > 0) {
        kill9();
        throw new IllegalStateException(command + " did not start, see " + log);
      }
      pause();
    }
  }

  /** Whether it answers PING with anything but LOADING. */
  private boolean answers() {
    try (var socket = new Socket()) {
      socket.connect(address(), 1000);
      socket.setSoTimeout(5000);
      socket.getOutputStream().write("PING\r\n".getBytes(UTF_8));
      InputStream in = socket.getInputStream();
      String start = new String(in.readNBytes(5), UTF_8);
      return !start.isEmpty() && !start.equals("-LOAD");
    } catch (IOException e) {
      return false;
    }
  }

  private static void pause() {
    try {
      Thread.sleep(10);
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

  /** Its folder. */
  public Path folder() {
    return folder;
  }

  /** Its log. */
  public Path log() {
    return log;
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
    running().destroyForcibly();
    waitForEnd();
  }

  /** SIGTERM, and waits until it has ended by itself; its folder stays. */
  public void terminate() {
    running().destroy();
    waitForEnd();
  }

  private void waitForEnd() {
    try {
      if (!running().waitFor(20, TimeUnit.SECONDS)) {
        throw new IllegalStateException(kind + " " + pid() + " did not end, see " + log);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** SIGSTOP: it hangs, its sockets stay open. Returns once none of its threads runs. */
  public void sigstop() {
    signal("STOP");
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_TIMEOUT_MILLIS);
    while (!isStopped()) {
      if (System.nanoTime() - deadline >= 0) {
        throw new IllegalStateException(kind + " " + pid() + " did not stop");
      }
      Thread.onSpinWait();
    }
  }

  /** The signal is taken before it is obeyed: until then a thread may still answer. */
  private boolean isStopped() {
    try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid()), "task"))) {
      for (Path thread : threads.toList()) {
        String stat = Files.readString(thread.resolve("stat"));
        // pid (name) state ...: the name may have blanks and brackets.
        if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      return false; // a thread ended meanwhile
    }
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
