package holdfast.proxy.dispatch;

import holdfast.backend.command.CommandFacts;
import holdfast.routing.command.CommandClasses;
import holdfast.routing.command.CommandTraits;
import holdfast.routing.command.Special;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a server says of a request before it looks at what the command is for: a subcommand that
 * there is not, too few words, too many. Here for the commands that are not just passed on. Makes
 * nothing where nothing is wrong. Source: Redis {@code server.c} processCommand.
 */
final class Misuse {
  private Misuse() {}

  /** The error's text, or null if there is nothing to say. */
  static @Nullable String of(CommandTraits traits, RequestView request, CommandClasses classes) {
    CommandFacts facts = request.facts(classes);
    if (facts == null || traits.special() == Special.HOLDFAST) {
      return null; // ours: a server that is an engine knows other subcommands of it
    }
    if (facts.hasSubcommands() && request.count() > 1) {
      CommandFacts found = request.subcommand(facts);
      if (found == null) {
        return "ERR unknown subcommand '"
            + request.shown(1)
            + "'. Try "
            + facts.name().toUpperCase(Locale.ROOT)
            + " HELP.";
      }
      facts = found;
    }
    if (facts.acceptsArguments(request.count())) {
      return null;
    }
    String what = "wrong number of arguments for '" + facts.name() + "' command";
    return traits.special() == Special.EXEC
        ? "EXECABORT Transaction discarded because of: " + what
        : "ERR " + what;
  }
}
