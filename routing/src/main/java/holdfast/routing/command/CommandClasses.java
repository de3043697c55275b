package holdfast.routing.command;

import holdfast.backend.command.CommandFacts;
import holdfast.backend.command.CommandFlag;
import holdfast.backend.command.CommandTable;
import holdfast.backend.command.ShortName;
import holdfast.routing.read.ReadPolicy;
import holdfast.routing.read.ReadSettings.ReadClass;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The class of each command of a table. Derived from the flags that the server itself gives; the
 * lists of {@link NamedCommands} say only what flags do not tell. A command that neither the table
 * nor a list knows is a write of which nothing is known: to the master, never repeated.
 *
 * <p>Immutable; any thread. Lookups make no objects.
 */
public final class CommandClasses {
  private static final String UNKNOWN_NAME = "(unknown)";
  private static final String HELP = "|help";

  private static final CommandTraits UNKNOWN =
      new CommandTraits(
          UNKNOWN_NAME,
          Route.MASTER,
          Special.NONE,
          Repetition.NEVER,
          Recording.NEVER,
          AskedFor.NOTHING,
          false,
          null,
          null);

  private static final CommandTraits HOLDFAST =
      new CommandTraits(
          "holdfast",
          Route.LOCAL,
          Special.HOLDFAST,
          Repetition.ALWAYS,
          Recording.NEVER,
          AskedFor.NOTHING,
          false,
          null,
          null);

  private static final long HOLDFAST_NAME = ShortName.of("holdfast");

  private final CommandTable table;
  private final CommandTraits[] traits;

  private CommandClasses(CommandTable table, CommandTraits[] traits) {
    this.table = table;
    this.traits = traits;
  }

  /** The classes of a server's commands, none with a policy of its own. */
  public static CommandClasses of(CommandTable table) {
    return of(table, CommandRules.NONE);
  }

  /** The classes of a server's commands, where an operator has said something of them. */
  public static CommandClasses of(CommandTable table, CommandRules rules) {
    var traits = new CommandTraits[table.size()];
    for (CommandFacts facts : table.commands()) {
      traits[facts.index()] = classify(facts, rules);
      for (CommandFacts subcommand : facts.subcommands()) {
        traits[subcommand.index()] = classify(subcommand, rules);
      }
    }
    return new CommandClasses(table, traits);
  }

  /** What is known of the command of this name, in any case; never null. */
  public CommandTraits find(byte[] name, int length) {
    if (length <= ShortName.BYTES_MAX) {
      return find(ShortName.of(name, 0, length), length);
    }
    CommandFacts facts = facts(name, length);
    return facts == null ? UNKNOWN : traits[facts.index()];
  }

  /**
   * The same.
   *
   * @param shortName as {@link ShortName} makes it
   * @param length of the name, no more than {@link ShortName#BYTES_MAX}
   */
  public CommandTraits find(long shortName, int length) {
    CommandFacts facts = table.find(shortName, length);
    if (facts != null) {
      return traits[facts.index()];
    }
    return shortName == HOLDFAST_NAME ? HOLDFAST : UNKNOWN;
  }

  /**
   * The facts of the command of this name, or null.
   *
   * @param length of the name; a longer one than {@link CommandTable#NAME_BYTES_MAX} is unknown
   */
  public @Nullable CommandFacts facts(byte[] name, int length) {
    return length > CommandTable.NAME_BYTES_MAX ? null : table.find(name, 0, length);
  }

  /** What is known of a subcommand; of an unknown one that it may be anything. */
  public CommandTraits findSubcommand(
      byte[] name, int length, byte[] subcommand, int subcommandLength) {
    CommandFacts container = facts(name, length);
    if (container == null || subcommandLength > CommandTable.NAME_BYTES_MAX) {
      return UNKNOWN;
    }
    CommandFacts found = container.subcommand(subcommand, 0, subcommandLength);
    if (found == null) {
      CommandTraits whole = traits[container.index()];
      return whole.isPassedOn() ? UNKNOWN : whole;
    }
    return traits[found.index()];
  }

  private static @Nullable ReadPolicy policy(CommandFacts facts, List<ReadClass> readClasses) {
    CommandFacts parent = facts.parent();
    for (ReadClass each : readClasses) {
      for (String named : each.commands()) {
        if (named.equals(facts.name())
            || facts.aclCategories().contains(named)
            || (parent != null && named.equals(parent.name()))) {
          return each.policy();
        }
      }
    }
    return null;
  }

