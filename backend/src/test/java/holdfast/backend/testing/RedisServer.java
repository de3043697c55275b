package holdfast.backend.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A real redis-server. Persistence is off unless an argument turns it on. */
public final class RedisServer extends ServerProcess {
  private final List<String> arguments;

  private RedisServer(List<String> arguments) {
    super("redis");
    this.arguments = arguments;
  }

  /**
   * Starts a server and waits until it answers.
   *
   * @param arguments as on its command line, for instance {@code "--appendonly", "yes"}
   */
  public static RedisServer start(String... arguments) {
    var server = new RedisServer(List.copyOf(Arrays.asList(arguments)));
    server.startOnFreePort();
    return server;
  }

  @Override
  protected List<String> command() {
    var command = new ArrayList<String>();
    command.add("redis-server");
    command.addAll(List.of("--port", Integer.toString(port()), "--bind", "127.0.0.1"));
    command.addAll(List.of("--dir", folder().toString(), "--save", ""));
    command.addAll(arguments);
    return command;
  }

  /** What one command answers, over redis-cli: lines, without quotes. */
  public String cli(String... command) {
    var line = new ArrayList<String>(List.of("redis-cli", "-p", Integer.toString(port())));
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
}
