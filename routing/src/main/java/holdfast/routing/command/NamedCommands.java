package holdfast.routing.command;

import holdfast.backend.command.CommandFacts;
import holdfast.backend.command.CommandFlag;
import holdfast.backend.command.NewerCommands;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What has to be said of commands by name, because a server's flags do not tell it. Names in lower
 * case, a subcommand as "client|id".
 */
final class NamedCommands {
  /**
   * Reads, but of what each server has for itself: cursors mean something only to the server that
   * gave them; how recently keys were used is the master's business, who evicts; and scripts are
   * not replicated, so a replica lacks those that were loaded at the master. Chunks of a filter are
   * numbered by the server that gives them.
   */
  static final Set<String> MASTERS_OWN =
      Set.of(
          "scan",
          "sscan",
          "hscan",
          "zscan",
          "touch",
          "object|freq",
          "object|idletime",
          "evalsha_ro",
          "phscan",
          "bf.scandump",
          "cf.scandump");

  /**
   * Flagged as reads, but they may change something: PFCOUNT keeps what it has counted in the key,
   * FT.CURSOR moves on or ends, FT.CONFIG sets, CF.COMPACT compacts; and older versions of
   * RediSearch call reads what changes dictionaries and aliases.
   */
  static final Set<String> NO_READS =
      Set.of(
          "pfcount",
          "cf.compact",
          "ft.config",
          "ft.cursor",
          "ft.dictadd",
          "ft.dictdel",
          "ft.aliasadd",
          "ft._aliasaddifnx",
          "ft.aliasupdate",
          "ft.aliasdel",
          "ft._aliasdelifx");

  static final Map<String, AskedFor> ASKED =
      Map.of(
          "xread", AskedFor.BLOCK,
          "xreadgroup", AskedFor.BLOCK,
          "ts.read", AskedFor.BLOCK,
          "ft.aggregate", AskedFor.CURSOR,
          "ft.search", AskedFor.CURSOR,
          "ft.hybrid", AskedFor.CURSOR,
          "ft.profile", AskedFor.CURSOR);

  /** Flagged neither as read nor as write, and they change nothing. */
  static final Set<String> HARMLESS =
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
          "acl|digest",
          "acl|getrole",
          "acl|roles",
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
          "function|dump",
          "bless|scan",
          "commandlog|get",
          "commandlog|len",
          "hotkeys|get",
          "script|show");

  static final Map<String, Repetition> REPEATABLE_WRITES =
      Map.ofEntries(
          Map.entry("set", Repetition.UNCONDITIONAL_SET),
          Map.entry("setex", Repetition.SAME),
          Map.entry("psetex", Repetition.SAME),
          Map.entry("mset", Repetition.SAME),
          Map.entry("setrange", Repetition.SAME),
          Map.entry("msetex", Repetition.UNCONDITIONAL),
          Map.entry("getex", Repetition.WITHOUT_TIMESTAMP),
          Map.entry("hmset", Repetition.SAME),
          Map.entry("hsetex", Repetition.UNCONDITIONAL),
          Map.entry("hgetex", Repetition.WITHOUT_TIMESTAMP),
          Map.entry("json.set", Repetition.UNCONDITIONAL),
          Map.entry("lset", Repetition.SAME),
          Map.entry("expire", Repetition.POSITIVE_EXPIRY),
          Map.entry("pexpire", Repetition.POSITIVE_EXPIRY),
          Map.entry("hexpire", Repetition.POSITIVE_FIELD_EXPIRY),
          Map.entry("hpexpire", Repetition.POSITIVE_FIELD_EXPIRY),
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
          Map.entry("slowlog|reset", Repetition.SAME),
          Map.entry("commandlog|reset", Repetition.SAME));

  private static final String WHO_IS_MASTER =
      "ERR '%s' is refused: Holdfast decides who is master; ask for a switch there (HOLDFAST HELP)";
  private static final String BACKEND_ONLY =
      "ERR '%s' is refused: Holdfast does not pass on what concerns one server alone. Connect to"
          + " the server";
  private static final String LINKS_ARE_SHARED =
      "ERR '%s' is refused: the server keeps it for one connection, and Holdfast's are shared by"
          + " clients. Send the fields with each command (HSET)";

  /** A container stands for its subcommands. */
  static final Map<String, String> REFUSED =
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
          Map.entry("restore-asking", BACKEND_ONLY),
          Map.entry("backup", BACKEND_ONLY),
          Map.entry("_ft.debug", BACKEND_ONLY),
          Map.entry("search.clusterset", BACKEND_ONLY),
          Map.entry("search.clusterrefresh", BACKEND_ONLY),
          Map.entry("timeseries.clusterset", BACKEND_ONLY),
          Map.entry("timeseries.clustersetfromshard", BACKEND_ONLY),
          Map.entry("timeseries.refreshcluster", BACKEND_ONLY),
          Map.entry("himport", LINKS_ARE_SHARED));

  static final Map<String, Special> SPECIAL =
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
          Map.entry("clusterscan", Special.CLUSTER),
          Map.entry("sflush", Special.CLUSTER),
          Map.entry("trimslots", Special.CLUSTER),
          // An engine has one too, with orders in it that are not for clients.
          Map.entry("holdfast", Special.HOLDFAST),
          Map.entry("scan", Special.SCAN),
          Map.entry("sscan", Special.SCAN),
          Map.entry("hscan", Special.SCAN),
          Map.entry("zscan", Special.SCAN));

  /**
   * Writes of which it is known that a script answers what they answer. A module's replies may have
   * nulls where a script's end, and so may those of a command that no table of ours has.
   */
  static final Set<String> LOOKED_AT =
      NewerCommands.all().commands().stream()
          .flatMap(facts -> Stream.concat(Stream.of(facts), facts.subcommands().stream()))
          .filter(NamedCommands::mayRunInScripts)
          .map(CommandFacts::name)
          .collect(Collectors.toUnmodifiableSet());

  /** They stop what the shared link itself is waiting for, so they need another way in. */
  static final Set<String> INTERRUPTS = Set.of("script|kill", "function|kill");

  private NamedCommands() {}

  /** Why it is refused, with %s for its name; null if it is not. */
  static @Nullable String refusal(CommandFacts facts) {
    CommandFacts parent = facts.parent();
    String own = REFUSED.get(facts.name());
    return own != null || parent == null ? own : REFUSED.get(parent.name());
  }

  /** Whether it, or the container that it belongs to, is one of those. */
  static boolean isOneOf(Set<String> names, CommandFacts facts) {
    CommandFacts parent = facts.parent();
    return names.contains(facts.name()) || (parent != null && names.contains(parent.name()));
  }

  /** Whether a script may run it, and would answer what it answers. */
  static boolean mayRunInScripts(CommandFacts facts) {
    return facts.has(CommandFlag.WRITE)
        && !facts.has(CommandFlag.NOSCRIPT)
        && !facts.has(CommandFlag.MODULE);
  }
}