  private static CommandTraits classify(CommandFacts facts, CommandRules rules) {
    String name = facts.name();
    String refusal = NamedCommands.refusal(facts);
    Special special = special(facts);
    Route route = refusal != null ? Route.REFUSED : route(facts, special);
    AskedFor asked = NamedCommands.ASKED.getOrDefault(name, AskedFor.NOTHING);
    if (asked == AskedFor.BLOCK) { // without that word it does not block, whatever its flags say
      route = isRead(facts) ? Route.ANY_NODE : Route.MASTER;
    }
    // Of a container that is treated as one, its subcommands do not matter.
    boolean container =
        facts.hasSubcommands()
            && (route == Route.MASTER
                || route == Route.ANY_NODE
                || route == Route.REFUSED
                || special == Special.CLIENT);
    String text = refusal == null ? null : refusal.formatted(name);
    Recording recording =
        route == Route.MASTER && asked == AskedFor.NOTHING ? recording(facts) : Recording.NEVER;
    ReadPolicy reads = route == Route.ANY_NODE ? policy(facts, rules.reads()) : null;
    Repetition repetition = rules.repeats().of(name, repetition(facts));
    return new CommandTraits(
        name, route, special, repetition, recording, asked, container, reads, text);
  }

  /** Subcommands are as their container, but for HELP, which the server answers. */
  private static Special special(CommandFacts facts) {
    CommandFacts parent = facts.parent();
    Special own = NamedCommands.SPECIAL.get(facts.name());
    if (parent == null || own != null) {
      return own == null ? Special.NONE : own;
    }
    Special whole = NamedCommands.SPECIAL.getOrDefault(parent.name(), Special.NONE);
    return whole == Special.CLIENT && facts.name().endsWith(HELP) ? Special.NONE : whole;
  }

  private static Route route(CommandFacts facts, Special special) {
    String name = facts.name();
    return switch (special) {
      case MULTI, EXEC, DISCARD, WATCH, UNWATCH -> Route.TRANSACTION;
      case SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE, UNSUBSCRIBE, PUNSUBSCRIBE, SUNSUBSCRIBE, MONITOR ->
          Route.SUBSCRIPTION;
      case WAIT -> Route.OWN_LINK;
      case HELLO, AUTH, SELECT, CLIENT, QUIT, RESET, ROLE, CLUSTER, HOLDFAST -> Route.LOCAL;
      case PING, INFO, SCAN -> Route.MASTER;
      case NONE, EVAL, EVALSHA, SCRIPT_LOAD, SCRIPT_FLUSH -> {
        if (facts.has(CommandFlag.BLOCKING) || NamedCommands.INTERRUPTS.contains(name)) {
          yield Route.OWN_LINK;
        }
        yield isRead(facts) && !NamedCommands.isOneOf(NamedCommands.MASTERS_OWN, facts)
            ? Route.ANY_NODE
            : Route.MASTER;
      }
    };
  }

  private static Repetition repetition(CommandFacts facts) {
    String name = facts.name();
    Repetition listed = NamedCommands.REPEATABLE_WRITES.get(name);
    if (listed != null) {
      return listed;
    }
    if (NamedCommands.HARMLESS.contains(name) || name.endsWith(HELP)) {
      return Repetition.ALWAYS;
    }
    return isRead(facts) ? Repetition.ALWAYS : Repetition.NEVER;
  }

  private static Recording recording(CommandFacts facts) {
    return switch (facts.name()) {
      case "eval" -> Recording.BODY;
      case "evalsha" -> Recording.DIGEST;
      case "publish" -> Recording.ALWAYS;
      case "lpop", "rpop" -> Recording.WITHOUT_COUNT;
      case "lmpop", "zmpop", "lmovem", "zmove" -> Recording.RESP3;
      case "bitfield", "sort", "xclaim", "xautoclaim", "hgetdel", "hgetex", "increx" ->
          Recording.RESP2;
      case "phset", "phmset", "phdel", "phdelprefix" -> Recording.NEVER; // unknown replies
      default -> {
        boolean answersTheSame =
            NamedCommands.LOOKED_AT.contains(facts.name()) && NamedCommands.mayRunInScripts(facts);
        yield answersTheSame ? Recording.ALWAYS : Recording.NEVER;
      }
    };
  }

  private static boolean isRead(CommandFacts facts) {
    return facts.has(CommandFlag.READONLY)
        && !facts.has(CommandFlag.WRITE)
        && !facts.has(CommandFlag.MAY_REPLICATE)
        && !NamedCommands.isOneOf(NamedCommands.NO_READS, facts);
  }
}
