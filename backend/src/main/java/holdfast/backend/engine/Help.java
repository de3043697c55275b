package holdfast.backend.engine;

/** What HELP answers, and the error that points to it. Source: Redis {@code networking.c}. */
final class Help {
  private Help() {}

  /** The usual first and last lines around those of the command. */
  static void write(Call call, String... lines) {
    call.out().array(lines.length + 3);
    String name = Words.upper(Words.text(call.arg(0)));
    call.out().simple(name + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
    for (String line : lines) {
      call.out().simple(line);
    }
    call.out().simple("HELP").simple("    Prints this help.");
  }

  /** A subcommand with the wrong arguments. */
  static CommandError syntax(Call call) {
    return new CommandError(
        "ERR unknown subcommand or wrong number of arguments for '"
            + Words.text(call.arg(1))
            + "'. Try "
            + Words.upper(Words.text(call.arg(0)))
            + " HELP.");
  }
}
