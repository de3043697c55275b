package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.resp.RespValue;
import holdfast.proxy.config.HoldfastConfig.BackendsSection;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows the writes that a switch took back from an engine. */
@Command(
    name = "rollback",
    description = "List or print the writes that a switch took back from an engine.",
    subcommands = {RollbackCommand.ListFiles.class, RollbackCommand.Print.class})
final class RollbackCommand implements Callable<Integer> {
  private static final int ASK_MILLIS = 10_000;

  @Mixin Common common = new Common();

  @Override
  public Integer call() {
    throw new UsageException("rollback: expected list or print; see holdfast rollback --help");
  }

  /** Which engine, and how to be let in. */
  static final class Engine {
    @Option(
        names = "--engine",
        paramLabel = "HOST:PORT",
        required = true,
        description = "The engine that has the files.")
    String address = "";

    @Option(
        names = "--password-file",
        paramLabel = "FILE",
        description = "A file with the engine's password.")
    @Nullable Path passwordFile;

    @Option(
        names = {"-c", "--config"},
        paramLabel = "FILE",
        description = "Connect as this configuration says of backends: TLS, and their password.")
    @Nullable Path config;

    /** A connection that has been let in. */
    ControlClient open() throws IOException {
      NodeAddress engine = StatusCommand.address(address);
      Path file = passwordFile;
      String password = file == null ? null : Files.readString(file).strip();
      if (config == null) {
        return ControlClient.open(engine, ASK_MILLIS, null, password, null);
      }
      BackendsSection backends = ConfigFile.read(config, null).backends();
      if (password == null && backends.password().isSet()) {
        password = backends.password().reveal();
      }
      return ControlClient.open(engine, ASK_MILLIS, null, password, TlsOf.backends(backends));
    }

    static RespValue noError(RespValue reply) throws IOException {
      if (reply instanceof RespValue.Failure error) {
        throw new IOException("the engine answers: " + error.message());
      }
      return reply;
    }
  }

  /** One line per file. */
  @Command(name = "list", description = "One line per file: name and bytes.")
  static final class ListFiles implements Callable<Integer> {
    @Mixin Common common = new Common();
    @Mixin Engine engine = new Engine();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      PrintWriter out = spec.commandLine().getOut();
      try (ControlClient client = engine.open()) {
        RespValue files = Engine.noError(client.call("HOLDFAST", "ROLLBACK", "LIST"));
        for (RespValue file : files.items()) {
          List<RespValue> fields = file.items();
          out.println(fields.get(0).text() + " " + fields.get(1).text());
        }
      }
      return ExitCode.OK;
    }
  }

  /** One line per command. */
  @Command(name = "print", description = "One line per command, as redis-cli takes it.")
  static final class Print implements Callable<Integer> {
    @Mixin Common common = new Common();
    @Mixin Engine engine = new Engine();

    @Parameters(paramLabel = "NAME", description = "A file, as list names it.")
    String name = "";

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      PrintWriter out = spec.commandLine().getOut();
      try (ControlClient client = engine.open()) {
        String from = "0";
        do {
          RespValue page = Engine.noError(client.call("HOLDFAST", "ROLLBACK", "PRINT", name, from));
          page.items().get(0).items().forEach(command -> out.println(command.text()));
          from = page.items().get(1).text();
        } while (!from.equals("0"));
      }
      return ExitCode.OK;
    }
  }
}
