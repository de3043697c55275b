package holdfast.routing.command;

import holdfast.backend.command.CommandFacts;
import holdfast.backend.command.CommandFlag;
import holdfast.backend.command.CommandTable;
import holdfast.backend.command.ShortName;
import holdfast.routing.read.ReadPolicy;
import holdfast.routing.read.ReadSettings.ReadClass;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The class of each command of a table. Derived from the flags that the server itself gives; the
 * lists here name only what flags do not tell. A command that neither the table nor a list knows is
 * a write of which nothing is known: to the master, never repeated.
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
          false,
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
          false,
          false,
          null,
          null);

  private static final long HOLDFAST_NAME = ShortName.of("holdfast");

  /**
   * Reads, but of what each server has for itself: cursors mean something only to the server that
   * gave them; how recently keys were used is the master's business, who evicts; and scripts are
   * not replicated, so a replica lacks those that were loaded at the master.
   */
  private static final Set<String> MASTERS_OWN =
      Set.of(
          "scan",
          "sscan",
          "hscan",
          "zscan",
          "touch",
          "object|freq",
          "object|idletime",
          "evalsha_ro");

  /** Flagged as reads, but they may write (PFCOUNT keeps what it has counted in the key). */
  private static final Set<String> NO_READS = Set.of("pfcount");

  /** Flagged neither as read nor as write, and they change nothing. */
  private static final Set<String> HARMLESS =
      Set.of(
          "ping",
          "echo",
          "time",
          "info",
          "lastsave",
          "command",
          "command|count",
          "command|docs",
          "command|getkeys",
          "command|getkeysandflags",
          "command|info",
          "command|list",
          "config|get",
          "acl|cat",
          "acl|genpass",
          "acl|getuser",
          "acl|list",
          "acl|users",
          "acl|whoami",
          "acl|dryrun",
          "latency|doctor",
          "latency|graph",
          "latency|histogram",
          "latency|history",
          "latency|latest",
          "slowlog|get",
          "slowlog|len",
          "memory|doctor",
          "memory|stats",
          "memory|malloc-stats",
          "module|list",
          "pubsub|channels",
          "pubsub|numpat",
          "pubsub|numsub",
          "pubsub|shardchannels",
          "pubsub|shardnumsub",
          "script|exists",
          "function|list",
          "function|stats",
          "function|dump");

  private static final Map<String, Repetition> REPEATABLE_WRITES =
      Map.ofEntries(
          Map.entry("set", Repetition.UNCONDITIONAL_SET),
          Map.entry("setex", Repetition.SAME),
          Map.entry("psetex", Repetition.SAME),
          Map.entry("mset", Repetition.SAME),
          Map.entry("setrange", Repetition.SAME),
          Map.entry("getex", Repetition.SAME),
          Map.entry("hmset", Repetition.SAME),
          Map.entry("lset", Repetition.SAME),
          Map.entry("expire", Repetition.POSITIVE_EXPIRY),
          Map.entry("pexpire", Repetition.POSITIVE_EXPIRY),
          Map.entry("flushall", Repetition.SAME),
          Map.entry("flushdb", Repetition.SAME),
          Map.entry("pfcount", Repetition.SAME),
          Map.entry("pfmerge", Repetition.SAME),
          Map.entry("copy", Repetition.WITH_REPLACE),
          Map.entry("sort", Repetition.WITHOUT_STORE),
          Map.entry("georadius", Repetition.WITHOUT_STORE),
          Map.entry("georadiusbymember", Repetition.WITHOUT_STORE),
          Map.entry("sinterstore", Repetition.DESTINATION_FIRST),
          Map.entry("sunionstore", Repetition.DESTINATION_FIRST),
          Map.entry("sdiffstore", Repetition.DESTINATION_FIRST),
          Map.entry("zinterstore", Repetition.DESTINATION_FIRST),
          Map.entry("zunionstore", Repetition.DESTINATION_FIRST),
          Map.entry("zdiffstore", Repetition.DESTINATION_FIRST),
          Map.entry("zrangestore", Repetition.DESTINATION_FIRST),
          Map.entry("geosearchstore", Repetition.DESTINATION_FIRST),
          Map.entry("bitop", Repetition.DESTINATION_SECOND),
          Map.entry("config|set", Repetition.SAME),
          Map.entry("config|resetstat", Repetition.SAME),
          Map.entry("script|load", Repetition.SAME),
          Map.entry("script|flush", Repetition.SAME),
          Map.entry("slowlog|reset", Repetition.SAME));

  private static final String WHO_IS_MASTER =
      "ERR '%s' is refused: Holdfast decides who is master; ask for a switch there (HOLDFAST HELP)";
  private static final String BACKEND_ONLY =
      "ERR '%s' is refused: Holdfast does not pass on what concerns one server alone. Connect to"
          + " the server";

  private static final Map<String, String> REFUSED =
      Map.ofEntries(
          Map.entry("replicaof", WHO_IS_MASTER),
          Map.entry("slaveof", WHO_IS_MASTER),
          Map.entry("failover", WHO_IS_MASTER),
          Map.entry("shutdown", BACKEND_ONLY),
          Map.entry("debug", BACKEND_ONLY),
          Map.entry("sync", BACKEND_ONLY),
          Map.entry("psync", BACKEND_ONLY),
          Map.entry("replconf", BACKEND_ONLY),
          Map.entry("config|rewrite", BACKEND_ONLY),
          Map.entry("module|load", BACKEND_ONLY),
          Map.entry("module|loadex", BACKEND_ONLY),
          Map.entry("module|unload", BACKEND_ONLY),
          Map.entry("script|debug", BACKEND_ONLY),
          Map.entry("pfdebug", BACKEND_ONLY),
          Map.entry("restore-asking", BACKEND_ONLY));

  private static final Map<String, Special> SPECIAL =
      Map.ofEntries(
          Map.entry("multi", Special.MULTI),
          Map.entry("exec", Special.EXEC),
          Map.entry("discard", Special.DISCARD),
          Map.entry("watch", Special.WATCH),
          Map.entry("unwatch", Special.UNWATCH),
          Map.entry("subscribe", Special.SUBSCRIBE),
          Map.entry("psubscribe", Special.PSUBSCRIBE),
          Map.entry("ssubscribe", Special.SSUBSCRIBE),
          Map.entry("unsubscribe", Special.UNSUBSCRIBE),
          Map.entry("punsubscribe", Special.PUNSUBSCRIBE),
          Map.entry("sunsubscribe", Special.SUNSUBSCRIBE),
          Map.entry("monitor", Special.MONITOR),
          Map.entry("wait", Special.WAIT),
          Map.entry("waitaof", Special.WAIT),
          Map.entry("ping", Special.PING),
          Map.entry("info", Special.INFO),
          Map.entry("hello", Special.HELLO),
          Map.entry("auth", Special.AUTH),
          Map.entry("select", Special.SELECT),
          Map.entry("client", Special.CLIENT),
          Map.entry("quit", Special.QUIT),
          Map.entry("reset", Special.RESET),
          Map.entry("role", Special.ROLE),
          Map.entry("eval", Special.EVAL),
          Map.entry("eval_ro", Special.EVAL),
          Map.entry("evalsha", Special.EVALSHA),
          Map.entry("evalsha_ro", Special.EVALSHA),
          Map.entry("script|load", Special.SCRIPT_LOAD),
          Map.entry("script|flush", Special.SCRIPT_FLUSH),
          Map.entry("cluster", Special.CLUSTER),
          Map.entry("asking", Special.CLUSTER),
          Map.entry("readonly", Special.CLUSTER),
          Map.entry("readwrite", Special.CLUSTER),
          // An engine has one too, with orders in it that are not for clients.
          Map.entry("holdfast", Special.HOLDFAST),
          Map.entry("scan", Special.SCAN),
          Map.entry("sscan", Special.SCAN),
          Map.entry("hscan", Special.SCAN),
          Map.entry("zscan", Special.SCAN));

  /** They stop what the shared link itself is waiting for, so they need another way in. */
  private static final Set<String> INTERRUPTS = Set.of("script|kill", "function|kill");

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
      return whole.route() == Route.LOCAL ? whole : UNKNOWN;
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
    String refusal = REFUSED.get(name);
    Special special = special(facts);
    Route route = refusal != null ? Route.REFUSED : route(facts, special);
    boolean asked = name.equals("xread") || name.equals("xreadgroup");
    if (asked) {
      route = name.equals("xread") ? Route.ANY_NODE : Route.MASTER;
    }
    // Of a container that is treated as one, its subcommands do not matter.
    boolean container =
        facts.hasSubcommands()
            && (route == Route.MASTER || route == Route.ANY_NODE || special == Special.CLIENT);
    String text = refusal == null ? null : refusal.formatted(name);
    Recording recording = route == Route.MASTER && !asked ? recording(facts) : Recording.NEVER;
    ReadPolicy reads = route == Route.ANY_NODE ? policy(facts, rules.reads()) : null;
    Repetition repetition = rules.repeats().of(name, repetition(facts));
    return new CommandTraits(
        name, route, special, repetition, recording, asked, container, reads, text);
  }

  /** Subcommands are as their container, but for HELP, which the server answers. */
  private static Special special(CommandFacts facts) {
    CommandFacts parent = facts.parent();
    Special own = SPECIAL.get(facts.name());
    if (parent == null || own != null) {
      return own == null ? Special.NONE : own;
    }
    Special whole = SPECIAL.getOrDefault(parent.name(), Special.NONE);
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
        if (facts.has(CommandFlag.BLOCKING) || INTERRUPTS.contains(name)) {
          yield Route.OWN_LINK;
        }
        yield isRead(facts) && !MASTERS_OWN.contains(name) ? Route.ANY_NODE : Route.MASTER;
      }
    };
  }

  private static Repetition repetition(CommandFacts facts) {
    String name = facts.name();
    Repetition listed = REPEATABLE_WRITES.get(name);
    if (listed != null) {
      return listed;
    }
    if (HARMLESS.contains(name) || name.endsWith(HELP)) {
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
      case "lmpop", "zmpop" -> Recording.RESP3;
      case "bitfield", "sort", "xclaim", "xautoclaim", "hgetdel", "hgetex" -> Recording.RESP2;
      default -> {
        boolean runs = facts.has(CommandFlag.WRITE) && !facts.has(CommandFlag.NOSCRIPT);
        yield runs ? Recording.ALWAYS : Recording.NEVER;
      }
    };
  }

  private static boolean isRead(CommandFacts facts) {
    return facts.has(CommandFlag.READONLY)
        && !facts.has(CommandFlag.WRITE)
        && !facts.has(CommandFlag.MAY_REPLICATE)
        && !NO_READS.contains(facts.name());
  }
}
